"""Coming, going, and how much somebody takes at a time."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.assignments.events import AvailabilityChanged, CapacityChanged
from shopbell.assignments.models import Agent
from shopbell.conversations.listing import MEDIA
from shopbell.events.actions import emit
from shopbell.kit import clock
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.errors import Invalid
from shopbell.web.live import announce

GONE_AFTER = timedelta(minutes=3)  # a page says every minute that it is open
MOST = 500


def agent_of(user: User) -> Agent:
    """Return the row of a person, locked; it is made when there is none."""
    Agent.objects.bulk_create([Agent(user=user)], ignore_conflicts=True)
    return Agent.objects.select_for_update().get(user=user)


@transaction.atomic
def set_available(*, user: User, available: bool) -> Agent:
    """Say that somebody takes conversations, or does not."""
    row, now = agent_of(user), clock.now()
    row.seen_at = now
    changed = row.is_available != available
    if changed:
        row.is_available, row.left, row.since = available, False, now
    row.save()
    if changed:
        _tell(row)
    return row


@transaction.atomic
def note_here(*, user: User) -> None:
    """Note that a page of an available person is open."""
    Agent.objects.filter(user=user, is_available=True).update(seen_at=clock.now())


@transaction.atomic
def send_away_the_gone(*, limit: int = 200) -> int:
    """Make away whoever has had no page open for a while; returns how many."""
    rows = Agent.objects.select_for_update(skip_locked=True).filter(
        is_available=True, seen_at__lt=clock.now() - GONE_AFTER
    )[:limit]
    for row in rows:
        row.is_available, row.left, row.since = False, True, clock.now()
        row.save(update_fields=["is_available", "left", "since"])
        _tell(row)
    return len(rows)


@transaction.atomic
def set_capacity(*, user: User, capacity: int, capacities: Mapping[str, int] = {}) -> Agent:
    """Say how many conversations somebody takes at a time, in all and by medium.

    Raises:
        Invalid: a number is out of range, or a medium is not known.
    """
    if not 0 <= capacity <= MOST:
        raise Invalid(f"Write a number up to {MOST}.", fields={"capacity": "out of range"})
    for medium, count in capacities.items():
        if medium not in MEDIA or not 0 <= count <= MOST:
            raise Invalid(f"Write a number up to {MOST}.", fields={medium: "out of range"})
    row = agent_of(user)
    row.capacity, row.capacities = capacity, dict(capacities)
    row.save(update_fields=["capacity", "capacities"])
    emit(CapacityChanged(agent_id=row.pk, user_id=user.pk, capacity=capacity))
    return row


def _tell(row: Agent) -> None:
    emit(
        AvailabilityChanged(
            agent_id=row.pk, user_id=row.user_id, available=row.is_available, left=row.left
        )
    )
    announce(current_store_id(), "agents", row.user_id)
