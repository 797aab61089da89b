"""Writes the generated pages of docs/reference: events, commands, connectors.

Run `python -m docs.generate`; a test compares the pages with what this would write (`--print`). A
newcomer's mistake: editing those pages by hand.
"""

import ast
import dataclasses
import json
import os
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "shopbell"
NOTE = "<!-- Written by `python -m docs.generate`. Do not edit by hand. -->\n\n"

FAMILIES = (
    ("shop", "Shops"),
    ("carrier", "Carriers"),
    ("channel", "Channels"),
    ("receiver", "Your own programs"),
)


def main() -> None:
    """Write all generated pages."""
    for name, text in pages().items():
        (ROOT / "docs" / "reference" / name).write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """Return file name and text of every generated page."""
    return {
        "events.md": NOTE + events_page(),
        "commands.md": NOTE + commands_page(),
        "connectors.md": NOTE + connectors_page(),
    }


def events_page() -> str:
    """Return the catalogue of events: what they say, who emits them, who reacts."""
    from shopbell.events.registry import KINDS, LISTENERS

    emitters = _emitters({kind.__name__ for kind in KINDS.values()})
    lines = [
        "# Events",
        "",
        "Facts in the past tense, kept in the log in the order they were written. Fields are ids"
        " and plain values; fields are only ever added.",
        "",
        "| event | says | fields | emitted in | handled by |",
        "|---|---|---|---|---|",
    ]
    for name, kind in sorted(KINDS.items()):
        fields = ", ".join(f"`{field.name}`" for field in dataclasses.fields(kind))  # type: ignore[arg-type]
        handlers = sorted(key.split(":")[0] for key, x in LISTENERS.items() if x.event == name)
        where = ", ".join(f"`{place}`" for place in sorted(emitters[kind.__name__])) or "—"
        says = (kind.__doc__ or "").strip().splitlines()[0]
        reacts = ", ".join(f"`{handler}`" for handler in handlers) or "—"
        lines.append(f"| `{name}` | {says} | {fields} | {where} | {reacts} |")
    return "\n".join(lines) + "\n"


def _emitters(names: set[str]) -> dict[str, set[str]]:
    """Find the modules that build an event, by reading the source."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Name) and called.id in names:
                place = path.relative_to(SOURCE).with_suffix("")
                found[called.id].add(".".join(place.parts))
    return found


def commands_page() -> str:
    """Return the help of every command."""
    import click

    from shopbell.operations.cli import main as group

    lines = ["# Commands", "", "`shopbell COMMAND --help` says the same.", ""]
    context = click.Context(group, info_name="shopbell")
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        inner = click.Context(command, info_name=name, parent=context)
        formatter = inner.make_formatter()
        formatter.width = 96
        command.format_help(inner, formatter)
        lines += [f"## {name}", "", "```text", formatter.getvalue().rstrip(), "```", ""]
    return "\n".join(lines)


def connectors_page() -> str:
    """Return every connector with its settings."""
    from shopbell.connections.actions import secret_fields
    from shopbell.connections.ports import CONNECTORS, outside_fields

    lines = [
        "# Connectors",
        "",
        "The settings of each connector, as its page asks for them and as `shopbell apply` takes"
        " them. Secrets are stored encrypted and never shown again.",
        "",
    ]
    for family, title in FAMILIES:
        lines += [f"## {title}", ""]
        for plug in CONNECTORS:
            if plug.family != family:
                continue
            lines += [f"### {plug.title} (`{plug.key}`)", "", plug.summary, ""]
            lines += ["| setting | default | what it is |", "|---|---|---|"]
            secrets = secret_fields(plug.settings_model)
            for name, info in outside_fields(plug.settings_model).items():
                default = (
                    "required"
                    if info.is_required()
                    else _default(info.get_default(call_default_factory=True))
                )
                about = (info.description or "").replace("|", "\\|").replace("\n", " ")
                lines.append(
                    f"| `{name}`{' (secret)' if name in secrets else ''} | {default} | {about} |"
                )
            lines.append("")
    return "\n".join(lines)


def _default(value: Any) -> str:
    shown = getattr(value, "value", value)
    if shown in ("", None, {}, [], ()) or "SecretStr" in type(value).__name__:
        return ""
    return f"`{shown}`"


def _set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.support.check_settings")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()


if __name__ == "__main__":
    _set_up()
    if sys.argv[1:] == ["--print"]:
        print(json.dumps(pages()))
    else:
        main()
