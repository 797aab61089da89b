"""Whether now is a good time where the customer is: the law of the place, the store's quiet hours.

What a buyer must be told, and answers, know no law of hours; they mind the store's quiet hours only
where the notification says so. Where the zone is not certain, every possible one counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shopbell.accounts.models import Store
from shopbell.customers.whereabouts import Whereabouts, whereabouts
from shopbell.messaging.models import Message
from shopbell.messaging.policy import Policy
from shopbell.messaging.quiet import Free, Hours, first_free, quiet_hours
from shopbell.messaging.regions import RegionRule, is_marketing, rules_for

OWN = "quiet_hours"
LAW = "region_rule"
_EXEMPT = ("test", "staff")  # goes where and when somebody who works here sends it


@dataclass(frozen=True, slots=True)
class Delay:
    """Why a message has to wait, and until when; no time: there is none in sight."""

    reason: str
    text: str
    until: datetime | None


def whereabouts_of(message: Message, store: Store) -> Whereabouts:
    """Return where the reader of a message may be."""
    customer, order = message.customer, message.order
    address = order.address if order else {}
    return whereabouts(
        profile=customer.timezone if customer else "",
        phone=(order.phone if order else "") or (customer.phone if customer else ""),
        country=str(address.get("country") or (customer.country if customer else "") or ""),
        region=str(address.get("region") or ""),
        store=store.timezone,
    )


def delay_of(
    message: Message, medium: str, *, store: Store, policy: Policy, now: datetime
) -> Delay | None:
    """Return why a message cannot go by `medium` now; None: it can."""
    if message.origin in _EXEMPT:
        return None
    marketing = is_marketing(message.purpose)
    if message.ignore_quiet and not marketing:
        return None
    where = whereabouts_of(message, store)
    laws = rules_for(where.regions, medium, message.purpose)
    asked: list[tuple[Hours, RegionRule | None]] = [(rule.hours, rule) for rule in laws]
    asked += [(hours, None) for hours in _own(policy, where, marketing)]
    return _delay(asked, where, now)


def _own(policy: Policy, where: Whereabouts, marketing: bool) -> list[Hours]:
    if not marketing:
        return [quiet_hours(policy.quiet_from, policy.quiet_until)]
    hours = quiet_hours(policy.quiet_from, policy.quiet_until, days=policy.quiet_days)
    countries = sorted({country for country, _ in where.regions}) if policy.quiet_holidays else []
    return [Hours(hours.week, country) for country in countries] or [hours]


def _delay(
    asked: Sequence[tuple[Hours, RegionRule | None]], where: Whereabouts, now: datetime
) -> Delay | None:
    free, rules = None, [rule for _, rule in asked]
    for zones in (where.zones, where.zones[:1]):  # where all together leave no time: the likeliest
        pairs = tuple((hours, zone) for hours, _ in asked for zone in zones)
        free = first_free(pairs, now)
        if free is not None:
            rules = [rule for _, rule in asked for _ in zones]
            break
    if free is None:
        text = "The quiet hours and the rules of the place leave no time for it."
        return Delay(OWN, text, None)
    if free.by < 0:
        return None
    return _waits(free, rules[free.by], where, now)


def _waits(free: Free, rule: RegionRule | None, where: Whereabouts, now: datetime) -> Delay:
    city = free.zone.split("/")[-1].replace("_", " ")
    until = free.at.astimezone(ZoneInfo(free.zone))
    when = said(until, now)
    unsure = " The zone is not certain, so every possible one counts."
    doubt = unsure if len(where.zones) > 1 else ""
    if rule is None:
        return Delay(OWN, f"Quiet hours in {city} until {when}.{doubt}", until)
    text = f"By the rules of {rule.place}: {rule.says}. It waits until {when} in {city}.{doubt}"
    return Delay(LAW, text, until)


def said(moment: datetime, now: datetime) -> str:
    """Return a local time as one says it: `08:00`, `Monday 08:00`, `Monday 4 January 08:00`."""
    ahead = moment - now
    if ahead < timedelta(hours=24):
        return f"{moment:%H:%M}"
    return f"{moment:%A %H:%M}" if ahead < timedelta(days=6) else f"{moment:%A %-d %B %H:%M}"
