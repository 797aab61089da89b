"""Test sends: the saved text goes the whole real way, but to an address that staff chose.

A newcomer's mistake: sending past the gate "because it is only a test". Then the test proves
nothing, and a blocked address gets mail.
"""

import uuid

from django.db import transaction

from shopbell.accounts.models import Store
from shopbell.customers.normalise import phone_key
from shopbell.kit.errors import Invalid
from shopbell.kit.ids import token
from shopbell.kit.mail.addresses import parse_address
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.catalogue import kind_named
from shopbell.messaging.models import Message
from shopbell.messaging.ports import Medium
from shopbell.messaging.previews import context_for, find_order, message_for


@transaction.atomic
def send_test(
    *,
    store: Store,
    kind: str,
    medium: str,
    locale: str,
    to: str,
    order_id: uuid.UUID | None = None,
) -> Message:
    """Queue a test message with an order's data, or with the sample's."""
    address = checked_address(medium, to)
    like = message_for(kind, find_order(order_id))
    context = context_for(store, like, medium, locale)
    # The message speaks of the order but is nobody's: it must not appear in a customer's history.
    kept = context if like.order is None else {"customer": context.get("customer", {})}
    draft = Draft(
        business_key=f"test:{token(16)}",
        kind=kind,
        purpose=kind_named(kind).purpose,
        media=(medium,),
        order=like.order,
        shipment=like.shipment,
        locale=locale,
        to_address=address,
        origin="test",
        data={**like.data, "context": kept},
    )
    queue_messages(drafts=[draft])
    return Message.objects.get(business_key=draft.business_key)


def checked_address(medium: str, to: str) -> str:
    """Return an address or number a test may go to, or raise `Invalid`."""
    if medium == Medium.EMAIL:
        try:
            return str(parse_address(to.strip()))
        except Invalid as error:
            raise Invalid(str(error), fields={"to": str(error)}) from None
    phone = phone_key(to)
    if not phone:
        said = "This is not a phone number. Begin with + and the code of the country."
        raise Invalid(said, fields={"to": said})
    return phone
