"""Submitting a campaign, and the word of a second person above the store's limit."""

from datetime import timedelta

from django.db import transaction

from shopbell.accounts.models import Store, User
from shopbell.campaigns.actions.drafting import locked_draft
from shopbell.campaigns.audience import Size, size_of
from shopbell.campaigns.content.words import Content, check_content
from shopbell.campaigns.models import Campaign, Recipient, Stage
from shopbell.campaigns.policy import limit_of
from shopbell.events.actions import wake
from shopbell.kit import clock
from shopbell.kit.errors import Conflict, Forbidden, Invalid
from shopbell.kit.text import one_line
from shopbell.messaging.templates import save_template
from shopbell.web.live import announce

_EARLIEST = timedelta(hours=14)  # a local hour strikes first in UTC+14


@transaction.atomic
def submit_campaign(
    *, store: Store, campaign: Campaign, by: User | None, program: str = ""
) -> Campaign:
    """Start it at its time; up to the limit alone, else it waits for a second person.

    What a `program` asks for always waits: whoever has its key could name anybody.

    Raises:
        Invalid: what it says is not complete, its time is over, or nobody would get it.
        Conflict: it is submitted already.
    """
    row = locked_draft(campaign)
    _keep_texts(store, row, by)
    if row.begins_at is not None and row.begins_at < clock.now():
        raise Invalid(
            "Its time is over.",
            fields={"begins_at": "Choose a time to come, or none."},
            kept="The draft is kept.",
        )
    size = size_of(row)
    if size is not None and not size.allowed:
        raise Invalid(
            "Nobody would get it.",
            kept="The draft is kept.",
            remedy="Look at the audience: nobody in it allowed offers on these channels.",
        )
    row.submitted_at, row.sent_back = clock.now(), ""
    row.author, row.author_as = by, str(by)
    row.why_waits = _why_waits(store, size, program)
    if row.why_waits:
        row.stage = Stage.WAITING
        row.save()
    else:
        _schedule(row)
    announce(store.pk, "campaigns")
    return row


def _why_waits(store: Store, size: Size | None, program: str) -> str:
    if program:
        return f"{program} asked for it."[:300]
    limit = limit_of(store)
    if size is not None and size.allowed <= limit:
        return ""
    number = f"{size.allowed:,} people" if size else "very many people"
    return f"It goes to {number}; alone you may write to {limit:,}."


def _keep_texts(store: Store, row: Campaign, by: User | None) -> None:
    """Keep what it says as templates, so that later changes of anything do not touch it."""
    for variant in row.variants.order_by("name"):
        texts = {locale: Content.of(said) for locale, said in variant.texts.items()}
        check_content(texts, list(row.media), store.locale)
        for locale, said in texts.items():
            for medium in row.media:
                source = said.source(medium, locale)
                save_template(
                    kind=row.text_kind(variant.name),
                    medium=medium,
                    locale=locale,
                    subject=source.subject,
                    preheader=source.preheader,
                    body=source.body,
                    text=source.text,
                    created_by=by,
                )


@transaction.atomic
def approve_campaign(*, store: Store, campaign: Campaign, by: User) -> Campaign:
    """Agree as the second person.

    Raises:
        Forbidden: one's own.
        Conflict: it does not wait, or its time is over.
    """
    row = locked(campaign, Stage.WAITING)
    if row.author_id == by.pk:
        raise Forbidden("Somebody else has to agree to what you wrote.")
    if row.begins_at is not None and row.begins_at < clock.now():
        raise Conflict(
            "Its time is over.",
            kept="Nothing was sent.",
            remedy="Send it back, so that another time is chosen.",
        )
    row.approved_by, row.approved_as = by, str(by)
    _schedule(row)
    announce(store.pk, "campaigns")
    return row


def _schedule(row: Campaign) -> None:
    row.stage = Stage.SCHEDULED
    row.due_at = row.begins_at or clock.now()
    if row.local:
        row.due_at -= _EARLIEST
    row.save()
    wake("campaigns")


@transaction.atomic
def send_back_campaign(*, store: Store, campaign: Campaign, by: User, why: str = "") -> Campaign:
    """Do not agree: it becomes a draft again, with the reason."""
    row = locked(campaign, Stage.WAITING)
    said = one_line(why, 200)
    row.sent_back = f"{by} did not agree{f': {said}' if said else '.'}"[:300]
    return _as_draft(store, row)


@transaction.atomic
def take_back_campaign(*, store: Store, campaign: Campaign) -> Campaign:
    """Make what waits for a word or for its time a draft again, to change it."""
    return _as_draft(store, locked(campaign, Stage.WAITING, Stage.SCHEDULED))


def _as_draft(store: Store, row: Campaign) -> Campaign:
    Recipient.objects.filter(campaign_id=row.pk).delete()
    row.stage, row.why_waits, row.submitted_at = Stage.DRAFT, "", None
    row.approved_by, row.approved_as = None, ""
    row.save()
    announce(store.pk, "campaigns")
    return row


def locked(campaign: Campaign, *stages: Stage) -> Campaign:
    """Return a campaign that stands at one of these stages, locked.

    Raises:
        Conflict: it stands elsewhere by now.
    """
    row = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if row.stage not in stages:
        raise Conflict(
            f"This is not possible any more: {Stage(row.stage).label.lower()}.",
            kept="Nothing was changed.",
            remedy="Reload the page.",
        )
    return row
