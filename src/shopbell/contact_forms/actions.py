"""Writes: taking a sent form in, making and changing forms."""

import re
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from shopbell.accounts.models import Store
from shopbell.contact_forms.definition import definition_of, text_of
from shopbell.contact_forms.holders import Holder
from shopbell.contact_forms.limits import seconds_to_wait
from shopbell.contact_forms.models import ContactForm, Submission
from shopbell.contact_forms.queries import entry_of, free_slug
from shopbell.contact_forms.reading import Told
from shopbell.contact_forms.receipts import may_receipt, send_receipt
from shopbell.conversations.actions import receive, set_status
from shopbell.conversations.actions.continuing import mail_inbox
from shopbell.conversations.models import Entry, Status
from shopbell.conversations.ports import Incoming
from shopbell.customers.ports import Person
from shopbell.kit import clock
from shopbell.kit.db.locks import lock_in_transaction
from shopbell.kit.errors import Invalid
from shopbell.messaging.strangers import TooOften, address_digest, network_digest

MEDIUM = "form"
_SLUG = re.compile(r"(?=.{1,40}$)[a-z0-9]+(-[a-z0-9]+)*")


@transaction.atomic
def submit_form(
    *, store: Store, form: ContactForm, told: Told, holder: Holder, remote: str
) -> Entry:
    """Make a conversation of a sent form and return its entry; the same one twice is one.

    What fell into the trap for machines is kept as spam and gets no receipt.

    Raises:
        TooOften: more came from this network, or for this address, than a person sends.
    """
    lock_in_transaction("form", store.pk, network_digest(store, remote))
    known = entry_of(told.client_id)
    if known is not None:
        return known
    wait = seconds_to_wait(store, remote, told.email)
    if wait:
        raise TooOften(wait)
    digest = address_digest(store, told.email)
    lock_in_transaction("form-address", store.pk, digest)  # one receipt, from however many networks
    entry = receive(incoming=_incoming(form, told, holder))
    is_written_to = not told.is_trapped and may_receipt(store, told.email, digest)
    Submission.objects.create(
        form=form,
        topic=told.topic.key,
        entry=entry,
        network=network_digest(store, remote),
        address=digest,
        is_trapped=told.is_trapped,
        has_receipt=is_written_to,
        created_at=clock.now(),
    )
    if told.is_trapped:
        set_status(conversation=entry.conversation, status=Status.SPAM, by=None)
    elif is_written_to:
        send_receipt(store=store, form=form, told=told, entry=entry)
    return entry


def _incoming(form: ContactForm, told: Told, holder: Holder) -> Incoming:
    first, _, last = told.name.partition(" ")
    answers = "\n".join(f"{label}: {value}" for label, value in told.answers)
    topic = text_of(told.topic.title, told.language, form.languages)
    return Incoming(
        medium=MEDIUM,
        # A stranger is somebody of their own, whatever they typed (decision 0200).
        person=Person(
            source="form",
            browser=f"form-{told.client_id.hex}",
            first_name=first,
            last_name=last,
            locale=told.language,
        ),
        customer=holder.person_at(told.email),
        order=told.order,
        names_order=True,
        tags=(told.topic.tag,) if told.topic.tag else (),
        fresh=True,
        inbox=mail_inbox(),
        external_key=told.client_id.hex,
        client_id=told.client_id,
        subject=topic,
        text="\n\n".join(filter(None, (told.message, answers))),
        sender_name=told.name,
        sender_address=told.email,
        files=told.files,
        data={"form": _shown(form, told, holder, topic)},
    )


def _shown(form: ContactForm, told: Told, holder: Holder, topic: str) -> dict[str, Any]:
    """Return what the agent sees of it beside the message."""
    return {
        "title": text_of(form.definition.title, told.language, form.languages),
        "slug": form.slug,
        "topic": topic,
        "message": told.message,
        "answers": [list(pair) for pair in told.answers],
        "order_said": told.order_said,
        "proved": "link" if holder.by_link else "shop" if holder.customer else "",
        "page": {"url": told.page} if told.page else {},
    }


@transaction.atomic
def save_form(
    *,
    content: Any,
    languages: Sequence[str],
    slug: str = "",
    is_open: bool = True,
    form: ContactForm | None = None,
) -> ContactForm:
    """Make a form, or change one. Without a `slug` a new one is named by its title.

    Raises:
        Invalid: with what is wrong, by place.
    """
    chosen = list(dict.fromkeys(languages))
    definition = definition_of(content, chosen)
    if slug and not _SLUG.fullmatch(slug):
        raise Invalid(
            "The address is not usable.",
            fields={"slug": "Use small letters, digits and single hyphens, 40 at most."},
        )
    row = form or ContactForm(slug=slug or free_slug(definition.title[chosen[0]]))
    if slug and ContactForm.objects.filter(slug=slug).exclude(pk=row.pk).exists():
        raise Invalid(
            "The address is taken.", fields={"slug": "Another form has this address already."}
        )
    row.slug = slug or row.slug
    row.languages, row.is_open = chosen, is_open
    row.content = definition.model_dump(mode="json")
    row.changed_at = clock.now()
    row.save()
    return row


@transaction.atomic
def drop_form(*, form: ContactForm) -> None:
    """Throw a form away; the conversations it brought stay."""
    form.delete()
