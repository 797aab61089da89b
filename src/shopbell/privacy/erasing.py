"""Erasing a customer: what names them goes, what the law or a proof needs stays without a name.

Stays: orders with numbers, days, lines and amounts; that somebody agreed or left, with the day and
a keyed hash of the address; blocks, which are such hashes. The row of the customer stays, empty, so
that figures add up. A newcomer's mistake: adding a table with words of customers and not erasing it
here. `traces.py` finds addresses in any table, but not names, and not what somebody wrote.
"""

import uuid
from functools import partial

from django.db import transaction
from django.db.models import Q, QuerySet

from shopbell.accounts.models import Store
from shopbell.alerts.models import Alert
from shopbell.calls.models import Call
from shopbell.connections.postings import erase_postings
from shopbell.consent.models import ConsentEvent, Preference
from shopbell.consent.queries import address_hash
from shopbell.conversations.models import (
    Attachment,
    Conversation,
    Draft,
    Entry,
    EntryKind,
    PictureTrust,
    Thread,
)
from shopbell.conversations.search.keeping import keep_anew
from shopbell.customers.events import CustomerErased, CustomersChanged
from shopbell.customers.models import Customer, Identity, IdentityKind
from shopbell.events.actions import emit
from shopbell.events.models import Event
from shopbell.feedback.models import Check
from shopbell.interests.models import Asking, Interest, Waiting
from shopbell.journeys.actions import take_out
from shopbell.journeys.models import EnrolmentState
from shopbell.kit import clock
from shopbell.kit.errors import Conflict
from shopbell.kit.media import drop_file
from shopbell.messaging.models import Message
from shopbell.messaging.states import OPEN, State
from shopbell.orders.models import Cart, Order, PrivacyRequest, Shipment, TrackingEvent
from shopbell.privacy.traces import blank_intake, sweep_traces
from shopbell.signups.models import Signup
from shopbell.web.live import announce

ERASED = "(erased)"
# What of a message's data stays: to which campaign or journey it counts.
_COUNTED = ("campaign", "variant", "journey", "enrolment", "topic", "text_kind")
_NAMES = {
    "first_name": "", "last_name": "", "email": "", "phone": "",
    "locale": "", "chosen_locale": "", "country": "", "timezone": "",
}  # fmt: skip


@transaction.atomic
def erase_customer(*, store: Store, customer: Customer, by: str) -> None:
    """Erase a customer of the store in scope. One who is erased already is left as they are.

    Raises:
        Conflict: a message to them is leaving right now.
    """
    row = Customer.objects.select_for_update().get(pk=customer.pk)
    if row.erased_at is not None:
        return
    _stop_what_waits(row, by)
    found = Identity.objects.filter(customer=row)
    addresses = {row.email, row.phone}
    media = (IdentityKind.EMAIL, IdentityKind.PHONE)
    addresses |= set(found.filter(kind__in=media).values_list("value", flat=True))
    addresses -= {""}
    _keep_proofs_without_names(store, row)
    talks = _erase_words(row)
    _erase_messages(row)
    _erase_orders(row)
    _erase_the_rest(row, addresses)
    found.delete()
    Customer.objects.filter(pk=row.pk).update(
        **_NAMES, tags=[], attributes={}, erased_at=clock.now()
    )
    talks |= sweep_traces(store=store, addresses=addresses)
    keep_anew(talks)
    emit(
        CustomerErased(customer_id=row.pk, by=by),
        CustomersChanged(customer_ids=[str(row.pk)], about=["person", "orders", "consent"]),
    )
    for topic in ("customers", "messages", "orders"):
        announce(store.pk, topic)


def _stop_what_waits(customer: Customer, by: str) -> None:
    rows = _messages(customer)
    if rows.filter(state__in=(State.CLAIMED, State.HANDED)).exists():
        raise Conflict(
            "A message to this customer is leaving right now.",
            kept="Nothing was erased.",
            remedy="Try again in a minute.",
        )
    rows.filter(state__in=OPEN).update(
        state=State.SKIPPED,
        reason="cancelled",
        reason_text="The customer was erased.",
        closed_at=clock.now(),
    )
    for run in customer.enrolments.filter(state=EnrolmentState.ACTIVE):
        take_out(enrolment=run, by=by)
    erase_postings(about=customer.pk)


def _messages(customer: Customer) -> QuerySet[Message]:
    in_talks = Entry.objects.filter(conversation__customer=customer).exclude(outgoing=None)
    return Message.objects.filter(
        Q(customer=customer) | Q(order__customer=customer) | Q(pk__in=in_talks.values("outgoing"))
    )


def _keep_proofs_without_names(store: Store, customer: Customer) -> None:
    """Keep what was agreed to and when; of whom, only a hash to hold an address against."""
    hashes = {
        "email": address_hash(store, "email", customer.email) if customer.email else "",
        **{
            medium: address_hash(store, medium, customer.phone) if customer.phone else ""
            for medium in ("sms", "whatsapp")
        },
    }
    for event in ConsentEvent.objects.filter(customer=customer):
        known = hashes.get(event.channel) or hashes["email"] or hashes["sms"]
        event.proof = {"address_hash": known} if known else {}
        event.save(update_fields=["proof"])
    Preference.objects.filter(customer=customer).delete()
    Waiting.objects.filter(customer=customer).delete()
    Interest.objects.filter(customer=customer).delete()
    Asking.objects.filter(Q(customer=customer) | Q(email=customer.email or None)).update(
        email="", remote="", page=""
    )
    Signup.objects.filter(
        Q(customer=customer) | Q(email=customer.email or None) | Q(phone=customer.phone or None)
    ).update(email="", phone="", code="", remote="", page="")


def _erase_words(customer: Customer) -> set[uuid.UUID]:
    """Erase what was said in their conversations, and what they said in others'; returns those."""
    talks = Conversation.objects.filter(customer=customer)
    entries = Entry.objects.filter(Q(conversation__in=talks) | Q(customer=customer))
    touched = set(entries.values_list("conversation_id", flat=True))
    blank_intake(Entry.objects.filter(pk__in=entries.values("pk")).exclude(intake_id=None))
    files = Attachment.objects.filter(Q(entry__in=entries) | Q(pending_in__in=talks))
    keys = list(files.values_list("key", flat=True))
    files.delete()
    transaction.on_commit(partial(_drop_files, keys))
    spoken = {
        "sender_name": "", "sender_address": "", "copies": [], "blind_copies": [],
        "subject": "", "quoted": "", "html": "", "message_id": "", "data": {},
    }  # fmt: skip
    lines = list(entries.filter(kind=EntryKind.ACTIVITY))
    entries.exclude(kind=EntryKind.ACTIVITY).update(text=ERASED, **spoken)
    _erase_names_in_lines(lines, customer)
    Thread.objects.filter(conversation__in=talks).update(address="", external_key="", subject="")
    Draft.objects.filter(conversation__in=talks).delete()
    Alert.objects.filter(conversation__in=talks).delete()
    talks.update(subject=ERASED, preview="", fields={})
    return touched


def _erase_names_in_lines(lines: list[Entry], customer: Customer) -> None:
    """Lines such as "Resolved" stay, unless they name the customer."""
    names = {name for name in (customer.first_name, customer.last_name) if name}
    for line in lines:
        line.text = ERASED if any(name in line.text for name in names) else line.text
        line.data = {}
        line.save(update_fields=["text", "data"])


def _drop_files(keys: list[str]) -> None:
    for key in keys:
        drop_file(key)


def _erase_messages(customer: Customer) -> None:
    rows = _messages(customer)
    for row in rows.exclude(data={}).only("id", "store", "data"):
        row.data = {key: row.data[key] for key in _COUNTED if key in row.data}
        row.save(update_fields=["data"])
    rows.update(to_address="", to_name="", subject="", text="", html="")


def _erase_orders(customer: Customer) -> None:
    orders = Order.objects.filter(customer=customer)
    parcels = Shipment.objects.filter(order__in=orders)
    TrackingEvent.objects.filter(shipment__in=parcels).update(location="", message="")
    parcels.update(payload=None, pickup_point="")
    orders.update(email="", phone="", address={}, note="", status_url="", payload=None)
    Cart.objects.filter(customer=customer).delete()


def _erase_the_rest(customer: Customer, addresses: set[str]) -> None:
    Call.objects.filter(customer=customer).update(
        number="", notes="", transcript="", recording_id=""
    )
    Check.objects.filter(customer=customer).update(comment="")
    PictureTrust.objects.filter(address__in=addresses).delete()
    for event in Event.objects.filter(subject_id=customer.pk, name="customer.did"):
        event.data = {**event.data, "data": {}}
        event.save(update_fields=["data"])
    asked = PrivacyRequest.objects.filter(Q(customer=customer) | Q(email__in=addresses))
    asked.filter(done_at=None, kind="erase").update(done_at=clock.now())
    asked.update(email="", payload=None)
