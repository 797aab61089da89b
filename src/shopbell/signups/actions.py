"""Writes: taking a sent form in, confirming it, making and changing forms.

A newcomer's mistake: letting a form that anybody may send change what somebody gets. A sent form
asks; only the link in the mailbox answers, or the phone itself.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction

from shopbell.accounts.models import Store
from shopbell.consent.actions import lift_own_word
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
from shopbell.signups.granting import grant, note, proof_of
from shopbell.signups.mails import send_already, send_confirmation
from shopbell.signups.models import Signup, SignupForm
from shopbell.signups.phones import ask_phone
from shopbell.signups.queries import free_slug, is_late
from shopbell.signups.reading import Told
from shopbell.signups.rules import country_names
from shopbell.web.limits import width_of

CHANNELS = ("email", "whatsapp", "sms")
NETWORK, NETWORK_TIME = 5, timedelta(minutes=10)
_SLUG = re.compile(r"(?=.{1,40}$)[a-z0-9]+(-[a-z0-9]+)*")


@transaction.atomic
def sign_up(*, store: Store, form: SignupForm, told: Told, remote: str) -> Signup:
    """Take a sent form in; the same one twice is one. Nothing is granted before it is proved.

    Raises:
        TooOften: more came from this network than from people.
    """
    network, digest = network_digest(store, remote), address_digest(store, told.email or told.phone)
    lock_in_transaction("signup", store.pk, network)
    before = Signup.objects.filter(client_id=told.client_id).first()
    if before is not None:
        return before
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
        phone=told.phone,
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
        row.email = row.phone = ""
        row.save(force_insert=True)
    elif form.channel == "email":
        row.customer = asker_at(told.email, told.language)
        row.save(force_insert=True)
        _go_on(store, row)
    else:
        ask_phone(store=store, row=row)
    return row


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
            note(row, channel, ConsentAction.PENDING, proof_of(row))
        row.has_mail = may
        if may:
            send_confirmation(store=store, row=row)
    else:
        grant(row, {"single_opt_in": single})
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
    proof = {"confirmed_from": shortened(remote), "double_opt_in": True}
    confirm_address(customer=row.customer, email=row.email)
    lift_own_word(store=store, medium="email", address=row.email, scope=row.form.purpose)
    grant(row, {"confirmed_at": clock.now().isoformat()} | proof)
    row.save(update_fields=["confirmed_at"])
    return True


@transaction.atomic
def save_signup_form(
    *,
    name: str,
    texts: Mapping[str, Any],
    languages: Sequence[str],
    slug: str = "",
    topic_keys: Sequence[str] = (),
    channel: str = "email",
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
    if channel not in CHANNELS:
        raise Invalid("There is no such channel.", fields={"channel": "Choose a channel."})
    row = form or SignupForm(slug=slug or free_slug(name), channels=[channel])
    if slug and SignupForm.objects.filter(slug=slug).exclude(pk=row.pk).exists():
        raise Invalid(
            "The address is taken.", fields={"slug": "Another form has this address already."}
        )
    if form is not None and (told != form.texts or channel != form.channel):
        row.version += 1
    row.channels = [channel]
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
