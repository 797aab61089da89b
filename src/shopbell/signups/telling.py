"""Writes: what a checkout tells of a permission, and asking by mail for one that is not confirmed.

A newcomer's mistake: letting a late message of a checkout undo what the customer said since. The
time of the customer's own act counts, and a blocked address stays blocked until its owner answers
a mail.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from shopbell.accounts.models import Store
from shopbell.consent.actions import record_consent
from shopbell.consent.models import ConsentAction, ConsentEvent
from shopbell.consent.queries import address_hash, current_consents, suppressions, topics
from shopbell.customers.actions import record_people
from shopbell.customers.askers import asker_at
from shopbell.customers.models import Customer
from shopbell.customers.normalise import email_key, phone_key
from shopbell.customers.ports import Person
from shopbell.kit import clock
from shopbell.kit.db.locks import lock_in_transaction
from shopbell.kit.errors import Invalid
from shopbell.messaging.strangers import address_digest, shortened
from shopbell.signups.actions import ask_by_mail
from shopbell.signups.models import Signup, SignupForm

CONFIRMED, ASK, WITHDRAWN = "confirmed", "ask", "withdrawn"
PURPOSES = ("marketing", "order_updates", "survey", "tracking")
CHANNELS = ("email", "sms", "whatsapp")
_NAMES = uuid.UUID("9b3f3c5e-0c8b-4f0e-8a51-0a5f5b6a9f11")
_SLACK = timedelta(minutes=5)  # clocks differ


@dataclass(frozen=True, slots=True)
class Given:
    """What a checkout tells. `key`: its own id of this act; `by`: whose key it is.

    `offered`: the topics there were to choose from; who left one unticked does not want it.
    """

    key: str
    state: str
    source: str
    at: datetime
    by: str
    purpose: str = "marketing"
    channel: str = "email"
    email: str = ""
    phone: str = ""
    wording: str = ""
    version: str = ""
    language: str = ""
    topics: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    form: str = ""
    ip: str = ""
    page: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds now. `is_news`: whether this changed it; `is_blocked`: nothing is sent there."""

    customer_id: uuid.UUID
    state: str
    is_news: bool
    is_blocked: bool


@transaction.atomic
def tell_permission(*, store: Store, given: Given) -> Standing:
    """Write down a permission, or ask for it by mail. Told again it changes nothing.

    Raises:
        Invalid: with what is wrong, by field.
    """
    address = _checked(given)
    lock_in_transaction("signup-address", store.pk, address_digest(store, address))
    if given.state == ASK:
        customer, is_news = _ask(store, given, address)
    else:
        customer = _customer(given, address)
        is_news = _record(given, customer, address)
    now = current_consents([customer.pk]).get((customer.pk, given.purpose, given.channel))
    return Standing(
        customer.pk, now.action if now else "", is_news, _is_blocked(store, given, address)
    )


def _checked(given: Given) -> str:
    """Return the address, or say what is wrong."""
    wrong: dict[str, str] = {}
    field = "email" if given.channel == "email" else "phone"
    address = email_key(given.email) if field == "email" else phone_key(given.phone, "")
    if not address:
        wrong[field] = "must be an e-mail address" if field == "email" else "must be like +49…"
    if given.purpose not in PURPOSES:
        wrong["purpose"] = f"must be one of {', '.join(PURPOSES)}"
    if given.channel not in CHANNELS:
        wrong["channel"] = f"must be one of {', '.join(CHANNELS)}"
    if given.at > clock.now() + _SLACK:
        wrong["proof.at"] = "is in the future"
    if given.state == CONFIRMED and not given.wording.strip():
        wrong["wording"] = "is needed: what did they read?"
    if given.state == ASK and (given.channel, given.purpose) != ("email", "marketing"):
        wrong["state"] = "only offers by e-mail are asked for by mail"
    known = {row.key for row in topics()}
    for name, keys in (("topics", given.topics), ("offered", given.offered)):
        if unknown := sorted(set(keys) - known):
            wrong[name] = f"there is no topic {unknown[0]}"
    if wrong:
        raise Invalid("This permission cannot be used.", fields=wrong)
    return address


def _customer(given: Given, address: str) -> Customer:
    if given.channel == "email":
        return asker_at(address, given.language)
    person = Person(source="api", phone=address, locale=given.language)
    [customer] = record_people(people=[person])
    assert customer is not None
    return customer


def _record(given: Given, customer: Customer, address: str) -> bool:
    if ConsentEvent.objects.filter(customer=customer, proof__request=given.key).exists():
        return False
    granted = given.state == CONFIRMED
    whole = ConsentAction.GRANTED if granted else ConsentAction.WITHDRAWN
    unticked = sorted(set(given.offered) - set(given.topics)) if granted else []
    said = [(topic, whole) for topic in given.topics]
    said += [(topic, ConsentAction.WITHDRAWN) for topic in unticked]
    if granted or not given.topics:  # some topics left are not all offers
        said.append(("", whole))
    events = [
        record_consent(
            customer=customer,
            purpose=given.purpose,
            channel=given.channel,
            topic=topic,
            action=action,
            source=given.source,
            wording=given.wording,
            language=given.language,
            proof=_proof(given, address),
            actor="customer",
            occurred_at=given.at,
        )
        for topic, action in said
    ]
    return any(events)


def _proof(given: Given, address: str) -> dict[str, Any]:
    told = {
        "request": given.key,
        "told_by": given.by,
        "version": given.version,
        "asked_at": given.at.isoformat(),
        "asked_from": shortened(given.ip),
        "address": address,
        "page": given.page,
        "order": given.order,
    }
    return {name: value for name, value in told.items() if value}


def _ask(store: Store, given: Given, address: str) -> tuple[Customer, bool]:
    form = SignupForm.objects.filter(slug=given.form).first()
    if form is None:
        said = "must name a sign-up form: its words are in the mail"
        raise Invalid("This permission cannot be used.", fields={"form": said})
    mark = uuid.uuid5(_NAMES, f"{store.pk}:{given.key}")
    before = Signup.objects.select_related("customer").filter(client_id=mark).first()
    if before is not None and before.customer is not None:
        return before.customer, False
    language = given.language if given.language in form.languages else form.languages[0]
    row = Signup(
        form=form,
        client_id=mark,
        email=address,
        topics=list(given.topics),
        offered=list(given.offered or form.topics),
        language=language,
        wording=given.wording or form.wording(language).wording,
        version=form.version,
        page=given.page,
        remote=shortened(given.ip),
        network="",  # it is the checkout's, and no limit of strangers counts it
        digest=address_digest(store, address),
        told={"source": given.source, "order": given.order, "told_by": given.by},
        created_at=clock.now(),
        customer=asker_at(address, language),
    )
    if given.version:
        row.told["version"] = given.version
    ask_by_mail(store=store, row=row)
    assert row.customer is not None
    return row.customer, True


def _is_blocked(store: Store, given: Given, address: str) -> bool:
    key = address_hash(store, given.channel, address)
    return any(row.scope in ("*", given.purpose) for row in suppressions([key]).get(key, []))
