"""What a customer gets and may stop, seen from one message."""

from dataclasses import dataclass

from django.db import transaction

from shopbell.accounts.models import Store
from shopbell.consent.actions import lift_suppression, record_consent, suppress_address
from shopbell.consent.models import ConsentAction, SuppressionReason
from shopbell.consent.purposes import PURPOSES
from shopbell.consent.queries import address_hash, current_consents, is_granted, suppressions
from shopbell.kit.errors import Invalid
from shopbell.kit.text import masked_address
from shopbell.messaging.models import Message
from shopbell.portal.words import Words, language_of


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


def preferences_view(store: Store, message: Message, wish: str = "") -> PreferencesView:
    """Build the page for the address a message went to."""
    customer = message.customer
    language = language_of(wish, message.locale, customer.locale if customer else "", store.locale)
    words = Words(language, store.timezone)
    return PreferencesView(
        words=words,
        title=words.say("preferences.title", store=store.name),
        lede=words.say("preferences.lede", address=masked_address(message.to_address)),
        choices=[_choice(store, message, purpose, words) for purpose in _purposes(message)],
    )


def _purposes(message: Message) -> list[str]:
    """Delivery updates always; marketing only for those who have ever been asked."""
    purposes = ["order_updates"]
    asked = message.customer_id and current_consents([message.customer_id])
    if asked and any(purpose == "marketing" for _, purpose, _ in asked):
        purposes.append("marketing")
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
        purpose = (
            "marketing"  # an old mail program may unsubscribe from a confirmation: stop offers
        )
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
        record_consent(
            customer=message.customer,
            purpose=purpose,
            channel=message.medium,
            action=ConsentAction.GRANTED if wanted else ConsentAction.WITHDRAWN,
            source="preference page",
            proof={"message": str(message.pk)},
            actor="customer",
        )
