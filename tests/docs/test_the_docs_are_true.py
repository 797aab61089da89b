"""Docs under test: generated pages are fresh, contracts documented, links lead somewhere."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = [
    *(ROOT / "docs").rglob("*.md"),
    *ROOT.glob("*.md"),
    *(ROOT / "src").rglob("README.md"),
]


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    """The pages as a fresh process makes them: no other test has registered anything in it."""
    command = [sys.executable, "-m", "docs.generate", "--print"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    pages: dict[str, str] = json.loads(done.stdout)
    return pages


@pytest.mark.parametrize("name", ["events.md", "commands.md", "connectors.md"])
def test_a_generated_page_is_fresh(generated: dict[str, str], name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == generated[name], "run: python -m docs.generate"


def test_every_environment_variable_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    names: set[str] = set()
    for path in (ROOT / "src").rglob("*.py"):
        names |= set(re.findall(r"\"(SHOPBELL_[A-Z_]+|DATABASE_URL)\"", path.read_text("utf-8")))
    missing = sorted(name for name in names if f"`{name}`" not in page)
    assert not missing


def test_every_policy_key_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    policy = (ROOT / "src/shopbell/messaging/policy.py").read_text(encoding="utf-8")
    names = {*re.findall(r"raw\.get\(\"([a-z_]+)\"", policy), "api_per_minute"}
    assert len(names) > 5
    assert not sorted(name for name in names if f"`{name}`" not in page)


def test_every_make_target_is_explained_by_bare_make() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = set(re.findall(r"^\.PHONY: (.+)$", text, re.M)[0].split())
    explained = set(re.findall(r"^([a-z-]+):.*## ", text, re.M))
    assert phony - explained <= {"chromium"}


def test_every_connector_has_a_guide() -> None:
    for family in ("shops", "carriers", "channels"):
        for folder in (ROOT / "src/shopbell/connectors" / family).iterdir():
            if folder.is_dir() and (folder / "__init__.py").exists():
                guide = folder / "README.md"
                assert len(guide.read_text("utf-8")) > 400, folder


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in DOCS
        for target in links(path)
        if not (path.parent / target.split("#")[0]).exists()
    ]
    assert len(DOCS) > 50
    assert broken == []


def links(path: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)
    found = re.findall(r"\]\(([^)\s]+)\)", text)
    return [target for target in found if not re.match(r"[a-z]+:|#|/", target)]


def test_the_feature_list_names_tests_that_exist() -> None:
    page = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[^`]+)`", page)
    assert len(named) > 20
    missing = [name for name in named if not (ROOT / name.split("::")[0]).exists()]
    assert not missing
