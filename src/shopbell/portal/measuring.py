"""The permission to measure what somebody opens and follows: shown where the store measures at all.

It is about mails, so it is kept for e-mail by whatever way somebody comes to the page.
"""

from dataclasses import dataclass

from django.db import transaction

from shopbell.accounts.models import Store
from shopbell.consent.actions import record_consent
from shopbell.consent.models import ConsentAction
from shopbell.consent.queries import current_consents, is_granted
from shopbell.kit.errors import Invalid
from shopbell.messaging.models import Message
from shopbell.messaging.policy import policy_of
from shopbell.portal.words import Words, language_of

PURPOSE, CHANNEL = "tracking", "email"


@dataclass(frozen=True, slots=True)
class Measuring:
    """Whether somebody lets themselves be measured, in words."""

    title: str
    says: str
    now: str
    button: str
    on: bool


def measuring_of(store: Store, message: Message, words: Words) -> Measuring | None:
    """Return the choice; None: this store measures nobody, or nobody knows who it is."""
    policy = policy_of(store)
    if message.customer_id is None:
        return None
    consents = current_consents([message.customer_id])
    on = is_granted(consents, (message.customer_id, PURPOSE, CHANNEL))
    if not on and not (policy.track_opens or policy.track_clicks):
        return None
    return Measuring(
        title=words.say("preferences.tracking"),
        says=words.say("preferences.tracking_says"),
        now=words.say(f"preferences.tracking_{'on' if on else 'off'}"),
        button=words.say(f"preferences.tracking_{'stop' if on else 'start'}"),
        on=on,
    )


@transaction.atomic
def let_measure(*, message: Message, wanted: bool) -> None:
    """Give or take back the permission, with the words that stood beside the button."""
    if message.customer is None:
        raise Invalid("This is not something that can be chosen.")
    language = language_of(message.locale)
    words = Words(language, "UTC")
    said = f"{words.say('preferences.tracking')}. {words.say('preferences.tracking_says')}"
    record_consent(
        customer=message.customer,
        purpose=PURPOSE,
        channel=CHANNEL,
        action=ConsentAction.GRANTED if wanted else ConsentAction.WITHDRAWN,
        source="preference page",
        wording=said if wanted else "",
        language=language,
        proof={"message": str(message.pk)},
        actor="customer",
    )
