"""Submitting a telling, and the word of a second person above the store's limit."""

from django.db import transaction

from shopbell.accounts.models import Store, User
from shopbell.announcements.actions.drafting import locked_draft
from shopbell.announcements.actions.gathering import gather_recipients
from shopbell.announcements.actions.saved import keep_words_for_agents
from shopbell.announcements.models import Announcement, Recipient, Stage, State, Telling
from shopbell.announcements.policy import limit_of
from shopbell.announcements.words import check_words, people, words_in
from shopbell.events.actions import wake
from shopbell.kit import clock
from shopbell.kit.errors import Conflict, Forbidden, Invalid
from shopbell.kit.text import one_line
from shopbell.messaging.templates import save_template
from shopbell.web.live import announce


@transaction.atomic
def submit_telling(
    *, store: Store, telling: Telling, by: User | None, by_name: str = "", program: str = ""
) -> Telling:
    """Write down who gets it; it is sent at once up to the limit, else it waits for approval.

    What a `program` asks for always waits: whoever has its key could name anybody.

    Raises:
        Invalid: the words are not complete, or nobody is affected.
        Conflict: it is submitted already.
    """
    row = locked_draft(telling.announcement, telling.number)
    texts = words_in(row.texts)
    check_words(texts, row.media, store.locale)
    _keep_texts(row, by)
    row.people = gather_recipients(store, row)
    if not row.people:
        raise Invalid(
            "Nobody would get it.",
            kept="The draft is kept.",
            remedy="Look at the conditions: no customer with such an order was found."
            if row.is_first
            else "Nobody got the first message.",
        )
    row.author, row.author_as = by, by_name or str(by)
    row.submitted_at, row.sent_back = clock.now(), ""
    limit = limit_of(store)
    if program or by is None:
        row.why_waits = f"{program or 'A program'} asked for it."[:300]
    elif row.people > limit:
        row.why_waits = f"It goes to {people(row.people)}; alone you may tell {limit:,}."
    else:
        row.why_waits = ""
    if row.why_waits:
        row.stage = Stage.WAITING
        row.save()
    else:
        _start(store, row)
    announce(store.pk, "announcements")
    return row


def _keep_texts(row: Telling, by: User | None) -> None:
    for locale, said in words_in(row.texts).items():
        for medium in row.media:
            source = said.source(medium, locale)
            try:
                save_template(
                    kind=row.text_kind,
                    medium=medium,
                    locale=locale,
                    subject=source.subject,
                    body=source.body,
                    text=source.text,
                    created_by=by,
                )
            except Invalid as error:
                raise Invalid(
                    f"The message cannot be read: {error.message}",
                    fields={f"{locale}-text": next(iter(error.fields.values()), error.message)},
                    kept="The draft is kept.",
                ) from error


@transaction.atomic
def approve_telling(*, store: Store, telling: Telling, by: User) -> Telling:
    """Agree as the second person; it is sent from now on.

    Raises:
        Forbidden: one's own.
        Conflict: it does not wait.
    """
    row = locked(telling, Stage.WAITING)
    if row.author_id == by.pk:
        raise Forbidden("Somebody else has to agree to what you wrote.")
    row.approved_by, row.approved_as = by, str(by)
    _start(store, row)
    announce(store.pk, "announcements")
    return row


@transaction.atomic
def send_back_telling(*, store: Store, telling: Telling, by: User, why: str = "") -> Telling:
    """Do not agree: it becomes a draft again, with the reason."""
    row = locked(telling, Stage.WAITING)
    said = one_line(why, 200)
    row.sent_back = f"{by} did not agree{f': {said}' if said else '.'}"[:300]
    return _as_draft(store, row)


@transaction.atomic
def take_back_telling(*, store: Store, telling: Telling) -> Telling:
    """Make what waits a draft again, to change it."""
    return _as_draft(store, locked(telling, Stage.WAITING))


def _as_draft(store: Store, row: Telling) -> Telling:
    Recipient.objects.filter(telling=row).delete()
    row.stage, row.people, row.why_waits, row.submitted_at = Stage.DRAFT, 0, "", None
    row.save()
    announce(store.pk, "announcements")
    return row


def _start(store: Store, row: Telling) -> None:
    row.stage = Stage.SENDING
    row.started_at = row.due_at = clock.now()
    row.save()
    announcement = row.announcement
    if announcement.state != State.RUNNING and row.is_first:
        announcement.state, announcement.started_at = State.RUNNING, row.started_at
        announcement.tag = one_line(announcement.name, 60).lower()
        announcement.save(update_fields=["state", "started_at", "tag"])
    keep_words_for_agents(store, row)
    wake("announcements")


def locked(telling: Telling, *stages: Stage) -> Telling:
    """Return a telling that stands at one of these stages, locked together with its announcement.

    Raises:
        Conflict: it stands elsewhere by now.
    """
    Announcement.objects.select_for_update().get(pk=telling.announcement_id)
    rows = Telling.objects.select_for_update(of=("self",)).select_related("announcement")
    row = rows.get(pk=telling.pk)
    if row.stage not in stages:
        raise Conflict(
            f"This is not possible any more: {Stage(row.stage).label.lower()}.",
            kept="Nothing was changed.",
            remedy="Reload the page.",
        )
    return row
