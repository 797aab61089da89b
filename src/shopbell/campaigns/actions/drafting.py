"""Making a campaign: who it is for, when and how fast it goes, and its variants."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.campaigns.audience import MEDIA
from shopbell.campaigns.models import Campaign, Rule, Stage, Variant
from shopbell.consent.queries import topics
from shopbell.kit import clock
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.errors import Conflict, Invalid
from shopbell.kit.text import one_line
from shopbell.messaging.chosen import Choice, chosen_of, keep_choice
from shopbell.messaging.models import ApprovedText, Template
from shopbell.segments.models import Segment
from shopbell.web.live import announce

NAMES = "ABCD"
SHARES = {1: (100,), 2: (50, 50), 3: (34, 33, 33), 4: (25, 25, 25, 25)}


@dataclass(frozen=True, slots=True)
class Plan:
    """Who a campaign is for, and how it goes out. Percentages are whole numbers."""

    include: Sequence[uuid.UUID] = ()
    exclude: Sequence[uuid.UUID] = ()
    topic: str = ""
    media: Sequence[str] = ("email",)
    begins_at: datetime | None = None
    local: bool = False
    useful_hours: int = 48
    per_hour: int | None = None
    first_day: int | None = None
    holdout: int = 0
    test_share: int = 100
    test_hours: int = 4
    rule: str = Rule.CLICKS


@transaction.atomic
def start_campaign(*, name: str, by: User | None, by_name: str = "") -> Campaign:
    """Begin a draft; nothing is sent."""
    row = Campaign.objects.create(
        name=_named(name), media=["email"], author=by, author_as=by_name or str(by),
        created_at=clock.now(),
    )  # fmt: skip
    Variant.objects.create(campaign=row, name=NAMES[0])
    announce(current_store_id(), "campaigns")
    return row


@transaction.atomic
def copy_campaign(*, campaign: Campaign, by: User | None) -> Campaign:
    """Begin a draft like another campaign, without its time."""
    row = start_campaign(name=f"{campaign.name[:112]} (copy)", by=by)
    for field in (
        "include", "exclude", "topic", "media", "useful_hours", "per_hour", "first_day", "holdout",
        "test_share", "test_hours", "rule",
    ):  # fmt: skip
        setattr(row, field, getattr(campaign, field))
    row.save()
    row.variants.all().delete()
    for each in campaign.variants.order_by("name"):
        Variant.objects.create(campaign=row, name=each.name, share=each.share, texts=each.texts)
        _copy_template(campaign, each.name, row, each.name)
    return row


def _copy_template(source: Campaign, from_variant: str, row: Campaign, variant: str) -> None:
    known = chosen_of(source.text_kind(from_variant))
    if known is not None:
        ApprovedText.objects.create(
            connection_id=known.connection_id, kind=row.text_kind(variant), name=known.name,
            header=known.header, body=known.body, buttons=known.buttons,
        )  # fmt: skip


def _named(name: str) -> str:
    called = one_line(name, 120)
    if not called:
        raise Invalid("Give it a name.", fields={"name": "A few words for your team."})
    return called


@transaction.atomic
def change_plan(*, campaign: Campaign, name: str, plan: Plan) -> Campaign:
    """Say anew who a draft is for and how it goes out.

    Raises:
        Invalid: something in it cannot be used, by field.
        Conflict: it is no draft any more.
    """
    row = locked_draft(campaign)
    wrong = dict(_wrong(plan))
    if wrong:
        raise Invalid("This cannot be saved yet.", fields=wrong, kept="The draft is kept.")
    row.name = _named(name)
    for field in plan.__dataclass_fields__:
        value = getattr(plan, field)
        setattr(row, field, list(value) if field in ("include", "exclude", "media") else value)
    row.save()
    return row


def _wrong(plan: Plan) -> list[tuple[str, str]]:
    known = set(Segment.objects.values_list("pk", flat=True))
    keys = {topic.key for topic in topics()}
    bounds = [
        ("useful_hours", plan.useful_hours, 1, 24 * 14, "From 1 to 336 hours."),
        ("per_hour", plan.per_hour, 1, 10_000_000, "At least 1 an hour, or leave it empty."),
        ("first_day", plan.first_day, 1, 10_000_000, "At least 1 a day, or leave it empty."),
        ("holdout", plan.holdout, 0, 50, "From 0 to 50 percent."),
        ("test_share", plan.test_share, 1, 100, "From 1 to 100 percent."),
        ("test_hours", plan.test_hours, 1, 24 * 7, "From an hour to a week."),
    ]
    found = [
        (name, says) for name, value, least, most, says in bounds
        if value is not None and not least <= value <= most
    ]  # fmt: skip
    if not plan.media or any(medium not in MEDIA for medium in plan.media):
        found.append(("media", f"One or more of {', '.join(MEDIA)}."))
    if set(plan.include) - known:
        found.append(("include", "A segment is gone."))
    if set(plan.exclude) - known:
        found.append(("exclude", "A segment is gone."))
    if set(plan.include) & set(plan.exclude):
        found.append(("exclude", "A segment cannot be chosen and left out."))
    if plan.topic and plan.topic not in keys:
        found.append(("topic", "There is no such topic."))
    if plan.rule not in Rule:
        found.append(("rule", "There is no such rule."))
    if plan.local and plan.begins_at is None:
        found.append(("begins_at", "Say the hour that is meant where each of them lives."))
    return found


@transaction.atomic
def write_variant(
    *, campaign: Campaign, variant: str, texts: Mapping[str, Mapping[str, Any]]
) -> Variant:
    """Write what a variant says, by language; it may be incomplete until it is submitted."""
    row = locked_draft(campaign)
    found = row.variants.filter(name=variant).first()
    if found is None:
        raise Invalid(f"There is no variant {variant!r}.")
    found.texts = {locale: dict(said) for locale, said in texts.items()}
    found.save(update_fields=["texts"])
    return found


@transaction.atomic
def choose_template(*, campaign: Campaign, variant: str, choice: Choice | None) -> None:
    """Let a variant go out as an approved template where its own words may not; None: as none.

    Raises:
        Invalid: it is not there, or one of its gaps is empty.
        Conflict: the campaign is submitted already.
    """
    row = locked_draft(campaign)
    if not row.variants.filter(name=variant).exists():
        raise Invalid(f"There is no variant {variant!r}.")
    keep_choice(kind=row.text_kind(variant), choice=choice)


@transaction.atomic
def add_variant(*, campaign: Campaign) -> Variant:
    """Add a variant that begins as a copy of the first; the shares become equal."""
    row = locked_draft(campaign)
    rows = list(row.variants.order_by("name"))
    if len(rows) == len(NAMES):
        raise Invalid(f"At most {len(NAMES)} variants.", kept="Nothing was changed.")
    taken = {each.name for each in rows}
    name = next(each for each in NAMES if each not in taken)
    fresh = Variant.objects.create(campaign=row, name=name, texts=rows[0].texts)
    _copy_template(row, rows[0].name, row, name)
    _share(row)
    return fresh


@transaction.atomic
def drop_variant(*, campaign: Campaign, variant: str) -> None:
    """Take a variant out; one is always left."""
    row = locked_draft(campaign)
    if row.variants.count() == 1:
        raise Conflict("A campaign says at least one thing.", kept="Nothing was changed.")
    row.variants.filter(name=variant).delete()
    ApprovedText.objects.filter(kind=row.text_kind(variant)).delete()
    _share(row)


def _share(row: Campaign) -> None:
    rows = list(row.variants.order_by("name"))
    for each, share in zip(rows, SHARES[len(rows)], strict=True):
        each.share = share
        each.save(update_fields=["share"])


@transaction.atomic
def drop_draft(*, campaign: Campaign) -> None:
    """Throw a draft away."""
    row = locked_draft(campaign)
    for kept in (Template, ApprovedText):
        kept.objects.filter(kind__startswith=f"campaign:{row.pk.hex}:").delete()
    row.delete()
    announce(current_store_id(), "campaigns")


def locked_draft(campaign: Campaign) -> Campaign:
    """Return a campaign that can still be changed, locked.

    Raises:
        Conflict: it is submitted already.
    """
    row = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if row.stage != Stage.DRAFT:
        raise Conflict(
            "It is submitted already.",
            kept="Nothing was changed.",
            remedy="Take it back first if it has not begun.",
        )
    return row
