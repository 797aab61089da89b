"""Conformance: the public Liquid cases, run through our hardened environment.

Two figures are printed: of all cases, and of those that do not use what we switched off on purpose
(tags that load other templates).
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from shopbell.messaging.rendering import engine

_ROOT = Path(
    os.environ.get("SHOPBELL_CORPORA", Path(__file__).parents[2] / ".." / "shared/corpora")
)
_CASES = _ROOT / "golden-liquid" / "tests.jsonl"
_OFF = {"include tag", "render tag"}


def _passes(case: dict[str, Any]) -> bool:
    try:
        template = engine.parse(case["template"])
        output = engine.render(template, case.get("data", {}), limit=engine.TEXT_LIMIT)
    except Exception:
        return bool(case.get("invalid"))
    return not case.get("invalid") and (
        output == case.get("result") or output in case.get("results", [])
    )


@pytest.mark.skipif(not _CASES.exists(), reason="the corpora are not here")
def test_liquid_means_what_it_means_elsewhere() -> None:
    cases = [json.loads(line) for line in _CASES.read_text(encoding="utf-8").splitlines()]
    offered = [
        case
        for case in cases
        if not case.get("templates") and not _OFF.intersection(case.get("tags", ()))
    ]

    all_passed = sum(map(_passes, cases))
    passed = sum(map(_passes, offered))

    print(f"golden-liquid: {all_passed}/{len(cases)} = {all_passed / len(cases):.1%} of all,")
    print(f"{passed}/{len(offered)} = {passed / len(offered):.1%} without include and render")
    assert passed / len(offered) >= 0.99
