"""What a trial of a channel plan found, for the page: counts by channel, reasons, rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet

from shopbell.kit.errors import NotFound
from shopbell.messaging.gate import Answer
from shopbell.messaging.ports import TELLING
from shopbell.messaging.titles import medium_title
from shopbell.notifications.kinds import STAGE_TITLES, Stage
from shopbell.notifications.models import PlanTrial, TrialRow

NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class ChannelCount:
    """How many a channel would tell, and how many it told."""

    key: str
    title: str
    would: int
    was: int

    @property
    def difference(self) -> str:
        """Return `+12`, `-3`, or nothing."""
        return f"{self.would - self.was:+d}" if self.would != self.was else ""


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many would have the same fate, with the sentence of one of them."""

    key: str
    says: str
    example: str
    count: int


@dataclass(frozen=True, slots=True)
class Report:
    """A trial in numbers. `changed`: told by another channel than before, or told anew or not."""

    channels: tuple[ChannelCount, ...]
    reasons: tuple[ReasonCount, ...]
    stages: tuple[tuple[str, str, int], ...]
    changed: int


def trial_of(key: Any) -> PlanTrial:
    """Return a trial or raise `NotFound`."""
    found = PlanTrial.objects.filter(pk=key).first()
    if found is None:
        raise NotFound("There is no such preview.", remedy="They are kept for two weeks. Try anew.")
    return found


def report_of(trial: PlanTrial) -> Report:
    """Return the numbers of what has been judged so far."""
    rows = TrialRow.objects.filter(trial=trial)
    would, was = _counted(rows, "medium"), _counted(rows, "was_medium")
    channels = [
        ChannelCount(medium or NOBODY, _title(medium), would.get(medium, 0), was.get(medium, 0))
        for medium in (*(str(each) for each in TELLING), "")
        if would.get(medium) or was.get(medium)
    ]
    stages = _counted(rows, "stage")
    return Report(
        tuple(channels),
        tuple(_reasons(rows)),
        tuple((str(s), STAGE_TITLES[s], stages[s]) for s in Stage if stages.get(s)),
        rows.exclude(medium=F("was_medium")).count(),
    )


def _counted(rows: QuerySet[TrialRow], name: str) -> dict[str, int]:
    return {row[name]: row["n"] for row in rows.values(name).annotate(n=Count("id"))}


def _title(medium: str) -> str:
    return medium_title(medium) if medium else "Nobody is told"


def _reasons(rows: QuerySet[TrialRow]) -> list[ReasonCount]:
    found = rows.values("answer", "medium", "reason").annotate(n=Count("id"), example=Max("text"))
    return [
        ReasonCount(
            f"{row['answer']}.{row['medium']}.{row['reason']}",
            _fate(row["answer"], row["medium"]),
            row["example"] or "Nothing is against it.",
            row["n"],
        )
        for row in found.order_by("-n", "answer", "medium", "reason")
    ]


def _fate(answer: str, medium: str) -> str:
    if answer == Answer.SEND:
        return f"By {medium_title(medium)}"
    if answer == Answer.WAIT:
        return f"Later, by {medium_title(medium)}"
    return "Held for a person" if answer == Answer.HOLD else "Not told"


def rows_of(trial: PlanTrial, wanted: Mapping[str, str]) -> QuerySet[TrialRow]:
    """Return the rows somebody clicked for: `would`, `was`, `stage`, `why`, `changed`."""
    rows = TrialRow.objects.filter(trial=trial).select_related("order__customer", "message")
    rows = rows.defer("order__payload", "message__html", "message__text")
    for name, column in (("would", "medium"), ("was", "was_medium"), ("stage", "stage")):
        value = wanted.get(name, "")
        if value:
            rows = rows.filter(Q(**{column: "" if value == NOBODY else value}))
    parts = wanted.get("why", "").split(".")
    if len(parts) == 3:
        rows = rows.filter(answer=parts[0], medium=parts[1], reason=parts[2])
    return rows.exclude(medium=F("was_medium")) if wanted.get("changed") else rows


def label_of(wanted: Mapping[str, str], report: Report) -> str:
    """Return what the rows shown are, in words; empty: all."""
    names = {each.key: each.title for each in report.channels}
    if wanted.get("would"):
        return f"would: {names.get(wanted['would'], wanted['would'])}"
    if wanted.get("was"):
        return f"was: {names.get(wanted['was'], wanted['was'])}"
    if wanted.get("stage") in set(Stage):
        return STAGE_TITLES[Stage(wanted["stage"])]
    if wanted.get("changed"):
        return "what changes"
    reasons = {each.key: each.says for each in report.reasons}
    return reasons.get(wanted.get("why", ""), "")
