"""Reads one mail in this process. For mail of strangers use `MailReaders`, which can be killed.

A newcomer's mistake: letting an error out. `read_mail` never raises: what fails is left out, a
sentence says so, and the rest of the mail is read.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from shopbell.kit.mail.reading import limits
from shopbell.kit.mail.reading.bounces import read_bounce
from shopbell.kit.mail.reading.contents import part_bytes, read_part, shown_headers
from shopbell.kit.mail.reading.forwards import find_forwarded
from shopbell.kit.mail.reading.invitations import read_invitation
from shopbell.kit.mail.reading.mails import (
    Bounce,
    Forwarded,
    Invitation,
    Mail,
    MailPart,
    Person,
)
from shopbell.kit.mail.reading.mime import Budget, Entity, Headers, header_block, split_mail
from shopbell.kit.mail.reading.natures import (
    authenticated_by_dmarc,
    nature_of,
    who_authenticated,
)
from shopbell.kit.mail.reading.people import first_address, read_people
from shopbell.kit.mail.reading.selection import select
from shopbell.kit.mail.reading.texts import read_texts
from shopbell.kit.text import one_line, storable

TOO_LARGE = "The mail is larger than 35 MB; the rest was left out."
MANY_ADDRESSES = "The mail has more than 500 addresses; the rest was left out."
_ID = re.compile(r"<[^<>\s]{1,900}>")
_MAILS = ("message/rfc822", "message/global")
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to")


def read_mail(raw: bytes) -> Mail:
    """Return what the mail says. Never raises, whatever the bytes."""
    return _read(raw, passed_on=True)


def _read(raw: bytes, *, passed_on: bool) -> Mail:
    """Read a mail, and the mail it passes on if asked."""
    budget = Budget()
    if len(raw) > limits.RAW_BYTES:
        raw = raw[: limits.RAW_BYTES]
        budget.note(TOO_LARGE)
    entity = split_mail(raw, budget)
    mail = _careful(lambda: _mail_of_headers(entity.headers, budget), Mail(), budget, "headers")
    empty: tuple[str, str, tuple[MailPart, ...]] = ("", "", ())
    text, html, parts = _careful(lambda: _contents(entity, budget), empty, budget, "text")
    no_report: tuple[Bounce | None, bool] = (None, False)
    bounce, delayed = _careful(lambda: read_bounce(entity, text), no_report, budget, "report")
    mail = replace(mail, text=text, html=html, parts=parts)
    return replace(
        mail,
        invitation=_careful(lambda: _invitation(entity), None, budget, "invitation"),
        nature=nature_of(entity, bounced=bounce is not None, delayed=delayed),
        bounce=bounce,
        forwarded=_careful(lambda: _forwarded(mail), None, budget, "forwarded mail")
        if passed_on and bounce is None
        else None,
        headers_text=_careful(lambda: shown_headers(header_block(raw)), "", budget, "headers"),
        problems=tuple(budget.problems),
    )


def _forwarded(mail: Mail) -> Forwarded | None:
    """Return the mail that this one passes on."""
    for number, part in enumerate(mail.parts):
        if part.content_type in _MAILS or part.name.lower().endswith(".eml"):
            return find_forwarded(mail, [(number, _read(part.content, passed_on=False))])
    return find_forwarded(mail)


def _careful[T](read: Callable[[], T], otherwise: T, budget: Budget, what: str) -> T:
    """Run one step; an error of ours costs that step and not the mail."""
    try:
        return read()
    except MemoryError:
        raise
    except Exception as error:
        budget.note(f"The {what} of the mail could not be read ({type(error).__name__}).")
        return otherwise


def _mail_of_headers(headers: Headers, budget: Budget) -> Mail:
    authors = _people(headers, "from", budget)
    names = headers.get("from")
    author = authors[0] if authors else (one_line(names, 200), "")
    references = tuple(found for value in headers.all("references") for found in _ID.findall(value))
    half = limits.REFERENCES // 2
    if len(references) > limits.REFERENCES:
        references = references[:half] + references[-half:]
    return Mail(
        message_id=_identifier(headers.get("message-id")),
        in_reply_to=_identifier(headers.get("in-reply-to"), strict=True),
        references=references,
        from_address=author[1],
        from_name=author[0],
        reply_to=_people(headers, "reply-to", budget),
        sender_address=first_address(next(iter(headers.structured("sender")), "")),
        to=_people(headers, "to", budget),
        cc=_people(headers, "cc", budget),
        delivered_to=tuple(
            dict.fromkeys(
                person[1] for name in _DELIVERED for person in _people(headers, name, budget)
            )
        ),
        return_path=first_address(next(iter(headers.structured("return-path")), "")),
        subject=one_line(headers.get("subject"), 998),
        date=_date(headers.get("date")),
        authenticated=authenticated_by_dmarc(headers),
        authenticated_by=who_authenticated(headers),
    )


def _people(headers: Headers, name: str, budget: Budget) -> tuple[Person, ...]:
    people: list[Person] = []
    for value in headers.structured(name):
        found, more = read_people(value, limits.ADDRESSES - len(people))
        people += found
        if more:
            budget.note(MANY_ADDRESSES)
            break
    return tuple(people)


def _identifier(value: str, *, strict: bool = False) -> str:
    """Return a Message-ID in its angle brackets; they are added where a sender forgot them."""
    if found := _ID.search(value):
        return found[0]
    word = value.strip().strip("<>").split(" ")[0]
    usable = bool(word) and len(word) <= 900 and "<" not in word and ">" not in word
    return f"<{word}>" if usable and ("@" in word or not strict) else ""


def _date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        moment.astimezone(UTC)  # a date at the end of time cannot be compared
    except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
        return None
    return moment


def _contents(entity: Entity, budget: Budget) -> tuple[str, str, tuple[MailPart, ...]]:
    selection = select(entity)
    text, html = read_texts(selection.passages, budget)
    parts = tuple(read_part(part, number) for number, part in enumerate(selection.attachments, 1))
    return storable(text), storable(html), parts


def _invitation(entity: Entity) -> Invitation | None:
    for part in entity.walk():
        if part.content_type in ("text/calendar", "application/ics"):
            return read_invitation(part_bytes(part))
    return None
