"""When a message would leave, for people who set up quiet hours: the gate's rules, nothing sent."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from shopbell.accounts.models import Store
from shopbell.customers.models import Customer
from shopbell.customers.whereabouts import Whereabouts
from shopbell.kit import clock
from shopbell.messaging.models import Message
from shopbell.messaging.policy import Policy, policy_of
from shopbell.messaging.timing import Delay, delay_of, whereabouts_of
from shopbell.orders.models import Order


@dataclass(frozen=True, slots=True)
class Somebody:
    """A made-up reader: where they are, as far as it would be known."""

    country: str = ""
    region: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Outlook:
    """When it would leave, on the reader's clock, and why then."""

    asked: datetime
    leaves: datetime | None
    zones: tuple[str, ...]
    told_by: str
    reasons: tuple[str, ...]

    @property
    def when(self) -> str:
        """Return when it leaves, in words."""
        return f"{self.leaves or self.asked:%A %-d %B at %H:%M}"

    @property
    def city(self) -> str:
        """Return the place whose clock is shown."""
        return self.zones[0].split("/")[-1].replace("_", " ")


def outlook(
    *, store: Store, reader: Somebody, medium: str, purpose: str, local: datetime
) -> Outlook:
    """Return when a message would leave that is due at `local` (without a zone) with its reader."""
    message = _message(reader, medium, purpose)
    where = whereabouts_of(message, store)
    zone = ZoneInfo(where.zones[0])
    due = local.replace(tzinfo=zone)
    at, reasons = due, []
    for _ in range(5):  # the store's hours may begin where those of the law end
        delay = _delay(message, medium, store, policy_of(store), at)
        if delay is None:
            break
        reasons.append(delay.text)
        if delay.until is None:
            return _told(where, due, None, reasons)
        at = delay.until
    return _told(where, due, at.astimezone(zone), reasons)


def _told(
    where: Whereabouts, due: datetime, leaves: datetime | None, reasons: list[str]
) -> Outlook:
    return Outlook(due, leaves, where.zones, where.told_by, tuple(reasons))


def _delay(
    message: Message, medium: str, store: Store, policy: Policy, at: datetime
) -> Delay | None:
    with clock.at(at):
        return delay_of(message, medium, store=store, policy=policy, now=at)


def _message(reader: Somebody, medium: str, purpose: str) -> Message:
    address = {"country": reader.country, "region": reader.region}
    return Message(
        medium=medium,
        media=[medium],
        purpose=purpose,
        ignore_quiet=False,
        customer=Customer(phone=reader.phone),
        order=Order(address=address),
    )
