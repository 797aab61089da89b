"""From a TOML file to checked `schema.File`, with every mistake in one list.

A mistake is a key path (`store[lark].inbox[orders].adress`) and a sentence. Entries of a list are
named by their slug, name, e-mail address or kind, so that the path can be found with a search.
"""

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from shopbell.kit.errors import Invalid
from shopbell.operations.provisioning.schema import CLOCK, KIND, SLUG, File

NAMES = ("slug", "email", "kind", "name")
_PATTERNS = {
    SLUG: "Use small letters, digits and single hyphens, such as `my-store`.",
    KIND: "Use a kind from the list of notifications, such as `order_confirmed`.",
    CLOCK: "Use a time of day such as 21:00.",
    r"^[A-Z]{3}$": "Use the three capital letters of the currency, such as EUR.",
    r"^#[0-9a-fA-F]{6}$": "Use a colour such as #a86a0b.",
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong, where it stands in the file."""

    path: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}: {self.sentence}" if self.path else self.sentence


class Mistakes(Invalid):
    """All mistakes of a file. Nothing was changed."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = list(mistakes)
        super().__init__(
            "\n".join(str(mistake) for mistake in self.mistakes),
            fields={mistake.path: mistake.sentence for mistake in self.mistakes},
            kept="Nothing was changed.",
        )


def read_file(path: Path, environment: Mapping[str, str] | None = None) -> File:
    """Read and check a file. Raises `Mistakes`."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Mistakes([Mistake("", f"There is no file {path}.")]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise Mistakes([Mistake("", f"{path} cannot be read: {error}.")]) from None
    except tomllib.TOMLDecodeError as error:
        raise Mistakes([Mistake("", f"{path} is not TOML: {error}.")]) from None
    mistakes: list[Mistake] = []
    known = os.environ if environment is None else environment
    filled = _filled(raw, "", known, mistakes)
    if mistakes:
        raise Mistakes(mistakes)
    try:
        file = File.model_validate(filled)
    except ValidationError as error:
        raise Mistakes(mistakes_of(error, File, filled)) from None
    _read_texts(file, path.parent)
    return file


def _filled(value: Any, path: str, known: Mapping[str, str], mistakes: list[Mistake]) -> Any:
    """Replace every `{ env = "NAME" }` by the variable's value."""
    if isinstance(value, list):
        return [
            _filled(item, f"{path}[{_label(item, number)}]", known, mistakes)
            for number, item in enumerate(value, 1)
        ]
    if not isinstance(value, dict):
        return value
    if set(value) != {"env"} or not path:
        inside = f"{path}." if path else ""
        return {key: _filled(item, inside + key, known, mistakes) for key, item in value.items()}
    name = value["env"]
    if not isinstance(name, str) or not name:
        mistakes.append(Mistake(path, 'Write the name of a variable: { env = "NAME" }.'))
        return ""
    if not known.get(name):
        mistakes.append(Mistake(path, f"The environment variable {name} is not set."))
    return known.get(name, "")


def mistakes_of(
    error: ValidationError, model: type[BaseModel], data: Any, prefix: str = ""
) -> list[Mistake]:
    """Return pydantic's complaints as paths and sentences; `data` is what was validated."""
    found = []
    for complaint in error.errors(include_url=False):
        place = complaint["loc"]
        path = ".".join(filter(None, (prefix, _path(place, data)))).replace(".[", "[")
        found.append(Mistake(path, _sentence(complaint, model, place)))
    return found


def _path(place: tuple[int | str, ...], data: Any) -> str:
    path = ""
    for step in place:
        inside = _inside(data, step)
        if isinstance(step, int):
            path += f"[{_label(inside, step + 1)}]"
        else:
            path += f".{step}" if path else step
        data = inside
    return path


def _inside(data: Any, step: int | str) -> Any:
    try:
        return data[step]
    except (KeyError, IndexError, TypeError):
        return None


def _label(item: Any, number: int) -> str:
    if isinstance(item, dict):
        for name in NAMES:
            if isinstance(item.get(name), str) and item[name]:
                return str(item[name])
    return str(number)


def _sentence(complaint: Any, model: type[BaseModel], place: tuple[int | str, ...]) -> str:
    kind, context = complaint["type"], complaint.get("ctx", {})
    if kind == "extra_forbidden":
        return unknown_name("key", str(place[-1]), _keys_at(model, place[:-1]))
    if kind == "missing":
        return "This key is needed."
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(context["pattern"], f"It must match {context['pattern']}.")
    if kind == "literal_error":
        given = complaint["input"]
        choices = [
            part.strip().strip("'") for part in context["expected"].replace(" or ", ", ").split(",")
        ]
        return unknown_name("value", str(given), choices)
    if kind == "string_too_short":
        return f"It needs {context['min_length']} characters or more."
    if kind == "too_short":
        return "It needs one entry or more."
    if kind == "value_error":
        return str(context.get("error", complaint["msg"])).rstrip(".") + "."
    return str(complaint["msg"]).replace("Input should", "It should").rstrip(".") + "."


def unknown_name(what: str, given: str, known: Iterable[str]) -> str:
    """Return "there is no key x" with the names that come near, or all of them if none does."""
    names = sorted(known)
    near = get_close_matches(given, names, n=2)
    hint = " or ".join(near) if near else ", ".join(names) or "none"
    return f"There is no {what} `{given}`. " + (
        f"Did you mean {hint}?" if near else f"Known: {hint}."
    )


def _keys_at(model: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    """Return the keys of the model that sits at `place` below `model`."""
    for step in place:
        if isinstance(step, int):
            continue
        field = _outside(model).get(step)
        if field is None:
            return []
        model = next(iter(_models_in(field.annotation)), model)
    return list(_outside(model))


def _outside(model: type[BaseModel]) -> dict[str, Any]:
    return {info.alias or name: info for name, info in model.model_fields.items()}


def _models_in(annotation: Any) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _models_in(part)


def _read_texts(file: File, folder: Path) -> None:
    """Fill `body` and `text` of templates from their files, which lie beside the apply file."""
    mistakes = []
    for store in file.store:
        for template in store.template:
            for key in ("body", "text"):
                name = getattr(template, f"{key}_file")
                path = f"store[{store.slug}].template[{template.kind}].{key}_file"
                if name is None:
                    continue
                if getattr(template, key):
                    mistakes.append(
                        Mistake(path, f"Give either `{key}` or `{key}_file`, not both.")
                    )
                    continue
                try:
                    setattr(template, key, (folder / name).read_text(encoding="utf-8"))
                except (OSError, UnicodeDecodeError) as error:
                    mistakes.append(Mistake(path, f"{name} cannot be read: {error}."))
    if mistakes:
        raise Mistakes(mistakes)
