"""Steps that stand alone, read from JSON: each with what it says, and where it is wrong.

Steps with ways of their own are read by `definition`. A newcomer's mistake: asking the store here.
Whether a text or a segment is there, `mistakes` looks up.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from shopbell.consent.choosing import PURPOSE as TOPICS_OF
from shopbell.consent.choosing import TOPIC_KEY
from shopbell.consent.purposes import PURPOSES
from shopbell.customers.marking import NAME, TAG, is_value
from shopbell.journeys.checks import is_count, minutes_in, only, refusal, time_of_day
from shopbell.journeys.steps import (
    Converse,
    End,
    Send,
    SetAttribute,
    Step,
    StopOffers,
    Tag,
    Wait,
    WaitRhythm,
    Webhook,
)
from shopbell.messaging.ports import TELLING

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


def _wait_rhythm(data: Mapping[str, Any], key: str, following: str, place: str) -> WaitRhythm:
    only(data, place, {"least_days", "most_days", "at"})
    least, most = data.get("least_days", 7), data.get("most_days", 180)
    for name, value in (("least_days", least), ("most_days", most)):
        if not is_count(value, 1, 365):
            raise refusal(f"{place}.{name}", "A number of days from 1 to 365.")
    if least > most:
        raise refusal(f"{place}.least_days", "Not more than `most_days`.")
    return WaitRhythm(key, following, least, most, time_of_day(data, place))


def _wait(data: Mapping[str, Any], key: str, following: str, place: str) -> Wait:
    only(data, place, {"minutes", "hours", "days", "at", "weekdays"})
    at = time_of_day(data, place)
    days = data.get("weekdays", [])
    if not isinstance(days, list) or any(not is_count(day, 0, 6) for day in days):
        raise refusal(f"{place}.weekdays", "Numbers from 0 (Monday) to 6.")
    minutes = minutes_in(data, place, least=0 if at or days else 1)
    return Wait(key, following, minutes, at, tuple(sorted(set(days))))


def _send(data: Mapping[str, Any], key: str, following: str, place: str) -> Send:
    only(data, place, {"text", "media", "purpose", "fresh_hours", "waits", "topic"})
    text, media = data.get("text"), data.get("media", ["email"])
    if not isinstance(text, str) or not re.fullmatch(r"[a-z0-9_]{1,60}", text):
        raise refusal(f"{place}.text", "The name of a text.")
    if not isinstance(media, list) or not media or any(m not in TELLING for m in media):
        raise refusal(f"{place}.media", f"One or more of {', '.join(TELLING)}.")
    purpose = data.get("purpose", "marketing")
    if purpose not in PURPOSES:
        raise refusal(f"{place}.purpose", f"One of {', '.join(PURPOSES)}.")
    fresh = data.get("fresh_hours", 24)
    if not is_count(fresh, 1, 24 * 60):
        raise refusal(f"{place}.fresh_hours", "Hours from 1 to 1440.")
    waits = data.get("waits", {})
    if not isinstance(waits, dict) or any(not is_count(v, 1, 10080) for v in waits.values()):
        raise refusal(f"{place}.waits", "Minutes for each channel.")
    topic = data.get("topic", "")
    if not isinstance(topic, str) or (topic and not TOPIC_KEY.fullmatch(topic)):
        raise refusal(f"{place}.topic", "The key of a topic.")
    if topic and purpose != TOPICS_OF:
        raise refusal(f"{place}.topic", "Only offers and news have topics.")
    return Send(key, following, text, tuple(media), purpose, fresh, waits, topic)


def _tag(data: Mapping[str, Any], key: str, following: str, place: str) -> Tag:
    only(data, place, {"tag", "remove"})
    tag, remove = data.get("tag"), data.get("remove", False)
    if not isinstance(tag, str) or not TAG.fullmatch(tag):
        raise refusal(f"{place}.tag", "1 to 40 letters, digits, spaces and .:-")
    if not isinstance(remove, bool):
        raise refusal(f"{place}.remove", "true or false.")
    return Tag(key, following, tag, remove)


def _set_attribute(data: Mapping[str, Any], key: str, following: str, place: str) -> SetAttribute:
    only(data, place, {"name", "value"})
    name, value = data.get("name"), data.get("value")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise refusal(f"{place}.name", "Small letters, digits and _, at most 40.")
    if not is_value(value):
        raise refusal(f"{place}.value", "A text up to 200, a whole number, true or false.")
    return SetAttribute(key, following, name, cast("str | int | bool", value))


def _converse(data: Mapping[str, Any], key: str, following: str, place: str) -> Converse:
    only(data, place, {"text", "subject", "tags"})
    text, subject, tags = data.get("text"), data.get("subject", ""), data.get("tags", [])
    if not isinstance(text, str) or not 0 < len(text.strip()) <= 4000:
        raise refusal(f"{place}.text", "What is to be done, in up to 4,000 letters.")
    if not isinstance(subject, str) or len(subject) > 200:
        raise refusal(f"{place}.subject", "Up to 200 letters.")
    if not isinstance(tags, list) or any(
        not isinstance(tag, str) or not TAG.fullmatch(tag) for tag in tags
    ):
        raise refusal(f"{place}.tags", "A list of tags.")
    return Converse(key, following, text.strip(), subject, tuple(tags))


def _stop_offers(data: Mapping[str, Any], key: str, following: str, place: str) -> StopOffers:
    only(data, place, {"because"})
    because = data.get("because")
    if not isinstance(because, str) or not 0 < len(because.strip()) <= 200:
        raise refusal(f"{place}.because", "Why, in up to 200 letters.")
    return StopOffers(key, following, because.strip())


def _end(data: Mapping[str, Any], key: str, following: str, place: str) -> End:
    only(data, place, {"because"})
    return End(key, "", str(data.get("because", ""))[:200])


def _webhook(data: Mapping[str, Any], key: str, following: str, place: str) -> Webhook:
    only(data, place, {"to", "name"})
    to, name = data.get("to"), data.get("name", "")
    if not isinstance(to, str) or not _SLUG.fullmatch(to):
        raise refusal(f"{place}.to", "The short name of a receiver.")
    if not isinstance(name, str) or len(name) > 60:
        raise refusal(f"{place}.name", "Up to 60 letters.")
    return Webhook(key, following, to, name.strip())


READERS: Mapping[str, Callable[[Mapping[str, Any], str, str, str], Step]] = {
    "wait": _wait,
    "wait_rhythm": _wait_rhythm,
    "send": _send,
    "tag": _tag,
    "set_attribute": _set_attribute,
    "conversation": _converse,
    "stop_offers": _stop_offers,
    "webhook": _webhook,
    "end": _end,
}
