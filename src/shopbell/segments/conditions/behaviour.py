"""Conditions about what happened to a customer, and about being in another segment."""

from shopbell.segments.conditions.history import happened, since
from shopbell.segments.conditions.phrases import times, within
from shopbell.segments.vocabulary import (
    Asked,
    Choices,
    Clause,
    Kind,
    Param,
    Values,
    register_condition,
)

_GROUP = "What happened"
# News of the log that segments ask about; the log has an index of exactly these. They are about
# orders, so the customer is the order's.
_NEWS = {
    "order.cancelled": "an order was cancelled",
    "order.payment_failed": "a payment failed",
    "shipment.delayed": "a parcel was late",
    "refund.issued": "money went back",
    "return.registered": "a return was registered",
    "return.received": "a return arrived",
}
DEED = "customer.did"
SEGMENT = "segment"  # written by `sql.py`, which knows the other segments

_OFTEN = Param(
    "times", "Times", "number", default=1, least=1, most=10_000, unit="times", optional=True
)
_DAYS = Param(
    "days", "Days", "number", default=0, least=1, most=3650, unit="days", optional=True,
    example="any time",
)  # fmt: skip


def _news() -> Choices:
    return list(_NEWS.items())


def _happened(values: Values, asked: Asked) -> Clause:
    where = "e.store_id = %s AND e.name = %s AND o.customer_id IS NOT NULL"
    told: list[object] = [asked.store_id, asked.store_id, values["event"]]
    if begin := since(asked, values["days"]):
        where += " AND e.occurred_at >= %s"
        told.append(begin)
    narrowed = asked.narrowed("o.customer_id")
    inner = (
        "SELECT o.customer_id FROM events_event e JOIN orders_order o ON o.id = e.subject_id"
        f" AND o.store_id = %s WHERE {where}{narrowed.sql}"
    )
    return happened(inner, [*told, *narrowed.told], values["times"], "count(*)", "o.customer_id")


def _did(values: Values, asked: Asked) -> Clause:
    where = "e.store_id = %s AND e.name = %s AND e.data->>'did' = %s"
    told: list[object] = [asked.store_id, DEED, values["what"]]
    if begin := since(asked, values["days"]):
        where += " AND e.occurred_at >= %s"
        told.append(begin)
    narrowed = asked.narrowed("e.subject_id")
    inner = f"SELECT e.subject_id AS customer_id FROM events_event e WHERE {where}{narrowed.sql}"
    return happened(inner, [*told, *narrowed.told], values["times"], "count(*)", "e.subject_id")


def _often(values: Values) -> str:
    return f" at least {times(values['times'])}" if values["times"] > 1 else ""


def _says_happened(values: Values, negated: bool) -> str:
    lead = "is not one to whom it happened that" if negated else "had it happen that"
    return f"{lead} {values['event']}{_often(values)}{within(values)}"


def _says_did(values: Values, negated: bool) -> str:
    lead = "did not do" if negated else "did"
    return f"{lead} “{values['what']}”{_often(values)}{within(values)}"


def _unwritten(values: Values, asked: Asked) -> Clause:
    raise NotImplementedError("sql.py writes the other segment's conditions in its place")


register_condition(
    Kind(
        key="happened",
        label="News of an order",
        group=_GROUP,
        facts=frozenset({"orders", "parcels"}),
        sql=_happened,
        says=_says_happened,
        params=(Param("event", "What happened", "choice", choices=_news), _OFTEN, _DAYS),
        relative=lambda values: bool(values["days"]),
        opposite=("happened", "did not happen"),
    )
)
register_condition(
    Kind(
        key="did",
        label="Did something of your own",
        group=_GROUP,
        facts=frozenset({"deeds"}),
        sql=_did,
        says=_says_did,
        params=(
            Param("what", "Name of what they did", "text", example="quiz_finished"),
            _OFTEN,
            _DAYS,
        ),
        relative=lambda values: bool(values["days"]),
        opposite=("did", "did not"),
    )
)
register_condition(
    Kind(
        key=SEGMENT,
        label="Another segment",
        group=_GROUP,
        facts=frozenset(),
        sql=_unwritten,
        says=lambda v, no: f"is {'not ' if no else ''}in the segment “{v['segment']}”",
        params=(Param("segment", "Segment", "segment"),),
        opposite=("is in", "is not in"),
    )
)
