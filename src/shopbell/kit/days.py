"""Days as people say them: "today", "morgen". And days told without hours, kept as two times.

Carriers often say "on the 24th" and no more. That day is kept as six to twenty o'clock UTC, which
falls on the same day from the Americas to eastern Europe. A newcomer's mistake: showing those two
times as a window of delivery; ask `is_whole_days` first.
"""

from datetime import UTC, date, datetime, time, timedelta

DAY_STARTS = time(6, tzinfo=UTC)
DAY_ENDS = time(20, tzinfo=UTC)

_NEAR = {
    "en": ("yesterday", "today", "tomorrow"),
    "de": ("gestern", "heute", "morgen"),
    "fr": ("hier", "aujourd’hui", "demain"),
    "es": ("ayer", "hoy", "mañana"),
    "it": ("ieri", "oggi", "domani"),
    "nl": ("gisteren", "vandaag", "morgen"),
}


def near_day(day: date, today: date, language: str) -> str:
    """Return the word for yesterday, today or tomorrow; empty for other days and languages."""
    distance = (day - today) // timedelta(days=1)
    words = _NEAR.get(language)
    return words[distance + 1] if words and -1 <= distance <= 1 else ""


def is_whole_days(start: datetime, end: datetime) -> bool:
    """Return whether two times stand for days without hours."""
    return start.astimezone(UTC).timetz() == DAY_STARTS and end.astimezone(UTC).timetz() == DAY_ENDS
