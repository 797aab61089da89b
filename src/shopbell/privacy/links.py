"""The link to one's data: to be read for a day by whoever reads the mailbox.

The end of its time is part of what is signed, so it needs no row and cannot be made longer.
"""

from datetime import timedelta

from django.conf import settings

from shopbell.accounts.links import sign, unsign
from shopbell.accounts.models import Store
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import NotFound

GOOD_FOR = timedelta(days=1)


def data_url(store: Store, customer: Customer) -> str:
    """Return the link under which a customer reads their data until tomorrow."""
    until = int((clock.now() + GOOD_FOR).timestamp())
    return f"{settings.BASE_URL}/d/{sign(store, _purpose(until), customer.pk)}/{until}"


def whose_data(token: str, until: int) -> tuple[Store, Customer]:
    """Return whose data a link leads to; wrong, too old and erased are the same `NotFound`."""
    store, customer_id = unsign(token, _purpose(until))
    with store_scope(store.pk):
        customer = Customer.objects.filter(pk=customer_id, erased_at=None).first()
    if customer is None or clock.now().timestamp() > until:
        raise NotFound(
            "This link does not lead anywhere any more.",
            remedy="It is good for one day. Ask for a new one on the page where you choose"
            " what you get.",
        )
    return store, customer


def _purpose(until: int) -> str:
    return f"data-{until}"
