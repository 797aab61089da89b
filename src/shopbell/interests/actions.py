"""Writes about waiting lists: a form or a shop asks, a mailbox confirms, orders and words end it.

A newcomer's mistake: letting a form that anybody may send put somebody in a list. It asks; only the
link in the mailbox answers, unless that mailbox is known to be theirs.
"""

import uuid
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import transaction

from shopbell.accounts.models import Store
from shopbell.consent.actions import lift_own_word, record_consent
from shopbell.consent.models import ConsentAction
from shopbell.customers.actions import confirm_address
from shopbell.customers.askers import asker_at
from shopbell.customers.models import Identity, IdentityKind
from shopbell.events.actions import emit
from shopbell.interests.events import WaitingEnded
from shopbell.interests.mails import send_confirmation, send_noted
from shopbell.interests.models import Asking, Waiting, WaitingState
from shopbell.interests.reading import Told
from shopbell.kit import clock
from shopbell.kit.db.locks import lock_in_transaction
from shopbell.kit.errors import Conflict
from shopbell.messaging.strangers import (
    TooOften,
    address_digest,
    may_mail,
    network_digest,
    seconds_to_wait,
    shortened,
)
from shopbell.orders.models import Product
from shopbell.web.limits import width_of
from shopbell.web.live import announce

PURPOSE = "back_in_stock"
GOOD_FOR = timedelta(days=7)
NETWORK, NETWORK_TIME = 10, timedelta(minutes=10)
OPEN = (WaitingState.WAITING, WaitingState.CALLED)


@transaction.atomic
def ask_to_wait(*, store: Store, product: Product, told: Told, remote: str) -> None:
    """Take a sent form in; the same one twice is one. What to do next is told by mail only.

    Raises:
        TooOften: more came from this network than from people.
    """
    network = network_digest(store, remote)
    lock_in_transaction("asking", store.pk, network)
    if Asking.objects.filter(client_id=told.client_id).exists():
        return
    sent = Asking.objects.filter(network=network)
    wait = seconds_to_wait(sent, NETWORK * width_of(remote), NETWORK_TIME)
    if wait:
        raise TooOften(wait)
    row = _asking(store, product, told, source="back-in-stock form")
    row.remote, row.network = shortened(remote), network
    if told.is_trapped:
        row.email = ""
        row.save(force_insert=True)
        return
    row.customer = asker_at(told.email, told.language)
    row.save(force_insert=True)
    _go_on(store, row, is_proved=False)


@transaction.atomic
def ask_by_shop(
    *, store: Store, product: Product, told: Told, source: str, is_proved: bool
) -> Waiting | None:
    """Take over what somebody asked for in the shop's own page; None: a mail asks them first.

    `is_proved`: the shop answers for the address being theirs.
    """
    row = _asking(store, product, told, source=source)
    row.customer = asker_at(told.email, told.language)
    row.save(force_insert=True)
    return _go_on(store, row, is_proved=is_proved)


def _asking(store: Store, product: Product, told: Told, source: str) -> Asking:
    digest = address_digest(store, told.email)
    lock_in_transaction("asking-address", store.pk, digest)
    return Asking(
        product=product,
        variant=told.variant,
        client_id=told.client_id,
        email=told.email,
        language=told.language,
        wording=told.wording,
        page=told.page,
        digest=digest,
        source=source[:200],
        created_at=clock.now(),
    )


def _go_on(store: Store, row: Asking, *, is_proved: bool) -> Waiting | None:
    """Note them at once if the mailbox is known to be theirs; otherwise ask it."""
    customer = row.customer
    assert customer is not None
    own = Identity.objects.filter(kind=IdentityKind.EMAIL, value=row.email, verified=True)
    is_known = is_proved or own.filter(customer=customer).exists()
    may = may_mail(store, row.email, Asking.objects.filter(digest=row.digest, has_mail=True))
    waiting = None
    if is_known:
        waiting = _note(store, row, is_own_word=False)
        row.has_mail = may and not is_proved
        if row.has_mail:
            send_noted(store=store, row=row)
    else:
        row.has_mail = may
        if may:
            send_confirmation(store=store, row=row)
    row.save(update_fields=["has_mail", "confirmed_at"])
    return waiting


@transaction.atomic
def confirm_asking(*, store: Store, asking: Asking, remote: str) -> bool:
    """Put somebody in the list. False: it was confirmed before, and nothing changes.

    Raises:
        Conflict: the link is too old.
    """
    row = Asking.objects.select_for_update(of=("self",)).get(pk=asking.pk)
    if row.confirmed_at is not None or row.customer is None:
        return False
    if is_late(row):
        raise Conflict("This link is too old.", remedy="Ask once more.")
    confirm_address(customer=row.customer, email=row.email)
    row.remote = row.remote or shortened(remote)
    _note(store, row, is_own_word=True)
    row.save(update_fields=["confirmed_at", "remote"])
    return True


def is_late(asking: Asking) -> bool:
    """Return whether the link of an asking is not good any more."""
    return clock.now() - asking.created_at > GOOD_FOR


def _note(store: Store, row: Asking, *, is_own_word: bool) -> Waiting:
    """Give them a place in the list; who has one keeps it."""
    customer, now = row.customer, clock.now()
    assert customer is not None
    row.confirmed_at = now
    if is_own_word:
        lift_own_word(store=store, medium="email", address=row.email, scope=PURPOSE)
    record_consent(
        customer=customer,
        purpose=PURPOSE,
        channel="email",
        action=ConsentAction.GRANTED,
        source=row.source,
        wording=row.wording,
        language=row.language,
        proof=_proof(row, is_own_word),
        actor="customer",
    )
    found, is_new = Waiting.objects.select_for_update().get_or_create(
        customer=customer,
        product_id=row.product_id,
        variant=row.variant,
        defaults={"language": row.language, "source": row.source, "since": now},
    )
    if not is_new and found.state != WaitingState.WAITING:
        found.state, found.since, found.reason = WaitingState.WAITING, now, ""
        found.called_at, found.ended_at = None, None
        found.language, found.source = row.language, row.source
        found.save()
    announce(store.pk, "waiting")
    return found


def _proof(row: Asking, is_own_word: bool) -> dict[str, Any]:
    told = {
        "asking": str(row.pk),
        "variant": row.variant,
        "product": row.product.title,
        "asked_at": row.created_at.isoformat(),
        "asked_from": row.remote,
        "address": row.email,
        "page": row.page,
    }
    return {name: value for name, value in told.items() if value} | (
        {"double_opt_in": True} if is_own_word else {}
    )


@transaction.atomic
def leave_list(*, waiting: Waiting, because: str) -> None:
    """Let somebody wait no longer, as they say. Repeats change nothing."""
    _end([waiting.pk], WaitingState.LEFT, because)


@transaction.atomic
def leave_all_lists(*, customers: Collection[uuid.UUID]) -> None:
    """Let people wait for nothing any more, since they want no such mail."""
    rows = Waiting.objects.filter(customer_id__in=customers, state__in=OPEN)
    _end(rows.values_list("pk", flat=True), WaitingState.LEFT, "They want no such message.")


@transaction.atomic
def note_bought(*, customer_id: uuid.UUID, product_id: uuid.UUID, variant: str) -> None:
    """Let somebody who bought it wait no longer."""
    rows = Waiting.objects.filter(
        customer_id=customer_id, product_id=product_id, variant=variant, state__in=OPEN
    )
    _end(rows.values_list("pk", flat=True), WaitingState.BOUGHT, "They have bought it.")


def _end(keys: Collection[uuid.UUID], state: WaitingState, because: str) -> None:
    rows = Waiting.objects.select_for_update().filter(pk__in=list(keys), state__in=OPEN)
    for row in rows.order_by("pk"):
        row.state, row.reason, row.ended_at = state, because[:300], clock.now()
        row.save(update_fields=["state", "reason", "ended_at"])
        emit(
            WaitingEnded(
                customer_id=row.customer_id,
                waiting_id=row.pk,
                product_id=row.product_id,
                variant=row.variant,
                why=state.value,
            )
        )
        announce(row.store_id, "waiting")
