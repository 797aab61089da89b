"""How often a form may be sent: counted in the database, so all processes count together.

Networks are kept as a digest that changes every day: nobody can be followed by it.
"""

from datetime import timedelta
from math import ceil

from shopbell.accounts.models import Store
from shopbell.contact_forms.models import Submission
from shopbell.kit import clock
from shopbell.kit.ids import keyed
from shopbell.messaging.inbound.doors import plain_address
from shopbell.web.limits import network_of, width_of

NETWORK, NETWORK_TIME = 3, timedelta(minutes=10)
ADDRESS, ADDRESS_TIME = 10, timedelta(hours=1)


def network_digest(store: Store, remote: str) -> str:
    """Return what stands for a network today."""
    day = clock.now().date().isoformat()
    return keyed(store.link_key, "form-network", day, network_of(remote), length=32)


def address_digest(store: Store, address: str) -> str:
    """Return what stands for a mailbox: `mara+1@…` and `mara+2@…` reach the same person."""
    return keyed(store.link_key, "form-address", plain_address(address), length=32)


def seconds_to_wait(store: Store, remote: str, address: str) -> int:
    """Return 0, or for how long nothing more is taken from a network or for an address."""
    by_network = _wait(
        "network", network_digest(store, remote), NETWORK * width_of(remote), NETWORK_TIME
    )
    by_address = _wait("address", address_digest(store, address), ADDRESS, ADDRESS_TIME)
    return max(by_network, by_address)


def _wait(name: str, digest: str, most: int, within: timedelta) -> int:
    now = clock.now()
    rows = Submission.objects.filter(**{name: digest}, created_at__gt=now - within)
    times = rows.order_by("-created_at").values_list("created_at", flat=True)
    found = list(times[most - 1 : most])  # the oldest of those that count
    return max(1, ceil((found[0] + within - now).total_seconds())) if found else 0
