"""156 recorded requests of mail providers: understood as recorded, or refused as recorded.

Every request goes through the connector's own doors: `verify`, `identify`, then the reading of the
stored bytes. Requests for the inbound side (mail coming in) are another connector's work.
"""

import base64
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from shopbell.connections.ports import Account, RawRequest
from shopbell.connectors.channels.anymail import CHANNEL
from shopbell.connectors.channels.anymail.providers import TRAITS, Provider
from shopbell.connectors.channels.anymail.settings import AnymailSettings
from shopbell.connectors.channels.anymail.webhooks import read_events
from shopbell.kit import clock
from shopbell.kit.errors import BadSignature, Invalid
from tests.support.channels import make_account

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("SHOPBELL_CORPORA", ROOT.parent / "shared" / "corpora"))
PAIRS = FOLDER / "esp-webhooks-anymail" / "pairs.jsonl"
COMPARED = ("event_type", "recipient", "message_id", "event_id", "reject_reason", "click_url")

pytestmark = pytest.mark.skipif(not PAIRS.exists(), reason="the corpora are not here")


def tracking_pairs() -> Iterator[dict[str, Any]]:
    with PAIRS.open() as lines:
        for line in lines:
            pair = json.loads(line)
            if "/inbound" not in pair["path"]:
                yield pair


def setting(pair: dict[str, Any], *names: str) -> str:
    """Find a setting under any of the names anymail knows for it."""
    flat = {**pair["settings"].get("ANYMAIL", {}), **pair["settings"]}
    for name in names:
        # A bare ANYMAIL = {...} entry wins over ANYMAIL_..., as in anymail.
        value = flat.get(name) or flat.get(f"ANYMAIL_{name}")
        if value:
            return " ".join(value) if isinstance(value, list) else str(value)
    return ""


def account_of(pair: dict[str, Any]) -> Account:
    """Turn the recorded settings into an account of ours."""
    part = pair["path"].split("/anymail/")[1].split("/")[0]
    provider = next(one for one, traits in TRAITS.items() if traits.module == part)
    upper = TRAITS[provider].module.upper()
    signing = TRAITS[provider].signing or "signing_secret"
    settings = AnymailSettings(
        provider=provider,
        api_key=SecretStr(setting(pair, f"{upper}_API_KEY") or "no key was recorded"),
        webhook_secret=SecretStr(setting(pair, f"{upper}_{signing.upper()}")),
        webhook_auth=SecretStr(setting(pair, "WEBHOOK_SECRET")),
        options={name: "https://mail.example" for name in TRAITS[provider].needs},
    )
    host = "" if "://" in pair["path"] else "http://testserver"
    return make_account("anymail", settings, webhook_url=host + pair["path"])


def request_of(pair: dict[str, Any]) -> RawRequest:
    body = pair["body"]
    raw = base64.b64decode(body["base64"]) if "base64" in body else body["text"].encode()
    headers = {name.lower(): str(value) for name, value in pair["headers"].items()}
    headers["content-type"] = pair["content_type"]
    return RawRequest(pair["method"], f"http://testserver{pair['path']}", headers, raw)


def recorded_at(request: RawRequest) -> datetime:
    """The moment of a signature with a time in it, or now."""
    stamp = request.headers.get("svix-timestamp")
    return datetime.fromtimestamp(float(stamp), UTC) if stamp else clock.now()


def what_comes_of(pair: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """Return `accepted`, `refused` or `misdirected`, and the events."""
    account, request = account_of(pair), request_of(pair)
    with clock.at(recorded_at(request)):
        try:
            CHANNEL.verify(request, account)
        except BadSignature:
            return "refused", []
        [entry] = CHANNEL.identify(request, account)
    header = account.settings.traits.id_header
    headers = {header: entry.topic.partition(":")[2]} if header else {}
    try:
        events = read_events(account.settings, request.body, headers)
        if not is_confirmation(request.body):
            CHANNEL.receipts(entry.topic, request.body, account)
    except Invalid:
        return "misdirected", []
    return "accepted", [{name: getattr(event, name) for name in COMPARED} for event in events]


def is_confirmation(body: bytes) -> bool:
    """Whether Amazon asks to confirm: answering would go out to the network."""
    return b'"SubscriptionConfirmation"' in body


def expected_of(pair: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    if not any((*setting_values(pair),)):
        return "refused", []  # stricter than recorded: without any secret nothing is believed
    if "raises" in pair:
        misdirected = "webhook" in pair["raises"] or "inbound" in pair["raises"]
        return ("misdirected" if misdirected else "refused"), []
    if pair["status"] != 200:
        return "refused", []
    tracking = [event for event in pair["events"] if event["kind"] == "tracking"]
    return "accepted", [{name: event[name] for name in COMPARED} for event in tracking]


def setting_values(pair: dict[str, Any]) -> Iterator[str]:
    settings = account_of(pair).settings
    yield settings.webhook_auth.get_secret_value()
    yield settings.webhook_secret.get_secret_value()
    if settings.traits.view_key:
        yield settings.api_key.get_secret_value()


def test_recorded_webhooks_mean_what_was_recorded(record_property: Any) -> None:
    pairs = list(tracking_pairs())
    wrong = []
    for pair in pairs:
        got, expected = what_comes_of(pair), expected_of(pair)
        if got != expected:
            wrong.append(f"{pair['test']}\n  got      {got}\n  expected {expected}")
    good = len(pairs) - len(wrong)
    print(f"\nmail provider webhooks: {good} of {len(pairs)} as recorded")
    record_property("esp_webhooks", f"{good}/{len(pairs)}")
    assert not wrong, "\n".join(wrong)


def test_every_provider_with_webhooks_is_in_the_corpus() -> None:
    seen = {account_of(pair).settings.provider for pair in tracking_pairs()}
    assert seen >= {one for one, traits in TRAITS.items() if traits.view} - {Provider.SENDGRID}


def test_a_changed_body_is_refused_where_the_body_is_signed() -> None:
    """Every provider that signs the whole body notices one more byte."""
    noticed = 0
    for pair in tracking_pairs():
        account, request = account_of(pair), request_of(pair)
        settings = account.settings
        signs_body = settings.traits.svix or settings.provider in (
            Provider.MAILERSEND,
            Provider.POSTAL,
            Provider.UNISENDER_GO,
        )
        if expected_of(pair)[0] != "accepted" or not signs_body:
            continue
        changed = RawRequest("POST", request.url, request.headers, request.body + b" ")
        with clock.at(recorded_at(request)), pytest.raises(BadSignature):
            CHANNEL.verify(changed, account)
        noticed += 1
    assert noticed > 10
