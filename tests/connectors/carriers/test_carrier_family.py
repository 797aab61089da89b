"""What every carrier connector promises, whichever it is."""

import json
from pathlib import Path
from typing import Any

import pytest

import shopbell.connectors.carriers.aftership
import shopbell.connectors.carriers.easypost
import shopbell.connectors.carriers.generic  # noqa: F401
from shopbell.connections.ports import CONNECTORS
from shopbell.connectors import carriers, signatures
from shopbell.kit.errors import Invalid
from shopbell.orders.ports import CARRIERS, Carrier

KEYS = ("generic_carrier", "aftership", "easypost")


@pytest.fixture(params=KEYS)
def carrier(request: pytest.FixtureRequest) -> Carrier:
    return CARRIERS.get(request.param)


def test_it_is_registered_twice_and_is_a_carrier(carrier: Carrier) -> None:
    assert CONNECTORS.get(carrier.key) is carrier
    assert carrier.family == "carrier"
    assert carrier.title
    assert carrier.summary


def test_every_setting_is_explained(carrier: Carrier) -> None:
    for name, field in carrier.settings_model.model_fields.items():
        assert field.description, name


def test_secrets_do_not_show_in_the_representation(carrier: Carrier, connect: Any) -> None:
    account = connect(carrier, webhook_secret="a very secret secret")
    assert "a very secret secret" not in repr(account)


def test_it_explains_itself(carrier: Carrier) -> None:
    folder = {"generic_carrier": "generic"}.get(carrier.key, carrier.key)
    readme = Path(carriers.__file__).parent / folder / "README.md"
    assert f"/hooks/{carrier.key}/" in readme.read_text()


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"5", b'"x"', b"null", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused_once(
    carrier: Carrier, connect: Any, post: Any, body: bytes
) -> None:
    account = connect(carrier, webhook_secret="a very secret secret")
    with pytest.raises(Invalid):
        carrier.identify(post(body, webhook_id="1"), account)


def test_a_standard_webhooks_secret_may_be_base64_or_plain_text() -> None:
    encoded = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    assert signatures.standard_keys("whsec_" + encoded) == [bytes(range(32))]
    assert signatures.standard_keys(encoded) == [encoded.encode(), bytes(range(32))]
    assert signatures.standard_keys("whsec_!!") == [b"whsec_!!"]
    assert signatures.standard_keys("whsec_") == [b"whsec_"]
    assert signatures.standard_keys("a plain secret") == [b"a plain secret"]


def test_fixtures_are_json() -> None:
    for path in Path(__file__).parent.glob("*/fixtures/*.json"):
        assert json.loads(path.read_text()), path
