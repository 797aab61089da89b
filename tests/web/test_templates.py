"""No template of any package brings its own style, script or event handler."""

import re
from pathlib import Path

import pytest
from django.template import engines

SOURCE = Path(__file__).parents[2] / "src" / "shopbell"
# Mails are read by mail programs, which know no stylesheets.
TEMPLATES = sorted(
    path
    for path in SOURCE.rglob("templates/**/*.html")
    if not {"mail", "mails", "email", "emails"} & set(path.parts)
)

HANDLER = re.compile(r"<[^>{%]*\son[a-z]+\s*=", re.IGNORECASE)
STYLE_ATTRIBUTE = re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE)
STYLE_ELEMENT = re.compile(r"<style\b(?![^>]*\bnonce\b)", re.IGNORECASE)
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.IGNORECASE | re.DOTALL)
ELSEWHERE = re.compile(r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)=[\"']?(?:https?:)?//", re.I)


def faults(text: str) -> list[str]:
    """Return what the content security policy would drop."""
    found = []
    if HANDLER.search(text):
        found.append("an event handler attribute")
    if STYLE_ATTRIBUTE.search(text):
        found.append("a style attribute")
    if STYLE_ELEMENT.search(text):
        found.append("a style element without nonce")
    if ELSEWHERE.search(text):
        found.append("something loaded from elsewhere")
    for attributes, body in SCRIPT.findall(text):
        data = "application/json" in attributes
        if body.strip() and not data:
            found.append("an inline script")
        if "src=" in attributes and "nonce" not in attributes:
            found.append("a script without nonce")
    if re.search(r"\bhx-on\b|\bhx-on:", text):
        found.append("an htmx event handler")
    return found


def test_no_template_has_anything_the_policy_would_drop() -> None:
    found = {str(path.relative_to(SOURCE)): faults(path.read_text()) for path in TEMPLATES}
    assert len(found) > 200
    assert {name: said for name, said in found.items() if said} == {}


@pytest.mark.parametrize(
    "text",
    [
        '<a href="#" onclick="go()">',
        "<p style='color:red'>",
        "<style>p{}</style>",
        "<script>go()</script>",
        '<script src="/x.js"></script>',
        '<img src="https://cdn.example/x.png">',
        '<div hx-on:click="go()">',
    ],
)
def test_the_check_finds_each_fault(text: str) -> None:
    assert faults(text)


@pytest.mark.parametrize(
    "path",
    [path for path in TEMPLATES if "web" in path.parts],
    ids=lambda path: str(path.relative_to(SOURCE)),
)
def test_a_template_of_the_design_system_compiles(path: Path) -> None:
    name = str(path).split("/templates/", 1)[1]

    engines["django"].get_template(name)


def test_no_stylesheet_or_module_loads_anything_from_elsewhere() -> None:
    for path in (SOURCE / "web" / "static").rglob("*"):
        if path.suffix in {".css", ".js"}:
            text = path.read_text()
            assert "http://" not in text, path
            assert "https://" not in text, path
            assert "@import" not in text, path
            assert "eval(" not in text, path
            assert "innerHTML =" not in text, path
