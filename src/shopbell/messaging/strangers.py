"""What strangers may make us do by a public form: how often they send, how often we write.

Counted in the database, so all processes count together. Networks are kept as a digest that changes
every day: nobody can be followed by it. Whoever can make us write to somebody can abuse us, so a
mailbox gets little, and a machine nothing.
"""

import ipaddress
import re
from datetime import timedelta
from math import ceil
from typing import Any

from django.db.models import QuerySet

from shopbell.accounts.models import Store
from shopbell.kit import clock
from shopbell.kit.errors import Conflict
from shopbell.kit.ids import keyed
from shopbell.messaging.inbound.doors import addresses_of, plain_address
from shopbell.web.limits import network_of

ONE_IN = timedelta(minutes=10)
MOST_A_DAY = 5
_MACHINES = re.compile(
    r"^(?:no-?reply|do-?not-?reply|mailer-daemon|postmaster|bounces?|abuse|daemon|root)\b", re.I
)


class TooOften(Conflict):
    """Too many forms from one place; `seconds` to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many at once.")
        self.seconds = seconds


def network_digest(store: Store, remote: str) -> str:
    """Return what stands for a network today."""
    day = clock.now().date().isoformat()
    return keyed(store.link_key, "form-network", day, network_of(remote), length=32)


def address_digest(store: Store, address: str) -> str:
    """Return what stands for a mailbox: `mara+1@…` and `mara+2@…` reach the same person."""
    return keyed(store.link_key, "form-address", plain_address(address), length=32)


def shortened(remote: str) -> str:
    """Return an address as it may be kept for a proof: its network, not the household."""
    try:
        found = ipaddress.ip_address(remote)
    except ValueError:
        return ""
    width = 24 if found.version == 4 else 48
    return str(ipaddress.ip_network((found, width), strict=False))


def seconds_to_wait(sent: QuerySet[Any], most: int, within: timedelta) -> int:
    """Return 0, or for how long nothing more is taken; `sent` are the rows that count."""
    now = clock.now()
    times = sent.filter(created_at__gt=now - within).order_by("-created_at")
    # The oldest of those that count.
    found = list(times.values_list("created_at", flat=True)[most - 1 : most])
    return max(1, ceil((found[0] + within - now).total_seconds())) if found else 0


def may_mail(store: Store, address: str, mailed: QuerySet[Any]) -> bool:
    """Return whether an address gets a mail now; `mailed` are the rows by which it got others."""
    if not address or _MACHINES.match(address) or address in addresses_of(store.pk):
        return False
    now = clock.now()
    before = mailed.filter(created_at__gt=now - timedelta(days=1)).order_by("-created_at")
    times = list(before.values_list("created_at", flat=True)[:MOST_A_DAY])
    return len(times) < MOST_A_DAY and (not times or now - times[0] > ONE_IN)
