"""The optional rule that only the owner of a conversation answers it."""

from django.db import transaction

from shopbell.accounts.models import Staff, Store, User
from shopbell.accounts.permissions import may
from shopbell.conversations.models import Conversation
from shopbell.conversations.policy import desk_policy
from shopbell.kit.errors import Conflict


def refuse_unless_owner(*, store: Store, conversation: Conversation, by: User | None) -> None:
    """Refuse what only the owner may do, where the store wants it so.

    Supervisors may all the same, and so do programs and rules (`by` is None).

    Raises:
        Conflict: somebody else has it.
    """
    owner = conversation.owner
    if by is None or owner is None or owner.pk == by.pk:
        return
    if not desk_policy(store).only_owner_answers:
        return
    staff = Staff.objects.filter(user=by).first()
    if staff is not None and may(staff, "desk:write"):
        return
    raise Conflict(
        f"{owner} has this conversation, and only the owner answers.",
        kept="What you wrote is still here.",
        remedy="Leave a note, or ask a supervisor to give it to you.",
    )


@transaction.atomic
def set_owner_rule(*, store: Store, only_owner_answers: bool) -> None:
    """Say whether only the owner of a conversation answers it."""
    row = Store.objects.select_for_update().get(pk=store.pk)
    desk = dict(row.policies.get("desk") or {})
    row.policies = {
        **row.policies,
        "desk": {**desk, "only_owner_answers": only_owner_answers},
    }
    row.save(update_fields=["policies"])
