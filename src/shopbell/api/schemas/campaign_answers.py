"""Campaigns as the API shows them: where each stands, in numbers that add up."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from shopbell.api.schemas.listing import PageInfo
from shopbell.campaigns.codes import stock_of
from shopbell.campaigns.models import Campaign, Place, Recipient
from shopbell.campaigns.preflight.findings import Finding
from shopbell.campaigns.reasons import reason_words
from shopbell.campaigns.report import Arm, Report, arms_of, report_of
from shopbell.customers.models import Customer


class AudienceOut(BaseModel):
    """How many the segments describe, and how many of them may be written to."""

    people: int | None = Field(description="null: it takes too long to wait for.")
    reachable: int | None
    allowed: int | None


class NumbersOut(BaseModel):
    """Where everybody stands: `people` is the sum of all others."""

    people: int
    pending: int = Field(description="Their turn has not come.")
    queued: int
    waiting: int = Field(description="For an hour, or for something to be over.")
    sent: int
    failed: int
    in_doubt: int
    left_out: int
    holdout: int


class ReasonOut(BaseModel):
    """Why some of them stand there."""

    state: str
    reason: str
    says: str
    people: int


class VariantOut(BaseModel):
    """A way to say it, and what those did who got it."""

    name: str
    texts: dict[str, Any]
    sent: int
    delivered: int
    read: int
    clicked: int


class CampaignOut(BaseModel):
    """A campaign."""

    id: uuid.UUID
    name: str
    stage: str = Field(
        description="draft, waiting (for a person), scheduled, running, paused, done, cancelled."
    )
    include: list[uuid.UUID]
    exclude: list[uuid.UUID]
    topic: str
    channels: list[str]
    begins_at: datetime | None
    local: bool
    useful_hours: int
    per_hour: int | None
    first_day: int | None
    holdout: int
    test_share: int
    test_hours: int
    rule: str
    winner: str = Field(description="The better variant, once known.")
    won_by: str
    author: str
    approved_by: str
    why_waits: str
    why_paused: str
    sent_back: str
    created_at: datetime
    submitted_at: datetime | None
    began_at: datetime | None
    gathered_at: datetime | None = Field(description="When the list was complete.")
    ended_at: datetime | None
    numbers: NumbersOut


class CampaignWhole(CampaignOut):
    """A campaign with what it says, and why people stand where they stand."""

    variants: list[VariantOut]
    reasons: list[ReasonOut]
    codes: int = Field(description="Codes that were added.")
    free_codes: int


class CampaignList(PageInfo):
    """A page of campaigns."""

    items: list[CampaignOut]


class FindingOut(BaseModel):
    """What pre-flight says."""

    variant: str
    language: str
    level: str = Field(description="stops, warns or fine.")
    says: str
    do: str
    where: str = Field(description="A place of the content, or empty.")


class CheckOut(BaseModel):
    """Whether a campaign could leave now, and what to look at."""

    can_leave: bool
    findings: list[FindingOut]


class RecipientOut(BaseModel):
    """One person of a campaign."""

    customer: uuid.UUID
    email: str
    variant: str
    state: str
    reason: str
    says: str
    message: uuid.UUID | None
    queued_at: datetime | None


class RecipientList(PageInfo):
    """A page of recipients."""

    items: list[RecipientOut]


class CodesOut(BaseModel):
    """What became of the codes."""

    added: int
    codes: int
    free_codes: int


_PLAIN = (
    "id", "name", "stage", "include", "exclude", "topic", "begins_at", "local", "useful_hours",
    "per_hour", "first_day", "holdout", "test_share", "test_hours", "rule", "winner", "won_by",
    "why_waits", "why_paused", "sent_back", "created_at", "submitted_at", "began_at",
    "gathered_at", "ended_at",
)  # fmt: skip


def campaign_out(row: Campaign) -> CampaignOut:
    """Return one campaign of a list."""
    return CampaignOut(**_said(row, report_of(row)))


def campaign_whole(row: Campaign) -> CampaignWhole:
    """Return one campaign with everything."""
    report, stock = report_of(row), stock_of(row)
    arms = {arm.name: arm for arm in arms_of(row)}
    return CampaignWhole(
        **_said(row, report),
        variants=[_variant(each.name, each.texts, arms) for each in row.variants.order_by("name")],
        reasons=[
            ReasonOut(state=state, reason=reason, says=says, people=people)
            for state, lines in report.reasons.items()
            for reason, says, people in lines
        ],
        codes=stock.all,
        free_codes=stock.free,
    )


def _said(row: Campaign, report: Report) -> dict[str, Any]:
    numbers = {str(place): report.of(place) for place in Place}
    return {name: getattr(row, name) for name in _PLAIN} | {
        "channels": row.media,
        "author": row.author_as,
        "approved_by": row.approved_as,
        "numbers": NumbersOut(people=report.people, **numbers),
    }


def _variant(name: str, texts: dict[str, Any], arms: Mapping[str, Arm]) -> VariantOut:
    did = arms.get(name) or Arm(name, 0, 0, 0, 0)
    return VariantOut(
        name=name, texts=texts, sent=did.sent, delivered=did.delivered, read=did.read,
        clicked=did.clicked,
    )  # fmt: skip


def check_out(found: Sequence[tuple[str, str, Finding]]) -> CheckOut:
    """Return findings as `(variant, language, finding)`."""
    findings = [
        FindingOut(
            variant=variant, language=locale, level=each.level, says=each.says, do=each.do,
            where=each.where,
        )
        for variant, locale, each in found
    ]  # fmt: skip
    return CheckOut(can_leave=all(x.level != "stops" for x in findings), findings=findings)


def recipients_out(rows: Sequence[Recipient]) -> list[RecipientOut]:
    """Return recipients with their addresses."""
    ids = [row.customer_id for row in rows]
    emails = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "email"))
    return [
        RecipientOut(
            customer=row.customer_id,
            email=emails.get(row.customer_id, ""),
            variant=row.variant,
            state=row.state,
            reason=row.reason,
            says=reason_words(row.reason, over=row.state != Place.WAITING) if row.reason else "",
            message=row.message_id if row.state != Place.QUEUED else None,
            queued_at=row.queued_at,
        )
        for row in rows
    ]
