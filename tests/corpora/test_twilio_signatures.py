"""Published vectors of Twilio's signature: the good are accepted, anything else refused."""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from shopbell.connections.ports import RawRequest
from shopbell.connectors.channels.twilio_signatures import require_signature
from shopbell.kit.errors import BadSignature

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("SHOPBELL_CORPORA", ROOT.parent / "shared" / "corpora"))
VECTORS = FOLDER / "signature-vectors" / "vectors.jsonl"

pytestmark = pytest.mark.skipif(not VECTORS.exists(), reason="the corpora are not here")


def is_accepted(vector: dict[str, Any], **changes: str) -> bool:
    body = vector["body"] if "body" in vector else urlencode(vector["params"])
    url, signature = changes.get("url", vector["url"]), changes.get("sig", vector["signature"])
    base, _, query = url.partition("?")
    sent = RawRequest("POST", f"/x?{query}", {"x-twilio-signature": signature}, body.encode())
    try:
        require_signature(sent, base, [changes.get("token", vector["auth_token"])])
    except BadSignature:
        return False
    return True


def test_every_vector_is_judged_as_published_and_changed_ones_are_refused() -> None:
    rows = [json.loads(line) for line in VECTORS.read_text().splitlines()]
    vectors = [row for row in rows if row["scheme"] == "twilio"]
    agreed = [is_accepted(vector) == vector["valid"] for vector in vectors]
    print(f"\ntwilio: {sum(agreed)}/{len(vectors)} judged as published")
    assert vectors
    assert all(agreed)
    for vector in vectors:
        assert not is_accepted(vector, token="54321")
        assert not is_accepted(vector, url=vector["url"].replace("foo=1", "foo=2"))
        assert not is_accepted(vector, sig="A" + vector["signature"][1:])
