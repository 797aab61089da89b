"""How often a contact form may be sent, from a network and for an address."""

from datetime import timedelta

from shopbell.accounts.models import Store
from shopbell.contact_forms.models import Submission
from shopbell.messaging import strangers
from shopbell.messaging.strangers import address_digest, network_digest
from shopbell.web.limits import width_of

NETWORK, NETWORK_TIME = 3, timedelta(minutes=10)
ADDRESS, ADDRESS_TIME = 10, timedelta(hours=1)


def seconds_to_wait(store: Store, remote: str, address: str) -> int:
    """Return 0, or for how long nothing more is taken from a network or for an address."""
    from_there = Submission.objects.filter(network=network_digest(store, remote))
    for_them = Submission.objects.filter(address=address_digest(store, address))
    return max(
        strangers.seconds_to_wait(from_there, NETWORK * width_of(remote), NETWORK_TIME),
        strangers.seconds_to_wait(for_them, ADDRESS, ADDRESS_TIME),
    )
