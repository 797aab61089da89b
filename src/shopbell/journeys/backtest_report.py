"""What came of trying a journey on the past: counts by step, reasons, rows, and one message."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Max, Q, QuerySet

from shopbell.accounts.models import Store
from shopbell.journeys.definition import read_definition
from shopbell.journeys.engine import draft_of
from shopbell.journeys.models import Backtest, BacktestRow, Enrolment, EnrolmentState
from shopbell.journeys.queries import StepNumbers
from shopbell.journeys.steps import Send
from shopbell.kit import clock
from shopbell.kit.errors import NotFound
from shopbell.messaging.actions import unsent
from shopbell.messaging.gate import Answer
from shopbell.messaging.ports import Rendered
from shopbell.messaging.prepare import render_texts
from shopbell.messaging.rendering.jobs import RenderFailure
from shopbell.messaging.templates import TextFinder
from shopbell.messaging.titles import title_of

_STATES = {
    EnrolmentState.ACTIVE: "would still be under way",
    EnrolmentState.DONE: "would have gone through",
    EnrolmentState.GOAL: "would have reached the goal",
    EnrolmentState.LEFT: "would have left early",
    EnrolmentState.STUCK: "would be stuck",
}
WHAT = {"told": "Would have left", "not": "Would not have left"}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why messages would not have left, or would have waited."""

    key: str
    text: str
    count: int
    told: bool


@dataclass(frozen=True, slots=True)
class Report:
    """The whole result."""

    steps: Mapping[str, StepNumbers]
    states: list[tuple[str, int]]
    reasons: list[Reason]
    people: int
    told: int
    stopped: int


@dataclass(frozen=True, slots=True)
class Example:
    """One message as it would read, or why it cannot be rendered."""

    row: BacktestRow
    rendered: Rendered | None = None
    trouble: str = ""
    missing: tuple[str, ...] = ()


def backtest_by_id(key: uuid.UUID) -> Backtest:
    """Return one or raise `NotFound`."""
    row = Backtest.objects.filter(pk=key).first()
    if row is None:
        raise NotFound("This look back is gone; they are kept for two weeks.")
    return row


def backtests_of(key: str) -> QuerySet[Backtest]:
    """Return the latest ones of a journey."""
    return Backtest.objects.filter(key=key).defer("definition").order_by("-created_at")[:5]


def report_of(row: Backtest, here: str) -> Report:
    """Return what came of it. `here`: the page that lists its messages."""
    told = Q(answer=Answer.SEND)
    rows = row.rows.order_by()
    by_step = {
        step: (sent, count - sent)
        for step, sent, count in rows.values_list("step").annotate(
            sent=Count("id", filter=told), n=Count("id")
        )
    }
    passed = row.result.get("passed", {})
    steps = {
        step: StepNumbers(
            entered=passed.get(step, 0),
            queued=sum(by_step.get(step, (0, 0))),
            told=by_step.get(step, (0, 0))[0],
            left_out=by_step.get(step, (0, 0))[1],
            told_href=f"{here}?what=told&step={step}#rows",
            left_out_href=f"{here}?what=not&step={step}#rows",
        )
        for step in read_definition(row.definition).steps
    }
    reasons = [
        Reason(reason, text, count, answer == Answer.SEND)
        for answer, reason, count, text in rows.exclude(reason="")
        .values_list("answer", "reason")
        .annotate(n=Count("id"), example=Max("text"))
        .order_by("-n", "reason")[:30]
    ]
    states = row.result.get("states", {})
    return Report(
        steps=steps,
        states=[(said, states[state]) for state, said in _STATES.items() if states.get(state)],
        reasons=reasons,
        people=rows.filter(told).values("customer_id").distinct().count(),
        told=sum(sent for sent, _ in by_step.values()),
        stopped=sum(stopped for _, stopped in by_step.values()),
    )


def rows_of(row: Backtest, wanted: Mapping[str, str]) -> QuerySet[BacktestRow]:
    """Return the messages, newest first, as filtered."""
    rows = BacktestRow.objects.filter(backtest=row).select_related("customer")
    if wanted.get("what") == "told":
        rows = rows.filter(answer=Answer.SEND)
    if wanted.get("what") == "not":
        rows = rows.exclude(answer=Answer.SEND)
    if wanted.get("why"):
        rows = rows.filter(reason=wanted["why"])
    return rows.filter(step=wanted["step"]) if wanted.get("step") else rows


def titles_of(row: Backtest) -> dict[str, str]:
    """Return what the messages are called, by step."""
    steps = read_definition(row.definition).steps.values()
    return {step.id: title_of(step.text) for step in steps if isinstance(step, Send)}


def example_of(store: Store, backtest: Backtest, key: uuid.UUID) -> Example:
    """Render one message by the real renderer, with what is known today.

    Raises:
        NotFound: there is no such message.
    """
    rows = BacktestRow.objects.filter(backtest=backtest).select_related("customer", "cart", "order")
    row = rows.filter(pk=key).first()
    step = read_definition(backtest.definition).steps.get(row.step) if row else None
    if row is None or not isinstance(step, Send):
        raise NotFound("There is no such message.")
    like = Enrolment.fresh(
        customer_id=row.customer_id, cart_id=row.cart_id, order_id=row.order_id,
        journey_id=backtest.pk, key="", step=row.step,
    )  # fmt: skip
    like.customer, like.cart, like.order = row.customer, row.cart, row.order
    with clock.at(row.at):
        message = unsent(draft_of(like, step))
        message.locale = message.locale or store.locale
        message.to_address = row.customer.email
        message.medium = row.medium or message.medium
        text = TextFinder(store.locale).find(message.kind, message.medium, message.locale)
        if text is None:
            return Example(row, trouble="There is no text for this message.")
        [result] = render_texts(store, [(message, text)])
    if isinstance(result, RenderFailure):
        return Example(row, trouble=result.sentence)
    return Example(row, rendered=result, missing=tuple(result.missing))
