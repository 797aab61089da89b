"""Signing up by phone: by WhatsApp a code is sent from it, by SMS it answers YES to one text.

Only the phone itself proves a number. A newcomer's mistake: granting when the form is sent. Anybody
can type anybody's number; so a typed one gets one text, rarely, and nothing else.
"""

import re
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet

from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_id
from shopbell.connections.models import Connection
from shopbell.consent.actions import lift_own_word
from shopbell.consent.optouts import open_number, owners_of
from shopbell.consent.wishes import folded, recognise
from shopbell.consent.words import Wish
from shopbell.conversations.messages.writers import owner_of_number
from shopbell.kit import clock
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.inboxes import inboxes
from shopbell.messaging.plain_sms import plainer
from shopbell.messaging.ports import CHANNELS, Medium, Written
from shopbell.messaging.strangers import may_mail
from shopbell.signups.granting import grant
from shopbell.signups.models import Signup
from shopbell.signups.queries import is_late
from shopbell.signups.words import LANGUAGES, Words, phrases

ANSWERED_WITHIN = timedelta(days=1)  # later a plain "yes" answers something else
TEXTS_A_DAY = 200  # to numbers that were typed: each one costs the shop
_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is taken for something else
_CODE = re.compile(rf"\bJOIN-([{_SIGNS}]{{6}})\b", re.IGNORECASE)
_KIND = "signup_by_phone"


def words_to_send(store: Store, row: Signup) -> str:
    """Return what stands ready in the chat; sending it is the agreement."""
    title = row.form.wording(row.language).title
    return Words(row.language).say("chat_words", title=title, code=f"JOIN-{row.code}")


@transaction.atomic
def ask_phone(*, store: Store, row: Signup) -> None:
    """Wait for the phone: for a chat give it a code, by SMS ask the number that was typed."""
    if row.form.channel == Medium.WHATSAPP:
        row.code = _free_code()
    else:
        texted = Signup.objects.filter(has_mail=True)
        row.has_mail = may_mail(store, row.phone, texted.filter(digest=row.digest))
        since = clock.now() - timedelta(days=1)
        if texted.exclude(phone="").filter(created_at__gt=since).count() >= TEXTS_A_DAY:
            row.has_mail = False
    row.save(force_insert=True)
    if row.has_mail:
        shop = plainer(store.name, letters=True).text
        text = Words(row.language).say("sms_ask", store=shop)
        _say(None, row.language, row.phone, text, key=f"ask:{row.pk}", medium="sms")


def _free_code() -> str:
    while True:
        code = "".join(secrets.choice(_SIGNS) for _ in range(6))
        if not Signup.objects.filter(code=code).exists():
            return code


class PhoneSignups:
    """Hears the words of sign-up forms."""

    def is_all(self, connection: Connection, written: Written) -> bool:
        """Return whether a message is nothing but such words."""
        found = _CODE.search(written.text)
        if found is None:
            return _waiting(connection, written).exists()
        rest = folded(_CODE.sub("", written.text))
        starts = [folded(phrases(each)["chat_words"].split("{")[0]) for each in LANGUAGES]
        ends = written.text.strip().endswith(found[0])
        return not rest or (ends and any(rest.startswith(start) for start in starts))

    def take(self, connection: Connection, written: Written) -> None:
        """Sign the writer up, or say kindly that the code is no good any more."""
        found = _CODE.search(written.text)
        if found is not None and _medium(connection) == Medium.WHATSAPP:
            _take_code(connection, written, found[1].upper())
        elif found is None:
            row = _waiting(connection, written).select_for_update(of=("self",)).first()
            if row is not None:
                _join(connection, written, row)


def _medium(connection: Connection) -> Medium:
    return CHANNELS.get(connection.connector).capabilities.medium


def _waiting(connection: Connection, written: Written) -> QuerySet[Signup]:
    """Return the sign-up by SMS that a plain yes answers, the newest first."""
    said = recognise(written.text) if _medium(connection) == Medium.SMS else None
    if said is None or said.wish is not Wish.START:
        return Signup.objects.none()
    rows = Signup.objects.filter(
        phone=written.sender,
        has_mail=True,
        confirmed_at=None,
        created_at__gt=clock.now() - ANSWERED_WITHIN,
    )
    return rows.select_related("form").order_by("-created_at", "-id")


def _take_code(connection: Connection, written: Written, code: str) -> None:
    rows = Signup.objects.select_for_update(of=("self",)).select_related("form")
    row = rows.filter(code=code).first()
    if row is not None and row.confirmed_at is not None and row.phone == written.sender:
        return  # sent twice
    if row is None or row.confirmed_at is not None or is_late(row):
        language = row.language if row is not None else _language_of(written)
        text = Words(language).say("chat_old")
        mark = f"{written.sender}:{clock.now():%Y-%m-%d}"
        _say(connection, language, written.sender, text, key=f"old:{mark}")
        return
    _join(connection, written, row)


def _language_of(written: Written) -> str:
    said = folded(written.text)
    starts = {code: folded(phrases(code)["chat_words"].split("{")[0]) for code in LANGUAGES}
    return next((code for code, start in starts.items() if said.startswith(start)), LANGUAGES[0])


def _join(connection: Connection, written: Written, row: Signup) -> None:
    """Grant what was asked for, to the one whose phone it is, and say so once."""
    store, medium = store_by_id(connection.store_id), _medium(connection)
    owners = owners_of(written.sender)
    customer = owner_of_number(medium, written) or (owners[0] if owners else None)
    if customer is None:
        return
    row.customer, row.phone = customer, written.sender
    open_number(store=store, medium=str(medium), number=row.phone)
    lift_own_word(store=store, medium=str(medium), address=row.phone, scope=row.form.purpose)
    proof = {
        "confirmed_at": clock.now().isoformat(),
        "confirmed_by": str(medium),
        "double_opt_in": True,
        "words": written.text[:200],
        "number": written.sender,
        "sent_message": written.provider_id,
    }
    grant(row, proof)
    row.save(update_fields=["customer", "phone", "confirmed_at"])
    words, texts = Words(row.language), row.form.wording(row.language)
    text = words.say("phone_done", store=store.name)
    if texts.thanks:
        text = f"{text}\n\n{texts.thanks}"
    _say(connection, row.language, row.phone, text, key=f"done:{row.pk}", medium=str(medium))


def _say(
    connection: Connection | None,
    language: str,
    number: str,
    text: str,
    *,
    key: str,
    medium: str = "whatsapp",
) -> None:
    """Queue a message to a number, once for each key."""
    draft = Draft(
        business_key=f"{_KIND}:{key}",
        kind=_KIND,
        purpose="account",
        media=(medium,),
        to_address=number,
        locale=language,
        origin="agent",  # to the number that wrote or was typed, in words of our own
        not_after=clock.now() + ANSWERED_WITHIN,
        data={
            "content": {"text": text},
            "inbox": str(connection.pk) if connection is not None else "",
            "automatic": True,
        },
    )
    queue_messages(drafts=[draft])


def inbox_for(channel: str) -> Connection | None:
    """Return the account by which a form signs people up; None if the store has none."""
    return inboxes().get(Medium(channel))
