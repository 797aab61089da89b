"""Making an announcement: whom it affects, what is said, what is held, and follow-ups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.announcements.audience import Affected
from shopbell.announcements.models import Announcement, Stage, State, Telling
from shopbell.announcements.words import Words
from shopbell.kit import clock
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.errors import Conflict, Invalid
from shopbell.kit.text import one_line, storable
from shopbell.messaging.models import ApprovedText
from shopbell.messaging.ports import TELLING
from shopbell.messaging.states import OPEN
from shopbell.messaging.states import State as MessageState
from shopbell.notifications.kinds import KINDS
from shopbell.notifications.queries import settings_of_store
from shopbell.web.live import announce

HOLDABLE = tuple(kind.key for kind in KINDS.values() if kind.about_parcel)


@dataclass(frozen=True, slots=True)
class Manner:
    """What a telling says and how it goes out."""

    texts: Mapping[str, Words] = field(default_factory=dict)
    media: Sequence[str] = ()
    in_quiet_hours: bool = False
    useful_hours: int = 48


@transaction.atomic
def start_announcement(
    *, name: str, affected: Affected, by: User | None, by_name: str = ""
) -> Announcement:
    """Begin a draft; nothing is sent."""
    row = Announcement.objects.create(
        name=_named(name),
        affected=_some(affected).to_json(),
        created_by=by,
        created_as=by_name or str(by),
        created_at=clock.now(),
    )
    _begin_telling(row, 1, by, by_name)
    announce(current_store_id(), "announcements")
    return row


def _begin_telling(row: Announcement, number: int, by: User | None, by_name: str) -> Telling:
    return Telling.objects.create(
        announcement=row,
        number=number,
        media=list(settings_of_store()["delayed"].media),  # the store's plan for such news
        author=by,
        author_as=by_name or str(by),
        created_at=clock.now(),
    )


def _named(name: str) -> str:
    called = one_line(name, 120)
    if not called:
        raise Invalid("Say what happened.", fields={"name": "A few words for your team."})
    return called


def _some(affected: Affected) -> Affected:
    if affected.is_empty:
        raise Invalid(
            "Say at least one thing about the affected orders.",
            fields={"carriers": "Everybody who ever ordered is hardly meant."},
        )
    return affected


@transaction.atomic
def change_affected(*, announcement: Announcement, name: str, affected: Affected) -> None:
    """Describe the affected orders anew, while it is a draft."""
    locked_draft(announcement, 1)
    announcement.name, announcement.affected = _named(name), _some(affected).to_json()
    announcement.save(update_fields=["name", "affected"])


@transaction.atomic
def choose_holds(*, announcement: Announcement, kinds: Sequence[str]) -> None:
    """Choose which notifications wait for affected people while it runs."""
    unknown = [kind for kind in kinds if kind not in HOLDABLE]
    if unknown:
        raise Invalid(
            f"{unknown[0]!r} cannot be held.", fields={"holds": f"Known: {', '.join(HOLDABLE)}."}
        )
    if announcement.state != State.DRAFT:
        raise Conflict("It runs already.", kept="Nothing was changed.")
    announcement.holds = list(dict.fromkeys(kinds))
    announcement.save(update_fields=["holds"])


@transaction.atomic
def write_telling(*, telling: Telling, manner: Manner) -> Telling:
    """Write what is said; it may be incomplete until it is submitted."""
    row = locked_draft(telling.announcement, telling.number)
    unknown = [medium for medium in manner.media if medium not in TELLING]
    if unknown:
        raise Invalid(f"There is no channel {unknown[0]!r}.", fields={"channels": "unknown"})
    if not 1 <= manner.useful_hours <= 24 * 14:
        raise Invalid("Between an hour and two weeks.", fields={"useful_hours": "1 to 336."})
    row.texts = {
        locale: {name: storable(text) for name, text in said.to_json().items()}
        for locale, said in manner.texts.items()
        if said != Words()
    }
    row.media = list(dict.fromkeys(manner.media))
    row.in_quiet_hours, row.useful_hours = manner.in_quiet_hours, manner.useful_hours
    row.save(update_fields=["texts", "media", "in_quiet_hours", "useful_hours"])
    return row


@transaction.atomic
def begin_follow_up(*, announcement: Announcement, by: User | None, by_name: str = "") -> Telling:
    """Begin a further message to those who got the first one; one at a time.

    Raises:
        Conflict: the first is not out yet, or another follow-up is not finished.
    """
    Announcement.objects.select_for_update().get(pk=announcement.pk)
    tellings = list(announcement.tellings.order_by("number"))
    running = [row for row in tellings if row.stage not in (Stage.DONE, Stage.STOPPED)]
    if running:
        raise Conflict(
            "The message before it is not finished.",
            kept="Nothing was changed.",
            remedy="Wait until it is sent, or stop it.",
        )
    under_way = OPEN - {MessageState.HELD}
    if tellings[0].recipients.filter(message__state__in=under_way).exists():
        raise Conflict(
            "Some are being told the first message right now.",
            remedy="Wait a moment, so that exactly those are corrected who got it.",
        )
    return _begin_telling(announcement, tellings[-1].number + 1, by, by_name)


@transaction.atomic
def drop_draft(*, telling: Telling) -> None:
    """Throw a draft away; that of the first message is the announcement itself."""
    row = locked_draft(telling.announcement, telling.number)
    ApprovedText.objects.filter(kind=row.text_kind).delete()
    if row.is_first:
        row.announcement.delete()
    else:
        row.delete()
    announce(current_store_id(), "announcements")


def locked_draft(announcement: Announcement, number: int) -> Telling:
    """Return a telling that can still be changed, locked.

    Raises:
        Conflict: it is submitted already.
    """
    rows = Telling.objects.select_for_update(of=("self",)).select_related("announcement")
    row = rows.get(announcement=announcement, number=number)
    if row.stage != Stage.DRAFT:
        raise Conflict(
            "It is submitted already.",
            kept="Nothing was changed.",
            remedy="Take it back first if it still waits for approval.",
        )
    return row
