"""Twilio's calculator and we agree on the parts of every text, plain signs instead or not."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from shopbell.messaging.plain_sms import plainer
from shopbell.messaging.segments import segments

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("SHOPBELL_CORPORA", ROOT.parent / "shared" / "corpora"))
CASES = FOLDER / "sms-segments"

pytestmark = pytest.mark.skipif(not CASES.exists(), reason="the corpora are not here")


def rows() -> list[dict[str, Any]]:
    lines = (CASES / "reference.jsonl").read_text().splitlines()
    official = json.loads((CASES / "twilio_official.json").read_text())
    return [*(json.loads(line) for line in lines), *official]


def differences(row: dict[str, Any]) -> list[str]:
    text = plainer(row["body"]).text if row.get("smart_encoding") else row["body"]
    found = segments(text)
    ours: dict[str, Any] = {"encoding": found.encoding, "segments": found.parts}
    if not row.get("smart_encoding"):  # Twilio writes two spaces for one that must not break
        ours |= {"message_bits": found.bits, "total_bits": found.total_bits}
        ours["characters"] = found.characters
    return [f"{name} {ours[name]}" for name in ours if row.get(name, ours[name]) != ours[name]]


def test_every_text_has_as_many_parts_as_twilio_counts() -> None:
    cases = rows()
    wrong = [(row, said) for row in cases if (said := differences(row))]
    for row, said in wrong[:20]:
        print(ascii(row["body"])[:300], row.get("smart_encoding"), said, row)
    print(f"\nparts of texts: {len(cases) - len(wrong)}/{len(cases)}")
    assert not wrong
    assert len(cases) > 1_200
