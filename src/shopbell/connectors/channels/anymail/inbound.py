"""Mail that a provider hands in by webhook: told from tracking, checked, made raw again.

Asked to send the raw mail along, the provider's own bytes are taken; else anymail builds a mail of
what it was told. A newcomer's mistake: reading the mail here. It goes the road of all mail, in a
child with limits.
"""

import json
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from anymail.exceptions import AnymailError

from shopbell.connections.ports import RawRequest
from shopbell.connectors.channels.anymail.settings import AnymailSettings
from shopbell.connectors.channels.anymail.webhooks import (
    NONSENSE,
    as_django,
    build_view,
    guess_content_type,
)
from shopbell.kit.errors import Invalid
from shopbell.kit.mail.addresses import parse_address


def is_inbound(settings: AnymailSettings, body: bytes) -> bool:
    """Whether a webhook brings a mail, as far as its form tells."""
    traits = settings.traits
    if not traits.inbound:
        return False
    is_json = guess_content_type(body) == "application/json"
    if not traits.inbound_mark:
        return not is_json
    found = _json(body) if is_json else None
    return isinstance(found, dict) and traits.inbound_mark in found


def inbound_view(settings: AnymailSettings) -> Any:
    """Return anymail's view for mail of the provider, built with the account's secrets."""
    module = import_module(f"anymail.webhooks.{settings.traits.module}")
    view = getattr(module, settings.traits.inbound)
    # Only a view that knows the argument checks signatures; the others rest on the password.
    return build_view(settings, view, signs=hasattr(view, settings.traits.signing or "?"))


def raw_mail(settings: AnymailSettings, body: bytes) -> bytes:
    """Return the mail in a webhook that was verified before, its recipient in the first line.

    Raises:
        Invalid: there is none in it.
    """
    request = as_django(RawRequest("POST", "http://webhook.invalid/", {}, body))
    try:
        is_json = guess_content_type(body) == "application/json"
        fields: Mapping[str, Any] = _json(body) if is_json else request.POST
        raw = fields.get(settings.traits.inbound_raw)
        if isinstance(raw, str) and raw.strip():
            mail = raw.encode("utf-8", "replace")
        else:
            [event] = inbound_view(settings).parse_events(request)
            mail = event.message.as_bytes()
    except (AnymailError, *NONSENSE) as error:
        raise Invalid(f"There is no mail in this webhook: {type(error).__name__}.") from None
    return _delivered_to(settings, fields) + mail.lstrip()


def _delivered_to(settings: AnymailSettings, fields: Mapping[str, Any]) -> bytes:
    told = str(fields.get(settings.traits.inbound_to) or "")
    if told.startswith("{"):
        named = _json(told.encode())
        told = str((named.get("to") or [""])[0]) if isinstance(named, dict) else ""
    try:
        return f"Delivered-To: {parse_address(told.strip())}\r\n".encode()
    except Invalid:
        return b""


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
