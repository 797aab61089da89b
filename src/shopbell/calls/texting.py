"""Telling who hung up too early by text message when they are called back."""

import phonenumbers
from phonenumbers import PhoneNumberType

from shopbell.accounts.models import Store
from shopbell.calls.models import Call
from shopbell.calls.queries import line_of, was_told
from shopbell.calls.words import Voice, language_of
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.inboxes import inboxes
from shopbell.messaging.ports import Medium
from shopbell.messaging.titles import TITLES

KIND = "call_back"
TITLES[KIND] = "Call-back promised"
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def text_promise(call: Call) -> bool:
    """Write by when a missed call is called back; returns whether such a message was queued.

    It passes the send gate like any other: who does not want text messages gets none.
    """
    if call.connection is None or call.promised_at is None or not _is_mobile(call.number):
        return False
    line = line_of(call.connection.pk)
    if not line.texts_promise or Medium.SMS not in inboxes() or was_told(call):
        return False
    store = Store.objects.get(pk=call.store_id)
    customer = call.customer
    language = language_of(customer.locale if customer else "", store.locale)
    zone = line.calendar.zone if line.calendar else store.timezone
    voice = Voice(language, store.name, zone)
    text = voice.words("text_message", when=voice.when(call.promised_at))
    draft = Draft(
        business_key=f"{KIND}:{call.pk}",
        kind=KIND,
        purpose="support",
        media=(Medium.SMS,),
        customer=customer,
        to_address=call.number,
        to_name=customer.name if customer else "",
        locale=language,
        origin="agent",
        not_after=call.promised_at,
        data={"content": {"subject": "", "text": text, "html": ""}},
    )
    return bool(queue_messages(drafts=[draft]))


def _is_mobile(number: str) -> bool:
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.number_type(parsed) in _MOBILE
