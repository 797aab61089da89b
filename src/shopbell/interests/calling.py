"""Calling those who wait, first come first served, in batches against what is really there.

With ten pieces the first twenty are told: not everybody buys. Some hours later the next ones are,
as long as something is left. A newcomer's mistake: telling the whole list. Hundreds then find an
empty shelf, for which they asked to be spared.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta

from django.db import transaction

from shopbell.events.actions import emit, wake
from shopbell.events.pump import Pump, claim, register
from shopbell.interests.events import WaitingCalled
from shopbell.interests.models import Arrival, Waiting, WaitingState
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.gate import Answer, Ruling, rulings
from shopbell.messaging.models import Message
from shopbell.messaging.states import State
from shopbell.orders.models import Product
from shopbell.orders.variants import left_of
from shopbell.web.live import announce

PER_PIECE = 2  # so many are told for each piece in stock
MOST = 1_000  # told at once, however much there is
APART = timedelta(hours=4)
SOLD_OUT, ENDED = "sold_out_again", "waits_no_more"
_HOUR = timedelta(hours=1)

# Whether somebody would be told: asked before anybody is called, so that no call goes unheard.
HEARD_BY: list[Callable[[], bool]] = []


def call_waiting() -> int:
    """Call the next batch of each arrival that is due; returns how many arrivals were."""
    rows = claim(
        table="interests_arrival", columns="t.id, t.store_id", where="NOT is_over", limit=50
    )
    for key, store_id in rows:
        with store_scope(store_id):
            call_next(arrival=Arrival.objects.select_for_update().get(pk=key))
    return len(rows)


@transaction.atomic
def call_next(*, arrival: Arrival) -> int:
    """Call as many as two for each piece that is there now; returns how many."""
    arrival.lease_until = None
    product = Product.objects.defer("payload").get(pk=arrival.product_id)
    left = left_of(product, arrival.variant)
    called: list[Waiting] = []
    if arrival.is_over or left <= 0:
        arrival.is_over = True
    elif not any(is_heard() for is_heard in HEARD_BY):
        arrival.due_at = clock.now() + _HOUR
    else:
        _put_back(arrival)
        called = _call(arrival, min(left * PER_PIECE, MOST))
        arrival.called += len(called)
        arrival.is_over = not called
        arrival.due_at = clock.now() + APART
    arrival.save()
    if called:
        announce(arrival.store_id, "waiting")
    return len(called)


def _rows(arrival: Arrival, state: str) -> "Sequence[Waiting]":
    rows = Waiting.objects.select_for_update().filter(
        product_id=arrival.product_id, variant=arrival.variant, state=state
    )
    return rows.order_by("since", "id")  # type: ignore[return-value]


def _call(arrival: Arrival, most: int) -> list[Waiting]:
    called = list(_rows(arrival, WaitingState.WAITING)[:most])
    now = clock.now()
    Waiting.objects.filter(pk__in=[row.pk for row in called]).update(
        state=WaitingState.CALLED, called_at=now
    )
    emit(
        *(
            WaitingCalled(
                customer_id=row.customer_id,
                waiting_id=row.pk,
                product_id=row.product_id,
                variant=row.variant,
            )
            for row in called
        )
    )
    return called


def _put_back(arrival: Arrival) -> None:
    """Give their place back to those who were called but not told, since it had sold out again."""
    called = {str(row.pk): row for row in _rows(arrival, WaitingState.CALLED)}
    if not called:
        return
    mails = Message.objects.filter(
        customer_id__in=[row.customer_id for row in called.values()],
        state=State.SKIPPED,
        reason=SOLD_OUT,
    )
    for key, at in mails.values_list("data__waiting", "created_at"):
        row = called.get(str(key))
        if row is not None and row.called_at is not None and at >= row.called_at:
            row.state, row.called_at = WaitingState.WAITING, None
            row.save(update_fields=["state", "called_at"])


@rulings
def still_there(messages: Sequence[Message]) -> Ruling | None:
    """Leave out what would lead to an empty shelf, or tells somebody who waits no longer."""
    told = {message.pk: _uuid(message.data.get("waiting")) for message in messages}
    keys = {key for key in told.values() if key is not None}
    if not keys:
        return None
    rows = Waiting.objects.select_related("product").defer("product__payload").in_bulk(keys)

    def ruling(message: Message) -> tuple[Answer, str, str] | None:
        key = told.get(message.pk)
        if key is None:
            return None
        row = rows.get(key)
        if row is None or row.state in (WaitingState.BOUGHT, WaitingState.LEFT):
            said = row.reason if row is not None and row.reason else "They wait for it no longer."
            return Answer.SKIP, ENDED, said
        if left_of(row.product, row.variant) <= 0:
            return (
                Answer.SKIP,
                SOLD_OUT,
                "It is sold out again. They keep their place in the list and are told next time.",
            )
        return None

    return ruling


def _uuid(value: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(value)) if value else None
    except ValueError:
        return None


@transaction.atomic
def begin_arrivals(*, returned: Sequence[tuple[uuid.UUID, str]]) -> None:
    """Begin to call those who wait for variants that came back."""
    for product_id, variant in returned:
        waits = Waiting.objects.filter(product_id=product_id, variant=variant)
        waits = waits.filter(state__in=(WaitingState.WAITING, WaitingState.CALLED))
        if waits.exists():
            Arrival.objects.get_or_create(
                product_id=product_id,
                variant=variant,
                is_over=False,
                defaults={"since": clock.now(), "due_at": clock.now()},
            )
            wake("waiting")


@transaction.atomic
def end_arrivals(*, gone: Sequence[tuple[uuid.UUID, str]]) -> None:
    """Call nobody more for variants that are sold out."""
    by_product: dict[uuid.UUID, set[str]] = defaultdict(set)
    for product_id, variant in gone:
        by_product[product_id].add(variant)
    for product_id, variants in by_product.items():
        rows = Arrival.objects.filter(product_id=product_id, variant__in=variants, is_over=False)
        rows.update(is_over=True)


register(Pump(name="waiting", run=call_waiting, interval=30.0))
