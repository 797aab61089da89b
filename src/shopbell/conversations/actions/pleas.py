"""What a person decides about a plea in free words, such as "please stop texting me"."""

from django.db import transaction

from shopbell.accounts.models import Store, User
from shopbell.consent.optouts import decide_plea
from shopbell.conversations.actions.timeline import locked, log_activity, tell_pages
from shopbell.conversations.models import Conversation
from shopbell.kit import clock
from shopbell.messaging.actions import release_held
from shopbell.messaging.ports import BY_NUMBER


def numbers_of(conversation: Conversation) -> list[str]:
    """Return the numbers that write in a conversation."""
    rows = conversation.threads.filter(medium__in=BY_NUMBER, address__startswith="+")
    return list(rows.order_by("created_at").values_list("address", flat=True).distinct()[:10])


@transaction.atomic
def settle_plea(*, store: Store, conversation: Conversation, stop: bool, by: User) -> bool:
    """Block the numbers of a conversation or let messages go on; False: nothing was waiting."""
    row = locked(conversation)
    now, settled = clock.now(), False
    for number in numbers_of(row):
        settled |= decide_plea(
            store=store,
            number=number,
            stop=stop,
            what="The customer asked for no more messages",
            source=f"{by} decided",
            at=now,
        )
    if settled:
        said = "No more messages to this number" if stop else "Messages to this number go on"
        log_activity(row, said, by=by)
        release_held(reason="asked")
        tell_pages(row)
    return settled
