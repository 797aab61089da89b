"""Keeping promises as data: adding, changing, ordering, throwing away."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from procrastinate import exceptions

from shopbell.calendars.models import Calendar
from shopbell.conversations.models import Priority
from shopbell.kit import clock
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.errors import Conflict, Invalid
from shopbell.kit.text import one_line
from shopbell.slas.models import Policy
from shopbell.slas.presets import offered

MOST = 50


@transaction.atomic
def save_policy(
    *,
    name: str,
    first_minutes: int | None = None,
    next_minutes: int | None = None,
    resolution_minutes: int | None = None,
    media: Sequence[str] = (),
    priorities: Sequence[int] = (),
    teams: Sequence[uuid.UUID] = (),
    tags: Sequence[str] = (),
    calendar: Calendar | None = None,
    is_active: bool = True,
    policy: Policy | None = None,
) -> Policy:
    """Add a promise at the end of the list, or change one.

    Raises:
        Invalid: it promises nothing, or there are too many.
        Conflict: another one has this name.
    """
    if first_minutes is None and next_minutes is None and resolution_minutes is None:
        raise Invalid(
            "It promises nothing.", fields={"first": "Write a time for at least one of the three."}
        )
    row = policy or Policy(position=_last() + 1)
    called = one_line(name, 100)
    others = Policy.objects.exclude(pk=row.pk)
    if others.filter(name=called).exists():
        raise Conflict(f"There is a promise “{called}” already.", kept="Nothing was changed.")
    if others.count() >= MOST:
        raise Invalid(f"A store takes {MOST} promises at most.")
    row.name, row.calendar, row.is_active, row.saved_at = called, calendar, is_active, clock.now()
    row.first_minutes, row.next_minutes = first_minutes, next_minutes
    row.resolution_minutes = resolution_minutes
    row.media, row.teams = list(dict.fromkeys(media)), list(dict.fromkeys(teams))
    row.priorities = [int(Priority(value)) for value in dict.fromkeys(priorities)]
    row.tags = sorted({one_line(tag, 60).lower() for tag in tags if tag.strip()})
    row.save()
    follow_all_soon()
    return row


@transaction.atomic
def drop_policy(*, policy: Policy) -> None:
    """Throw a promise away; its clocks end, or go on by the next one that fits."""
    policy.delete()
    follow_all_soon()


@transaction.atomic
def move_policy(*, policy: Policy, up: bool) -> None:
    """Let a promise be asked one place earlier or later."""
    rows = list(Policy.objects.select_for_update().order_by("position", "name"))
    place = next(n for n, row in enumerate(rows) if row.pk == policy.pk)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(rows):
        return
    rows[place], rows[other] = rows[other], rows[place]
    for position, row in enumerate(rows):
        row.position = position
    Policy.objects.bulk_update(rows, ["position"])
    follow_all_soon()


@transaction.atomic
def add_presets() -> list[Policy]:
    """Add the usual promises that are not there yet, by name."""
    known = set(Policy.objects.values_list("name", flat=True))
    return [
        save_policy(
            name=preset.name,
            media=preset.media,
            first_minutes=preset.first,
            next_minutes=preset.next,
            resolution_minutes=preset.resolution,
        )
        for preset in offered()
        if preset.name not in known
    ]


def follow_all_soon() -> None:
    """Let a job measure all running conversations of the store in scope anew."""
    from procrastinate.contrib.django import app

    store_id: Any = current_store_id()
    job = app.configure_task("slas.follow_all", queueing_lock=f"slas:{store_id}")
    try:
        with transaction.atomic():
            job.defer(store_id=store_id)
    except exceptions.AlreadyEnqueued:
        pass


def _last() -> int:
    found = Policy.objects.order_by("-position").values_list("position", flat=True).first()
    return -1 if found is None else int(found)
