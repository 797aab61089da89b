"""Asking a shop without a connector: one signed POST to an address of the store's own.

The request is signed as the shop's webhooks to us are (Standard Webhooks), so one secret serves
both ways. The type `order.refund` asks for it, `order.refund.find` only whether it was done. A
newcomer's mistake: answering 200 for something that was refused. README.md has the rules.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from shopbell.connectors.reading import Doc, tidy
from shopbell.connectors.shops.generic.settings import GenericShopSettings
from shopbell.kit import clock
from shopbell.kit.errors import Temporary, Unsupported
from shopbell.kit.http import Provider
from shopbell.orders.ports import (
    Ability,
    Deed,
    Errand,
    Facts,
    Outcome,
    RefundFacts,
    ReturnFacts,
    ReturnStatus,
)


def abilities(settings: GenericShopSettings) -> Mapping[Deed, Ability]:
    """Return what the store says its address can do; the store promises to keep our key."""
    if not settings.actions_url:
        return {}
    return {Deed(name): Ability(guards_key=True) for name in settings.actions}


def perform(settings: GenericShopSettings, errand: Errand) -> Outcome:
    """Ask for it (see `ActingShop.perform`)."""
    answer = _ask(settings, f"order.{errand.deed}", errand)
    if answer.lower("status") not in ("done", "pending"):
        raise Temporary("The shop answered without saying whether it is done.")
    return _outcome(answer, errand)


def find(settings: GenericShopSettings, errand: Errand) -> Outcome | None:
    """Ask whether it was done (see `ActingShop.find`)."""
    answer = _ask(settings, f"order.{errand.deed}.find", errand)
    status = answer.lower("status")
    if status == "none":
        return None
    if status not in ("done", "pending"):
        raise Temporary("The shop answered without saying whether it is done.")
    return _outcome(answer, errand)


def _ask(settings: GenericShopSettings, kind: str, errand: Errand) -> Doc:
    if not settings.actions_url or errand.deed not in settings.actions:
        raise Unsupported("This shop has not said that it can do this.")
    body = json.dumps({"type": kind, "key": errand.key, "data": _data(errand)}).encode()
    scheme, _, rest = settings.actions_url.partition("://")
    host, _, path = rest.partition("/")
    provider = Provider(f"{scheme}://{host}", name="The shop")
    headers = _signed(settings, kind, errand, body)
    reply = provider.request("POST", path, content=body, headers=headers)
    answer = tidy(reply.json("The shop"))
    if not isinstance(answer, dict):
        raise Temporary("The shop answered with something else than an object.")
    return Doc(answer)


def _data(errand: Errand) -> dict[str, Any]:
    return {
        "order": errand.order_id,
        "amount": errand.amount,
        "currency": errand.currency,
        "items": [{"line": item.line_id, "quantity": item.quantity} for item in errand.items],
        "code": errand.code,
        "reason": errand.reason,
        "note": errand.note,
        "email": errand.email,
    }


def _signed(
    settings: GenericShopSettings, kind: str, errand: Errand, body: bytes
) -> dict[str, str]:
    message_id = f"{errand.key}.{kind.removeprefix('order.')}"
    stamp = str(int(clock.now().timestamp()))
    signed = f"{message_id}.{stamp}.".encode() + body
    digest = base64.b64encode(hmac.new(settings.keys[0], signed, hashlib.sha256).digest()).decode()
    return {
        "content-type": "application/json",
        "idempotency-key": errand.key,
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{digest}",
    }


def _outcome(answer: Doc, errand: Errand) -> Outcome:
    reference = answer.ident("reference")
    if not reference:
        raise Temporary("The shop gave no reference, so it cannot be known what it did.")
    name = answer.text("name", limit=120)
    facts: tuple[Facts, ...] = ()
    if errand.deed == Deed.REFUND:
        facts = (RefundFacts(reference, errand.order_id, errand.amount, errand.currency),)
    elif errand.deed == Deed.RETURN:
        facts = (ReturnFacts(reference, errand.order_id, ReturnStatus.REGISTERED, name),)
    pending = answer.lower("status") == "pending"
    return Outcome(reference, name, answer.url("url"), () if pending else facts, pending)
