"""Who wrote: the customer behind a number or a platform's id.

The platform proves the id; a number that writes is proved by that. A newcomer's mistake: taking a
name for a proof. Anybody may call themselves anything.
"""

from datetime import timedelta

from shopbell.connections.models import Connection
from shopbell.customers.models import Customer, IdentityKind
from shopbell.customers.ports import Person
from shopbell.kit import clock
from shopbell.kit.text import one_line
from shopbell.messaging.models import Message
from shopbell.messaging.ports import BY_NUMBER, Written

ANSWERS_WITHIN = timedelta(days=30)  # what we told before is what somebody writes about


def person_of(connection: Connection, medium: str, written: Written) -> Person:
    """Return the writer as the platform names them."""
    first, _, last = one_line(written.name or written.username, 150).partition(" ")
    source = f"{connection.connector}/{connection.slug}"
    by_number = medium in BY_NUMBER and written.sender.startswith("+")
    return Person(
        source=source,
        source_id="" if by_number or medium in IdentityKind else written.sender,
        phone=written.sender if by_number else "",
        phone_verified=by_number,
        handle=(medium, f"{connection.slug}:{written.sender}") if medium in IdentityKind else None,
        first_name=first,
        last_name=last,
    )


def answered_message(connection: Connection, written: Written) -> Message | None:
    """Return our message that somebody answers: the one they quote, else the last one they got."""
    rows = Message.objects.select_related("customer", "order").filter(connection=connection)
    if written.answers:
        quoted = rows.filter(provider_id=written.answers).first()
        if quoted is not None:
            return quoted
    told = rows.filter(to_address=written.sender, handed_at__gt=clock.now() - ANSWERS_WITHIN)
    return told.exclude(customer=None).order_by("-handed_at").first()


def owner_of_number(medium: str, written: Written) -> Customer | None:
    """Return the one customer who gave this number to the shop; None where several did."""
    if medium not in BY_NUMBER or not written.sender.startswith("+"):
        return None
    found = list(Customer.objects.filter(phone=written.sender, erased_at=None).order_by("pk")[:2])
    return found[0] if len(found) == 1 else None
