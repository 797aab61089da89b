"""How many may be put on their way now: the throttle and the ramp.

All pure but `spent`, so that a test can walk through a month in a moment.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum

from shopbell.campaigns.models import Campaign, Minute

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Spent:
    """How many were put on their way: within the last minute, the last hour, this day of it."""

    minute: int = 0
    hour: int = 0
    day: int = 0


def allowance(campaign: Campaign, spent: Spent, most: int, now: datetime) -> int:
    """Return how many more may be put on their way now, at most `most`."""
    room = [most]
    if campaign.per_hour is not None:
        evenly = -(-campaign.per_hour // 60)  # a minute's part, so that an hour is no single burst
        room += [campaign.per_hour - spent.hour, evenly - spent.minute]
    if campaign.first_day is not None and campaign.began_at is not None:
        room.append(day_limit(campaign.first_day, now - campaign.began_at) - spent.day)
    return max(0, min(room))


def day_limit(first_day: int, age: timedelta) -> int:
    """Return how many may go out on the day a campaign is in: twice as many each day."""
    return int(first_day * 2 ** min(age // _DAY, 30))


def spent(campaign: Campaign, now: datetime) -> Spent:
    """Return what was put on its way lately, by the minute."""
    if campaign.per_hour is None and campaign.first_day is None:
        return Spent()
    day = campaign.began_at or now
    day += ((now - day) // _DAY) * _DAY
    rows = Minute.objects.filter(campaign=campaign)

    def since(moment: datetime) -> int:
        return rows.filter(at__gt=moment).aggregate(all=Sum("queued"))["all"] or 0

    return Spent(
        since(now - timedelta(minutes=1)), since(now - _HOUR), since(day - timedelta(minutes=1))
    )
