"""The automatic "we have your mail", with its guards. Off until the store writes its text.

Whoever can make us write to somebody can abuse us, so it goes only to people whose address is
proved or who bought here, rarely, never to a machine, and repeats nothing of what came in.
"""

import re
from datetime import timedelta

from shopbell.accounts.models import Store
from shopbell.conversations.composing import markdown_to_html
from shopbell.conversations.models import Conversation, Entry, EntryKind
from shopbell.conversations.policy import desk_policy
from shopbell.kit import clock
from shopbell.kit.mail.reading import Mail, Nature
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.inbound.doors import addresses_of, plain_address
from shopbell.messaging.models import Message

ONE_IN = timedelta(minutes=10)
MOST_A_DAY = 5
MACHINES = re.compile(
    r"^(?:no-?reply|do-?not-?reply|mailer-daemon|postmaster|bounces?|abuse|daemon|root)\b", re.I
)
_FROM_A_MACHINE = re.compile(r"^(?:return-path:\s*<>|x-loop:)", re.I | re.M)
_KEY = "acknowledged:"


def acknowledge(store: Store, entry: Entry, mail: Mail) -> bool:
    """Tell a person that their first mail has come; returns whether that was done."""
    text = desk_policy(store).acknowledgement
    conversation = entry.conversation
    if not text or not _may(store, conversation, mail):
        return False
    now = clock.now()
    draft = Draft(
        business_key=f"{_KEY}{entry.pk}",
        kind="reply",
        purpose="support",
        media=("email",),
        customer=conversation.customer,
        to_address=mail.from_address,
        to_name=mail.from_name[:200],
        locale=conversation.locale,
        origin="agent",
        data={
            "content": {
                "subject": f"{store.name}: #{conversation.number}",
                "text": text,
                "html": f"<!doctype html><html><body>{markdown_to_html(text)}</body></html>",
            },
            "headers": {"In-Reply-To": mail.message_id, "References": mail.message_id},
            "from_name": store.name,
            "inbox": str(conversation.inbox_id or ""),
            "conversation": conversation.number,
            "automatic": True,
        },
    )
    queue_messages(drafts=[draft])
    Entry.objects.create(
        conversation=conversation,
        thread=entry.thread,
        kind=EntryKind.ACTIVITY,
        text="Acknowledged automatically",
        outgoing=Message.objects.get(business_key=draft.business_key),
        happened_at=now,
        created_at=now,
    )
    return True


def _may(store: Store, conversation: Conversation, mail: Mail) -> bool:
    customer = conversation.customer
    if customer is None or conversation.message_count != 1 or mail.nature != Nature.PERSON:
        return False
    if _FROM_A_MACHINE.search(mail.headers_text) or MACHINES.match(mail.from_address):
        return False
    if mail.authenticated == "fail" or plain_address(mail.from_address) in addresses_of(store.pk):
        return False
    if mail.authenticated != "pass" and not customer.orders.exists():
        return False
    now = clock.now()
    before = Message.objects.filter(
        customer=customer,
        business_key__startswith=_KEY,
        created_at__gt=now - timedelta(days=1),
    )
    times = list(before.order_by("-created_at").values_list("created_at", flat=True)[:MOST_A_DAY])
    return len(times) < MOST_A_DAY and (not times or now - times[0] > ONE_IN)
