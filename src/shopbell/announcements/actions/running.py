"""While it is sent and afterwards: pause, go on, stop, and the end of the whole matter.

A newcomer's mistake: cancelling queued messages here. The gate asks for the stage of a telling
right before each message leaves (see `rules.py`), so a pause holds at once, also for those.
"""

from django.db import transaction

from shopbell.accounts.models import Store, User
from shopbell.announcements.actions.deciding import locked
from shopbell.announcements.actions.saved import drop_words_for_agents
from shopbell.announcements.models import (
    Announcement,
    Place,
    Recipient,
    Stage,
    State,
    Telling,
)
from shopbell.announcements.reasons import HELD_BY_INCIDENT, PAUSED, STOPPED
from shopbell.events.actions import wake
from shopbell.kit import clock
from shopbell.kit.errors import Conflict
from shopbell.messaging.actions import release_held
from shopbell.web.live import announce


@transaction.atomic
def pause_telling(*, telling: Telling) -> Telling:
    """Hold everybody who has not been told yet."""
    row = locked(telling, Stage.SENDING)
    row.stage = Stage.PAUSED
    row.save(update_fields=["stage"])
    announce(row.store_id, "announcements")
    return row


@transaction.atomic
def resume_telling(*, telling: Telling) -> Telling:
    """Go on where it was paused."""
    row = locked(telling, Stage.PAUSED)
    row.stage, row.due_at, row.lease_until = Stage.SENDING, clock.now(), None
    row.save(update_fields=["stage", "due_at", "lease_until"])
    release_held(reason=PAUSED)
    wake("announcements")
    announce(row.store_id, "announcements")
    return row


@transaction.atomic
def stop_telling(*, telling: Telling, by: User | None, by_name: str = "") -> Telling:
    """Tell nobody else. Whoever was told stays told; a follow-up reaches exactly those."""
    row = locked(telling, Stage.SENDING, Stage.PAUSED)
    Recipient.objects.filter(telling=row, state=Place.PENDING).update(
        state=Place.LEFT_OUT, reason=STOPPED
    )
    row.stage, row.ended_at, row.ended_as = Stage.STOPPED, clock.now(), by_name or str(by)
    row.save(update_fields=["stage", "ended_at", "ended_as"])
    release_held(reason=PAUSED)  # judged anew, and left out by the gate
    announce(row.store_id, "announcements")
    return row


@transaction.atomic
def end_announcement(
    *, store: Store, announcement: Announcement, by: User | None, by_name: str = ""
) -> int:
    """Say that it is over: what was held is judged anew. Returns how many notifications that are.

    Raises:
        Conflict: it does not run, or a message of it is not finished.
    """
    row = Announcement.objects.select_for_update().get(pk=announcement.pk)
    if row.state != State.RUNNING:
        raise Conflict("It does not run.", kept="Nothing was changed.")
    open_stages = (Stage.WAITING, Stage.SENDING, Stage.PAUSED)
    if row.tellings.filter(stage__in=open_stages).exists():
        raise Conflict(
            "A message of it is not finished.",
            kept="Nothing was changed.",
            remedy="Wait until it is sent, or stop it.",
        )
    row.tellings.filter(stage=Stage.DRAFT).delete()
    row.state, row.over_at, row.over_as = State.OVER, clock.now(), by_name or str(by)
    row.save(update_fields=["state", "over_at", "over_as"])
    drop_words_for_agents(row)
    announce(store.pk, "announcements")
    return release_held(reason=HELD_BY_INCIDENT)
