"""When a rule may write to a customer by itself: to people whose address is theirs, and rarely.

Whoever can make us write to somebody can abuse us. The same limits hold as for receipts to first
mails (`conversations.mail.acknowledging`).
"""

from datetime import timedelta

from shopbell.conversations.mail.acknowledging import MACHINES, MOST_A_DAY, ONE_IN
from shopbell.conversations.rulebook import Case
from shopbell.messaging.inbound.doors import addresses_of, plain_address
from shopbell.messaging.models import Message
from shopbell.messaging.ports import Medium


def why_no_answer(case: Case) -> str:
    """Return why nothing is sent automatically to this customer now, or ""."""
    words, customer = case.words, case.conversation.customer
    if words is None or customer is None:
        return "The customer never wrote here."
    if words.nature:
        return "The customer's last message is an automatic one, and those are never answered."
    if words.data.get("list"):
        return "The message came over a mailing list."
    if words.thread is not None and words.thread.medium == Medium.EMAIL:
        address = words.sender_address
        if MACHINES.match(address):
            return f"{address} is not a person's address."
        if plain_address(address) in addresses_of(case.store.pk):
            return f"{address} is an address of this store."
        proof = words.data.get("authenticated", "")
        if proof == "fail" or (proof != "pass" and not customer.orders.exists()):
            return f"Nothing proves that {address} wrote it, and nobody bought here with it."
    return _too_often(case)


def _too_often(case: Case) -> str:
    rows = Message.objects.filter(
        customer=case.conversation.customer,
        data__automatic=True,
        created_at__gt=case.now - timedelta(days=1),
    ).order_by("-created_at")
    times = list(rows.values_list("created_at", flat=True)[:MOST_A_DAY])
    if times and case.now - times[0] < ONE_IN:
        return "This customer got an automatic answer in the last ten minutes."
    if len(times) >= MOST_A_DAY:
        return f"This customer got {MOST_A_DAY} automatic answers in the last 24 hours."
    return ""
