"""What customers choose within offers and news: topics, how often, a pause; and the store's topics.

A newcomer's mistake: asking for a choice in order to write. A permission for the purpose is always
needed; a choice only takes away from it.
"""

import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from shopbell.consent.actions import record_consent
from shopbell.consent.models import ConsentAction, Frequency, Leaving, Preference, Topic
from shopbell.consent.queries import current_consents, is_granted
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.errors import Invalid
from shopbell.kit.text import one_line, storable

PURPOSE = "marketing"  # what topics are topics of
PAUSES = {"week": timedelta(days=7), "month": timedelta(days=30)}
MOST_TOPICS = 30
# What most shops write about. A store has those that something it switched on writes about, and
# those it asked for; it may rename them, as any other.
USUAL_TOPICS: dict[str, dict[str, str]] = {
    "news": {"en": "New in the shop", "de": "Neues im Laden"},
    "offers": {"en": "Offers and sales", "de": "Angebote und Rabatte"},
    "tips": {"en": "Tips and guides", "de": "Tipps und Wissenswertes"},
    "reminders": {"en": "Reminders", "de": "Erinnerungen"},
}
TOPIC_KEY = re.compile(r"(?=.{1,40}$)[a-z0-9]+(-[a-z0-9]+)*")


@transaction.atomic
def choose_topic(
    *,
    customer: Customer,
    topic: str,
    channel: str,
    wanted: bool,
    source: str,
    proof: dict[str, Any] | None = None,
    wording: str = "",
    language: str = "",
) -> None:
    """Note whether a customer wants a topic: on this channel, and on all they allowed offers on.

    What somebody is not interested in by mail they are not interested in by SMS either.
    """
    held = current_consents([customer.pk])
    channels = {channel} | {
        where
        for _, purpose, where in held
        if purpose == PURPOSE and is_granted(held, (customer.pk, purpose, where))
    }
    for where in sorted(channels):
        record_consent(
            customer=customer,
            purpose=PURPOSE,
            channel=where,
            topic=topic,
            action=ConsentAction.GRANTED if wanted else ConsentAction.WITHDRAWN,
            source=source,
            wording=wording,
            language=language,
            proof=proof,
            actor="customer",
        )


@transaction.atomic
def choose_frequency(*, customer: Customer, frequency: str) -> None:
    """Note how often a customer wants offers and news.

    Raises:
        Invalid: there is no such choice.
    """
    if frequency not in Frequency.values:
        raise Invalid("This is not something that can be chosen.")
    _wish(customer, frequency=frequency)


@transaction.atomic
def pause_offers(*, customer: Customer, until: datetime | None) -> None:
    """Write no offers and news until then; None ends a pause."""
    _wish(customer, paused_until=until)


@transaction.atomic
def note_leaving(*, customer: Customer, because: str) -> None:
    """Note why a customer left, as they said.

    Raises:
        Invalid: there is no such reason.
    """
    if because not in Leaving.values:
        raise Invalid("This is not something that can be chosen.")
    _wish(customer, left_because=because)


@transaction.atomic
def begin_anew(*, customer: Customer, is_leaving: bool) -> None:
    """Forget the reason of an earlier leaving when somebody leaves; a pause when they come back."""
    rows = Preference.objects.filter(customer=customer)
    if is_leaving:
        rows.exclude(left_because="").update(left_because="", changed_at=clock.now())
    else:
        rows.exclude(paused_until=None).update(paused_until=None, changed_at=clock.now())


def _wish(customer: Customer, **values: Any) -> None:
    Preference.objects.update_or_create(
        customer=customer, defaults={**values, "changed_at": clock.now()}
    )


@transaction.atomic
def save_topic(*, names: Mapping[str, str], key: str = "", position: int | None = None) -> Topic:
    """Make a topic, or rename the one with this key. Without a `key` it is named by its name.

    Raises:
        Invalid: with what is wrong, by field.
    """
    told = {code: one_line(storable(name), 80) for code, name in names.items()}
    told = {code: name for code, name in told.items() if name}
    if not told:
        raise Invalid("The topic has no name.", fields={"name": "Give the topic a name."})
    key = key or _free_key(next(iter(told.values())))
    if not TOPIC_KEY.fullmatch(key):
        raise Invalid(
            "The key is not usable.",
            fields={"key": "Use small letters, digits and single hyphens, 40 at most."},
        )
    row = Topic.objects.filter(key=key).first()
    if row is None:
        count = Topic.objects.count()
        if count >= MOST_TOPICS:
            raise Invalid(f"There are {MOST_TOPICS} topics already; more nobody reads.")
        row = Topic(key=key, position=count)
    row.names = told
    row.position = row.position if position is None else position
    row.save()
    return row


@transaction.atomic
def add_usual_topics(*, keys: Collection[str]) -> None:
    """Make those of the usual topics that the store does not have; what it has is left alone."""
    has = set(Topic.objects.filter(key__in=keys).values_list("key", flat=True))
    for key in USUAL_TOPICS:
        if key in keys and key not in has:
            save_topic(names=USUAL_TOPICS[key], key=key)


@transaction.atomic
def drop_topic(*, topic: Topic) -> None:
    """Offer a topic no more. What customers said about it stays, and still counts."""
    topic.delete()


def _free_key(name: str) -> str:
    wish = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:32].strip("-") or "topic"
    taken = set(Topic.objects.values_list("key", flat=True))
    key, more = wish, 2
    while key in taken:
        key, more = f"{wish}-{more}", more + 1
    return key
