"""Checklists: templates, and the steps of one on a conversation."""

import uuid
from collections.abc import Sequence

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.automations.models import CaseChecklist, Checklist, Step
from shopbell.conversations.actions.timeline import locked, log_activity, tell_pages
from shopbell.conversations.models import Conversation
from shopbell.kit import clock
from shopbell.kit.errors import Conflict, Invalid
from shopbell.kit.text import one_line

MOST_STEPS = 50
MOST_LISTS = 100


@transaction.atomic
def save_checklist(
    *, name: str, steps: Sequence[str], checklist: Checklist | None = None
) -> Checklist:
    """Add a template, or change one; lists on conversations stay as they are.

    Raises:
        Invalid: there is no name or no step, or there are too many.
        Conflict: another one has this name.
    """
    called = one_line(name, 120)
    lines = [one_line(step, 300) for step in steps if step.strip()]
    if not called:
        raise Invalid("Give it a name.", fields={"name": "Give it a name."})
    if not 1 <= len(lines) <= MOST_STEPS:
        raise Invalid(
            f"A checklist has 1 to {MOST_STEPS} steps.", fields={"steps": "One on each line."}
        )
    row = checklist or Checklist()
    others = Checklist.objects.exclude(pk=row.pk)
    if others.filter(name=called).exists() or others.count() >= MOST_LISTS:
        raise Conflict(f"There is a checklist “{called}” already.", kept="Nothing was saved.")
    row.name, row.steps = called, lines
    row.save()
    return row


@transaction.atomic
def drop_checklist(*, checklist: Checklist) -> None:
    """Throw a template away; lists on conversations stay."""
    checklist.delete()


@transaction.atomic
def add_to_conversation(
    *, checklist: Checklist, conversation: Conversation, by: User | None
) -> CaseChecklist:
    """Put a checklist on a conversation; the same one twice is one."""
    row = locked(conversation)
    known = CaseChecklist.objects.filter(conversation=row, name=checklist.name).first()
    if known is not None:
        return known
    added = CaseChecklist.objects.create(
        conversation=row, checklist=checklist, name=checklist.name, added_at=clock.now()
    )
    for place, text in enumerate(checklist.steps):
        Step.objects.create(checklist=added, position=place, text=text)
    log_activity(row, f"Checklist “{checklist.name}” added", by=by)
    tell_pages(row)
    return added


@transaction.atomic
def take_from_conversation(*, checklist: CaseChecklist, by: User | None) -> None:
    """Take a checklist off a conversation again."""
    row = locked(checklist.conversation)
    log_activity(row, f"Checklist “{checklist.name}” taken away", by=by)
    checklist.delete()
    tell_pages(row)


@transaction.atomic
def carry_over(*, from_id: uuid.UUID, into_id: uuid.UUID) -> None:
    """Move checklists to the conversation theirs was merged into; what is there stays."""
    there = CaseChecklist.objects.filter(conversation_id=into_id).values_list("name", flat=True)
    rows = CaseChecklist.objects.filter(conversation_id=from_id).exclude(name__in=list(there))
    for row in rows:
        row.conversation_id, row.came_from = into_id, [*row.came_from, from_id]
        row.save(update_fields=["conversation", "came_from"])


@transaction.atomic
def carry_back(*, from_id: uuid.UUID, into_id: uuid.UUID) -> None:
    """Let checklists return that came with a conversation whose merge was undone."""
    there = CaseChecklist.objects.filter(conversation_id=into_id).values_list("name", flat=True)
    rows = CaseChecklist.objects.filter(conversation_id=from_id).exclude(name__in=list(there))
    for row in rows:
        if row.came_from[-1:] == [into_id]:
            row.conversation_id, row.came_from = into_id, row.came_from[:-1]
            row.save(update_fields=["conversation", "came_from"])


@transaction.atomic
def tick_step(*, step: Step, done: bool, by: User | None) -> Step:
    """Tick a step, or take the tick back; the last tick is told in the timeline."""
    row = Step.objects.select_for_update().get(pk=step.pk)
    if (row.done_at is not None) == done:
        return row
    row.done_at, row.done_by = (clock.now(), by) if done else (None, None)
    row.save(update_fields=["done_at", "done_by"])
    checklist = CaseChecklist.objects.select_related("conversation").get(pk=row.checklist_id)
    if done and not checklist.steps.filter(done_at=None).exists():
        log_activity(checklist.conversation, f"Checklist “{checklist.name}” done", by=by)
    tell_pages(checklist.conversation)
    return row
