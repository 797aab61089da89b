"""Writes: change a rule, queue the messages that facts call for."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from shopbell.accounts.actions import change_store
from shopbell.accounts.models import Store
from shopbell.kit import clock
from shopbell.kit.errors import Invalid
from shopbell.messaging.actions import (
    Draft,
    judge_waiting_anew,
    queue_messages,
    release_held,
    unsent,
)
from shopbell.messaging.models import Message
from shopbell.messaging.ports import TELLING
from shopbell.messaging.states import State
from shopbell.notifications.conditions import check_conditions, objection
from shopbell.notifications.kinds import KINDS
from shopbell.notifications.models import Rule
from shopbell.notifications.queries import Setting, settings_of_store
from shopbell.notifications.stages import Steps, check_stages, check_waits, standings
from shopbell.orders.models import Order, Shipment


@transaction.atomic
def save_rule(
    *,
    kind: str,
    enabled: bool | None = None,
    delay_minutes: int | None = None,
    media: Sequence[str] | None = None,
    respect_quiet_hours: bool | None = None,
    conditions: dict[str, Any] | None = None,
    waits: dict[str, int] | None = None,
    stages: Mapping[str, Any] | None = None,
) -> Rule:
    """Change the settings of a kind; what is None stays as it is (or as shipped).

    `waits`: minutes without "delivered" after which the next channel is tried; a channel that is
    not in it is waited for without end. `stages`: lists of their own for stages of customers.

    Raises:
        Invalid: a kind, a channel or a number cannot be used.
    """
    if kind not in KINDS:
        raise Invalid(
            f"There is no notification {kind!r}.", fields={"kind": f"Known: {', '.join(KINDS)}."}
        )
    unknown = [medium for medium in media or [] if medium not in TELLING]
    if unknown:
        raise Invalid(
            f"There is no channel {unknown[0]!r}.", fields={"channels": "email, sms or whatsapp."}
        )
    if delay_minutes is not None and not 0 <= delay_minutes <= 60 * 24 * 30:
        raise Invalid(
            "The delay must lie between 0 and 30 days.", fields={"delay_minutes": "In minutes."}
        )
    if waits is not None:
        check_waits(waits)
    now = settings_of_store()[kind]
    rule, _ = Rule.objects.update_or_create(
        kind=kind,
        defaults={
            "enabled": now.enabled if enabled is None else enabled,
            "delay_minutes": now.delay_minutes if delay_minutes is None else delay_minutes,
            "media": list(now.media if media is None else dict.fromkeys(media)),
            "respect_quiet_hours": now.respect_quiet_hours
            if respect_quiet_hours is None
            else respect_quiet_hours,
            "conditions": now.conditions if conditions is None else check_conditions(conditions),
            "waits": now.waits if waits is None else waits,
            "stages": {key: steps.to_json() for key, steps in now.stages.items()}
            if stages is None
            else check_stages(stages),
        },
    )
    return rule


@transaction.atomic
def prefer_medium(*, kind: str, medium: str) -> Rule:
    """Move one channel of a plan one place to the front."""
    media = list(settings_of_store()[kind].media)
    if medium not in media:
        raise Invalid(f"{medium!r} is not a channel of this notification.")
    place = media.index(medium)
    media.insert(max(place - 1, 0), media.pop(place))
    return save_rule(kind=kind, media=media)


@transaction.atomic
def use_shipped_rule(*, kind: str) -> None:
    """Forget the store's own settings of a kind."""
    Rule.objects.filter(kind=kind).delete()


@transaction.atomic
def change_policies(*, store: Store, **policies: Any) -> None:
    """Set some of a store's policies; the others stay as they are in the database by now."""
    row = Store.objects.select_for_update().get(pk=store.pk)
    row.policies = {**row.policies, **policies}
    row.save(update_fields=["policies"])
    store.policies = row.policies
    if any(name.startswith("quiet_") or name == "budgets" for name in policies):
        judge_waiting_anew()


@transaction.atomic
def mark_shop_notice(*, store: Store, shop: str, kind: str, off: bool) -> None:
    """Remember whether a shop's own notice is switched off there, so that nobody gets two."""
    row = Store.objects.select_for_update().get(pk=store.pk)
    found = row.policies.get("shop_notices_off")
    marks = dict(found) if isinstance(found, dict) else {}
    kinds = [key for key in marks.get(shop, []) if key != kind]
    marks[shop] = [*kinds, kind] if off else kinds
    change_policies(store=store, shop_notices_off=marks)


@transaction.atomic
def pause_sending(*, store: Store) -> None:
    """Hold everything that would leave from now on."""
    change_store(store=store, sends_paused=True)


@transaction.atomic
def resume_sending(*, store: Store) -> int:
    """Send again, first of all what the pause held; returns how many that are."""
    change_store(store=store, sends_paused=False)
    return release_held(reason="store_paused")


@dataclass(frozen=True, slots=True)
class Notice:
    """One fact that calls for telling a customer. `key` makes it unique within the kind."""

    kind: str
    order_id: uuid.UUID
    key: str
    happened_at: datetime
    shipment_id: uuid.UUID | None = None
    data: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def tell(*, notices: Sequence[Notice]) -> int:
    """Queue a message for each notice that the store wants told; returns how many are new.

    What is not told because of the store's settings is written to the ledger with that reason.
    """
    settings = settings_of_store()
    orders = _orders(notices)
    parcels = Shipment.objects.defer("payload").in_bulk(
        [n.shipment_id for n in notices if n.shipment_id]
    )
    drafts: list[Draft] = []
    silent: list[tuple[Draft, str, str]] = []
    told = [notice for notice in notices if _known(orders.get(notice.order_id))]
    stages = standings([(orders[notice.order_id], clock.now()) for notice in told])
    for notice, standing in zip(told, stages, strict=True):
        order, setting = orders[notice.order_id], settings[notice.kind]
        steps = setting.plan.steps_for(standing)
        draft = _draft(notice, setting, steps, order, parcels.get(notice.shipment_id))
        against = _against(setting, order)
        if against is None:
            drafts.append(draft)
        elif against[0]:
            silent.append((draft, *against))
    _note_silent(silent)
    return queue_messages(drafts=drafts)


def _known(order: Order | None) -> bool:
    return order is not None and not order.is_stub


def _orders(notices: Sequence[Notice]) -> dict[uuid.UUID, Order]:
    rows = Order.objects.select_related("customer").defer("payload")
    return rows.in_bulk([notice.order_id for notice in notices])


def _draft(
    notice: Notice, setting: Setting, steps: Steps, order: Order, parcel: Shipment | None
) -> Draft:
    # What claims to come from the future happened now at the latest.
    happened_at = min(notice.happened_at, clock.now())
    delay = timedelta(minutes=setting.delay_minutes)
    due = max(happened_at + delay, clock.now())
    return Draft(
        business_key=f"{notice.kind}:{notice.key}",
        kind=notice.kind,
        purpose=setting.kind.purpose,
        media=steps.media,
        customer=order.customer,
        order=order,
        shipment=parcel,
        locale=order.locale or (order.customer.locale if order.customer else ""),
        to_name=order.customer.name if order.customer else str(order.address.get("name", "")),
        due_at=due,
        not_after=happened_at + delay + setting.kind.fresh_for,
        ignore_quiet=not setting.respect_quiet_hours,
        waits=dict(steps.waits),
        data=notice.data,
    )


def _against(setting: Setting, order: Order) -> tuple[str, str] | None:
    """Return (reason, sentence) if the settings are against it; no reason: not even noted."""
    if not setting.enabled:
        if not setting.is_own:
            return "", ""  # shipped as off: nobody expects it
        return "switched_off", f"“{setting.kind.title}” is switched off."
    text = objection(setting.conditions, order)
    return ("filtered", text) if text else None


def _note_silent(silent: Sequence[tuple[Draft, str, str]]) -> None:
    now, rows = clock.now(), list[Message]()
    for draft, reason, text in silent:
        row = unsent(draft)
        row.to_address = draft.order.email if draft.order else ""
        row.state, row.reason, row.reason_text = State.SKIPPED, reason, text
        row.due_at = row.closed_at = now
        rows.append(row)
    Message.objects.bulk_create(rows, ignore_conflicts=True)
