"""Writes: taking a sent form in, confirming it, making and changing forms.

A newcomer's mistake: letting a form that anybody may send change what somebody gets. A sent form
asks; only the link in the mailbox answers.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction

from shopbell.accounts.models import Store
from shopbell.consent.actions import lift_own_word, record_consent
from shopbell.consent.choosing import begin_anew
from shopbell.consent.models import ConsentAction
from shopbell.consent.queries import (
    address_hash,
    current_consents,
    suppressions,
    topics,
)
from shopbell.consent.single import is_single
from shopbell.customers.actions import confirm_address
from shopbell.customers.askers import asker_at
from shopbell.kit import clock
from shopbell.kit.db.locks import lock_in_transaction
from shopbell.kit.errors import Conflict, Invalid
from shopbell.kit.text import one_line, storable
from shopbell.messaging.strangers import (
    TooOften,
    address_digest,
    may_mail,
    network_digest,
    seconds_to_wait,
    shortened,
)
from shopbell.signups.definition import texts_of
from shopbell.signups.mails import send_already, send_confirmation
from shopbell.signups.models import Signup, SignupForm
from shopbell.signups.queries import free_slug
from shopbell.signups.reading import Told
from shopbell.signups.rules import country_names
from shopbell.web.limits import width_of

GOOD_FOR = timedelta(days=7)
NETWORK, NETWORK_TIME = 5, timedelta(minutes=10)
_SLUG = re.compile(r"(?=.{1,40}$)[a-z0-9]+(-[a-z0-9]+)*")


@transaction.atomic
def sign_up(*, store: Store, form: SignupForm, told: Told, remote: str) -> None:
    """Take a sent form in; the same one twice is one. What to do next is told by mail only.

    Raises:
        TooOften: more came from this network than from people.
    """
    network, digest = network_digest(store, remote), address_digest(store, told.email)
    lock_in_transaction("signup", store.pk, network)
    if Signup.objects.filter(client_id=told.client_id).exists():
        return
    sent = Signup.objects.filter(network=network)
    wait = seconds_to_wait(sent, NETWORK * width_of(remote), NETWORK_TIME)
    if wait:
        raise TooOften(wait)
    lock_in_transaction("signup-address", store.pk, digest)
    wording = form.wording(told.language)
    row = Signup(
        form=form,
        client_id=told.client_id,
        email=told.email,
        topics=list(told.topics),
        offered=list(form.topics),
        language=told.language,
        wording=wording.wording,
        version=form.version,
        page=told.page,
        remote=shortened(remote),
        network=network,
        digest=digest,
        created_at=clock.now(),
    )
    if told.is_trapped:
        row.email = ""
        row.save(force_insert=True)
        return
    row.customer = asker_at(told.email, told.language)
    row.save(force_insert=True)
    _go_on(store, row)


@transaction.atomic
def ask_by_mail(*, store: Store, row: Signup) -> None:
    """Take a sign-up in that a checkout tells of, and ask its mailbox whatever the country."""
    row.save(force_insert=True)
    _go_on(store, row, always=True)


def _go_on(store: Store, row: Signup, *, always: bool = False) -> None:
    """Ask by mail, or say that it is so already; without a mail only a fresh address gets on."""
    form, customer = row.form, row.customer
    assert customer is not None
    newest = [
        current_consents([customer.pk]).get((customer.pk, form.purpose, channel))
        for channel in form.channels
    ]
    blocked = _is_blocked(store, row)
    may = may_mail(store, row.email, Signup.objects.filter(digest=row.digest, has_mail=True))
    counts_at_once = not always and not form.asks_by_mail
    single = "" if not counts_at_once else is_single(store, own=form.country, customer=customer)
    granted = all(event and event.action == ConsentAction.GRANTED for event in newest)
    if granted and not blocked:
        row.has_mail = may and send_already(row=row)
    elif not single or blocked or any(newest):
        for channel in form.channels:
            _note(row, channel, ConsentAction.PENDING, _proof(row))
        row.has_mail = may
        if may:
            send_confirmation(store=store, row=row)
    else:
        _grant(store, row, remote="", single=single)
    row.save(update_fields=["has_mail", "confirmed_at"])


def _is_blocked(store: Store, row: Signup) -> bool:
    key = address_hash(store, "email", row.email)
    return any(block.scope in ("*", row.form.purpose) for block in suppressions([key]).get(key, []))


@transaction.atomic
def confirm_signup(*, store: Store, signup: Signup, remote: str) -> bool:
    """Grant what was asked for. False: it was confirmed before, and nothing changes.

    Raises:
        Conflict: the link is too old.
    """
    row = Signup.objects.select_for_update(of=("self",)).get(pk=signup.pk)
    if row.confirmed_at is not None or row.customer is None:
        return False
    if is_late(row):
        raise Conflict("This link is too old.", remedy="Sign up once more.")
    _grant(store, row, remote=remote)
    row.save(update_fields=["confirmed_at"])
    return True


def is_late(signup: Signup) -> bool:
    """Return whether the link of a sign-up is not good any more."""
    return clock.now() - signup.created_at > GOOD_FOR


def _grant(store: Store, row: Signup, *, remote: str, single: str = "") -> None:
    customer, now = row.customer, clock.now()
    assert customer is not None
    row.confirmed_at = now
    proof = _proof(row) | ({"single_opt_in": single} if single else {})
    if remote:
        proof |= {"confirmed_at": now.isoformat(), "confirmed_from": shortened(remote)}
        proof["double_opt_in"] = True
        confirm_address(customer=customer, email=row.email)
        lift_own_word(store=store, medium="email", address=row.email, scope=row.form.purpose)
    for channel in row.form.channels:
        for topic in row.offered:
            wanted = topic in row.topics
            action = ConsentAction.GRANTED if wanted else ConsentAction.WITHDRAWN
            _note(row, channel, action, proof, topic=topic)
        _note(row, channel, ConsentAction.GRANTED, proof)
    begin_anew(customer=customer, is_leaving=False)


def _note(
    row: Signup, channel: str, action: ConsentAction, proof: dict[str, Any], topic: str = ""
) -> None:
    assert row.customer is not None
    record_consent(
        customer=row.customer,
        purpose=row.form.purpose,
        channel=channel,
        topic=topic,
        action=action,
        source=str(row.told.get("source") or f"sign-up form “{row.form.name}”"),
        wording=row.wording,
        language=row.language,
        proof=proof,
        actor="customer",
    )


def _proof(row: Signup) -> dict[str, Any]:
    told = {
        "signup": str(row.pk),
        "form": row.form.slug,
        "version": row.told.get("version") or row.version,
        "asked_at": row.created_at.isoformat(),
        "asked_from": row.remote,
        "address": row.email,
        "page": row.page,
        "order": row.told.get("order", ""),
        "told_by": row.told.get("told_by", ""),
    }
    return {name: value for name, value in told.items() if value}


@transaction.atomic
def save_signup_form(
    *,
    name: str,
    texts: Mapping[str, Any],
    languages: Sequence[str],
    slug: str = "",
    topic_keys: Sequence[str] = (),
    asks_by_mail: bool = True,
    country: str = "",
    is_open: bool = True,
    form: SignupForm | None = None,
) -> SignupForm:
    """Make a form, or change one; other words are another version. Without a `slug` by its name.

    Raises:
        Invalid: with what is wrong, by field.
    """
    chosen = list(dict.fromkeys(languages))
    told, name = texts_of(texts, chosen), one_line(storable(name), 120)
    if not name:
        raise Invalid("The form has no name.", fields={"name": "Give the form a name."})
    if slug and not _SLUG.fullmatch(slug):
        raise Invalid(
            "The address is not usable.",
            fields={"slug": "Use small letters, digits and single hyphens, 40 at most."},
        )
    known = {row.key for row in topics()}
    if any(key not in known for key in topic_keys):
        raise Invalid("There is no such topic.", fields={"topics": "Choose among your topics."})
    if country and country not in country_names():
        raise Invalid("There is no such country.", fields={"country": "Choose a country."})
    row = form or SignupForm(slug=slug or free_slug(name), channels=["email"])
    if slug and SignupForm.objects.filter(slug=slug).exclude(pk=row.pk).exists():
        raise Invalid(
            "The address is taken.", fields={"slug": "Another form has this address already."}
        )
    if form is not None and told != form.texts:
        row.version += 1
    row.slug, row.name, row.texts, row.languages = slug or row.slug, name, told, chosen
    row.topics = list(dict.fromkeys(topic_keys))
    row.country = country
    row.asks_by_mail, row.is_open, row.changed_at = asks_by_mail, is_open, clock.now()
    row.save()
    return row


@transaction.atomic
def drop_signup_form(*, form: SignupForm) -> None:
    """Throw a form away. The permissions it brought stay, with their wording and proof."""
    form.delete()
