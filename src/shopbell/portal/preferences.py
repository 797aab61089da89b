"""What a customer gets and may stop or change, reached by the link of any message to them.

Orders are about an address, so blocks count there; offers are about the customer, with topics, how
often, and a pause. A newcomer's mistake: asking why before letting somebody go. Leaving is one tap;
the two answers come after it.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from babel import Locale
from django.db import transaction

from shopbell.accounts.models import Store
from shopbell.consent.actions import lift_suppression, record_consent, suppress_address
from shopbell.consent.choosing import (
    PAUSES,
    USUAL_TOPICS,
    begin_anew,
    choose_frequency,
    choose_topic,
    note_leaving,
    pause_offers,
)
from shopbell.consent.models import ConsentAction, ConsentEvent, Frequency, SuppressionReason, Topic
from shopbell.consent.purposes import PURPOSES
from shopbell.consent.queries import Choice as Chosen
from shopbell.consent.queries import (
    address_hash,
    current_choices,
    current_consents,
    is_granted,
    preferences,
    suppressions,
    topics,
)
from shopbell.customers.actions import choose_language
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.errors import Invalid
from shopbell.kit.text import masked_address
from shopbell.messaging.library import languages_of_texts
from shopbell.messaging.models import Message
from shopbell.portal.measuring import Measuring, measuring_of
from shopbell.portal.words import Words, language_of

MARKETING = "marketing"


@dataclass(frozen=True, slots=True)
class Choice:
    """One purpose and whether the customer gets it."""

    purpose: str
    title: str
    says: str
    on: bool


@dataclass(frozen=True, slots=True)
class PreferencesView:
    """The page."""

    words: Words
    title: str
    lede: str
    choices: list[Choice]
    offers: "Offers | None" = None
    measuring: Measuring | None = None
    languages: list[tuple[str, str, bool]] = field(default_factory=list)  # code, name, whether now
    mails_data: bool = False  # else somebody is asked for it


@dataclass(frozen=True, slots=True)
class Offers:
    """Offers and news, as the customer has them. `topics`: key, name, whether wanted.

    `about` is the name of the topic of the message whose link was pressed, "" without one.
    """

    choice: Choice
    about: str
    wants_about: bool
    topics: list[tuple[str, str, bool]]
    frequency: str
    paused: str  # until when, in words
    left_because: str


def preferences_view(store: Store, message: Message, wish: str = "") -> PreferencesView:
    """Build the page for the address a message went to."""
    customer = message.customer
    chosen, known = (customer.chosen_locale, customer.locale) if customer else ("", "")
    language = language_of(wish, chosen, message.locale, known, store.locale)
    words = Words(language, store.timezone)
    choices = [_choice(store, message, purpose, words) for purpose in _purposes(message)]
    offers = next((each for each in choices if each.purpose == MARKETING), None)
    return PreferencesView(
        words=words,
        title=words.say("preferences.title", store=store.name),
        lede=words.say("preferences.lede", address=masked_address(_address(message))),
        choices=[each for each in choices if each is not offers or customer is None],
        offers=_offers(message, offers, words) if offers and customer else None,
        languages=_languages(message, customer) if customer else [],
        mails_data=bool(customer and customer.email),
        measuring=measuring_of(store, message, words),
    )


def _address(message: Message) -> str:
    """Return where a message went, or where one that waits will go."""
    customer = message.customer
    return message.to_address or (customer and (customer.email or customer.phone)) or ""


def _languages(message: Message, customer: Customer) -> list[tuple[str, str, bool]]:
    """Return the languages the store has texts in, each by its own name."""
    now = (customer.chosen_locale or message.locale or customer.locale)[:2]
    codes = languages_of_texts()
    names = {code: Locale(code).get_display_name(code) or code for code in codes}
    return [(code, names[code][:1].upper() + names[code][1:], code == now) for code in codes]


@transaction.atomic
def choose_own_language(*, message: Message, language: str) -> None:
    """Write to the customer in another language from now on.

    Raises:
        Invalid: the store has no texts in it.
    """
    if language not in languages_of_texts():
        raise Invalid("This is not something that can be chosen.")
    choose_language(customer=_customer(message), locale=language)


def _offers(message: Message, choice: Choice, words: Words) -> Offers:
    who = message.customer_id
    assert who is not None
    said, wish = current_choices([who]), preferences([who]).get(who)
    paused = wish.paused_until if wish else None
    about, known = topic_of(message), topics()
    return Offers(
        choice=choice,
        about=_name_of(about, known, words.language),
        wants_about=_wants(said, message, about),
        topics=[
            (row.key, row.name_in(words.language), _wants(said, message, row.key)) for row in known
        ],
        frequency=wish.frequency if wish else Frequency.ALL.value,
        paused=words.day(paused) if paused and paused > clock.now() else "",
        left_because=wish.left_because if wish and not choice.on else "",
    )


def _wants(said: dict[Chosen, ConsentEvent], message: Message, topic: str) -> bool:
    assert message.customer_id is not None
    event = said.get((message.customer_id, MARKETING, message.medium, topic))
    return event is None or event.action != ConsentAction.WITHDRAWN


def topic_of(message: Message) -> str:
    """Return the key of the topic an offer is about, "" if of none."""
    return str(message.data.get("topic") or "") if message.purpose == MARKETING else ""


def _name_of(key: str, known: Collection[Topic], language: str) -> str:
    """Return what a topic is called; one that the store offers no more keeps its usual name."""
    row = next((each for each in known if each.key == key), None)
    return (row or Topic(key=key, names=USUAL_TOPICS.get(key, {}))).name_in(language)


def _purposes(message: Message) -> list[str]:
    """Delivery updates always; marketing only for those who have ever been asked."""
    purposes = ["order_updates"]
    asked = message.customer_id and current_consents([message.customer_id])
    if asked and any(purpose == MARKETING for _, purpose, _ in asked):
        purposes.append(MARKETING)
    if message.purpose not in purposes and PURPOSES[message.purpose].unsubscribable:
        purposes.append(message.purpose)
    return purposes


def _choice(store: Store, message: Message, purpose: str, words: Words) -> Choice:
    key = address_hash(store, message.medium, message.to_address)
    blocked = any(row.scope in ("*", purpose) for row in suppressions([key]).get(key, []))
    on = not blocked
    if PURPOSES[purpose].needs_consent and message.customer_id:
        consents = current_consents([message.customer_id])
        on = on and is_granted(consents, (message.customer_id, purpose, message.medium))
    known = words.has(f"preferences.{purpose}")
    return Choice(
        purpose=purpose,
        title=words.say(f"preferences.{purpose}") if known else PURPOSES[purpose].title,
        says=words.say(f"preferences.{purpose}_says") if known else "",
        on=on,
    )


@transaction.atomic
def change_preference(*, store: Store, message: Message, purpose: str, wanted: bool) -> None:
    """Stop or start a purpose for the address and customer of a message. Repeats change nothing.

    Raises:
        Invalid: for a purpose that cannot be switched.
    """
    if purpose not in PURPOSES:
        raise Invalid("This is not something that can be switched.")
    if not PURPOSES[purpose].unsubscribable:
        if wanted:
            return
        purpose = MARKETING  # an old mail program may unsubscribe from a confirmation: stop offers
    if wanted:
        key = address_hash(store, message.medium, message.to_address)
        for row in suppressions([key]).get(key, []):
            if row.scope == purpose and row.reason == SuppressionReason.UNSUBSCRIBED:
                lift_suppression(suppression=row)
    else:
        suppress_address(
            store=store,
            medium=message.medium,
            address=message.to_address,
            reason=SuppressionReason.UNSUBSCRIBED,
            scope=purpose,
        )
    if message.customer is not None:
        if purpose == MARKETING:
            begin_anew(customer=message.customer, is_leaving=not wanted)
        record_consent(
            customer=message.customer,
            purpose=purpose,
            channel=message.medium,
            action=ConsentAction.GRANTED if wanted else ConsentAction.WITHDRAWN,
            source="preference page",
            wording=_wording(purpose, message) if wanted else "",
            language=language_of(message.locale),
            proof={"message": str(message.pk)},
            actor="customer",
        )


def _wording(purpose: str, message: Message) -> str:
    """Return the words that stood beside the button."""
    words = Words(language_of(message.locale), "UTC")
    if not words.has(f"preferences.{purpose}"):
        return ""
    title, says = (words.say(f"preferences.{purpose}{part}") for part in ("", "_says"))
    return f"{title}. {says}"


@transaction.atomic
def leave_by_one_click(*, store: Store, message: Message) -> None:
    """Stop what a message is about (RFC 8058): its topic, or without one its purpose."""
    if topic_of(message) and message.customer is not None:
        switch_topic(message=message, wanted=False, source="one-click unsubscribe")
    else:
        change_preference(store=store, message=message, purpose=message.purpose, wanted=False)


@transaction.atomic
def switch_topic(*, message: Message, wanted: bool, source: str = "preference page") -> None:
    """Stop or start the topic of a message. Repeats change nothing.

    Raises:
        Invalid: the message has none.
    """
    topic = topic_of(message)
    if not topic:
        raise Invalid("This message is not about a topic.", kept="Nothing was changed.")
    _choose_topic(message, topic, wanted=wanted, source=source)


@transaction.atomic
def choose_offers(
    *, store: Store, message: Message, wanted: Collection[str], frequency: str
) -> bool:
    """Choose topics and how often. Where there are topics and none is wanted, all of it stops.

    Returns whether offers still come.
    """
    customer, known = _customer(message), topics()
    if known and not any(row.key in wanted for row in known):
        change_preference(store=store, message=message, purpose=MARKETING, wanted=False)
        return False
    choose_frequency(customer=customer, frequency=frequency)
    said = current_choices([customer.pk])
    for row in known:
        if _wants(said, message, row.key) != (row.key in wanted):
            _choose_topic(message, row.key, wanted=row.key in wanted, source="preference page")
    return True


@transaction.atomic
def pause(*, message: Message, span: str) -> None:
    """Write no offers for a span of `PAUSES`; any other ends the pause."""
    until = clock.now() + PAUSES[span] if span in PAUSES else None
    pause_offers(customer=_customer(message), until=until)


@transaction.atomic
def say_why(*, message: Message, because: str) -> None:
    """Note one of the two answers to why somebody left."""
    note_leaving(customer=_customer(message), because=because)


@transaction.atomic
def come_back(*, store: Store, message: Message, how: str, wanted: Collection[str]) -> None:
    """Get offers again after leaving, but other ones: seldom, later, or about some topics only.

    Raises:
        Invalid: there is no such way, or no topic is chosen.
    """
    customer = _customer(message)
    if how not in ("weekly", "topics", *PAUSES) or (how == "topics" and not wanted):
        raise Invalid("Nothing was chosen.", kept="Nothing was changed.")
    change_preference(store=store, message=message, purpose=MARKETING, wanted=True)
    if how == "weekly":
        choose_frequency(customer=customer, frequency=Frequency.WEEKLY)
    elif how in PAUSES:
        pause(message=message, span=how)
    else:
        wish = preferences([customer.pk]).get(customer.pk)
        frequency = wish.frequency if wish else Frequency.ALL
        choose_offers(store=store, message=message, wanted=wanted, frequency=frequency)


def _choose_topic(message: Message, topic: str, *, wanted: bool, source: str) -> None:
    choose_topic(
        customer=_customer(message),
        topic=topic,
        channel=message.medium,
        wanted=wanted,
        source=source,
        language=language_of(message.locale),
        proof={"message": str(message.pk)},
    )


def _customer(message: Message) -> Customer:
    if message.customer is None:
        raise Invalid("This is not something that can be chosen.")
    return message.customer
