"""What somebody has begun to write: kept until it is sent or emptied."""

from collections.abc import Sequence

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.conversations.actions.timeline import locked, log_activity, tell_pages
from shopbell.conversations.models import Attachment, Conversation, Draft
from shopbell.kit import clock
from shopbell.kit.errors import Conflict
from shopbell.kit.text import one_line, storable

LONGEST = 50_000


@transaction.atomic
def save_draft(
    *,
    conversation: Conversation,
    user: User,
    text: str,
    is_note: bool = False,
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
) -> None:
    """Keep a draft; an empty one is thrown away. Copies are kept as they were typed, unchecked."""
    words = storable(text)[:LONGEST]
    copies = {"cc": _typed(cc), "bcc": _typed(bcc)}
    if not words.strip() and not any(copies.values()):
        gone, _ = Draft.objects.filter(conversation=conversation, user=user).delete()
        if gone:
            tell_pages(conversation)
        return
    _, is_new = Draft.objects.update_or_create(
        conversation=conversation,
        user=user,
        defaults={"text": words, "is_note": is_note, "saved_at": clock.now(), **copies},
    )
    if is_new:  # colleagues see that somebody has begun; what is in it they see when they look
        tell_pages(conversation)


@transaction.atomic
def take_over_draft(*, draft: Draft, by: User) -> Draft:
    """Put a colleague's draft with its files behind one's own; theirs is gone then.

    Raises:
        Conflict: it is gone already.
    """
    row = locked(draft.conversation)
    theirs = Draft.objects.select_for_update().filter(pk=draft.pk).first()
    if theirs is None:
        raise Conflict("This draft is gone.", kept="Nothing was changed.")
    mine = Draft.objects.select_for_update().filter(conversation=row, user=by).first()
    mine = mine or Draft(conversation=row, user=by, is_note=theirs.is_note)
    mine.text = "\n\n".join(filter(None, [mine.text, theirs.text]))[:LONGEST]
    mine.cc = list(dict.fromkeys([*mine.cc, *theirs.cc]))
    mine.bcc = list(dict.fromkeys([*mine.bcc, *theirs.bcc]))
    mine.saved_at = clock.now()
    Attachment.objects.filter(pending_in=row, uploaded_by=theirs.user_id, entry=None).update(
        uploaded_by=by
    )
    theirs.delete()
    mine.save()
    log_activity(row, f"Took over what {draft.user} had begun to write", by=by, of=draft.user_id)
    tell_pages(row)
    return mine


def _typed(addresses: Sequence[str]) -> list[str]:
    return [one_line(storable(each), 320) for each in addresses if each.strip()][:50]
