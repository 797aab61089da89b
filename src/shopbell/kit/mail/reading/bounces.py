"""Reads delivery reports: the standard form, and the free texts that half of all servers send.

A newcomer's mistake: taking any mail with “550” in it for a bounce. A customer may quote one; only
a report by its form or by its sender counts.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from shopbell.kit.mail.reading.bounce_addresses import (
    RETURNED,
    failed_addresses,
    original_recipient,
)
from shopbell.kit.mail.reading.bounce_reasons import is_hard, status_in
from shopbell.kit.mail.reading.contents import part_text
from shopbell.kit.mail.reading.mails import Bounce
from shopbell.kit.mail.reading.mime import Entity, Headers
from shopbell.kit.mail.reading.people import clean_address, first_address
from shopbell.kit.text import one_line

_REPORT_BYTES = 128 * 1024
_LINE = 1000  # characters; patterns look for words within a line
_DAEMONS = re.compile(
    r"\b(?:mailer-?daemon|post_?master|mail-?daemon|mdaemon|mail[. ]delivery|maildelivery)\b|"
    r"\b(?:bounces?|exchange|mmsc)\b|postmaster|delivery (?:sub)?system|ndr administrator",
    re.I,
)
_SUBJECTS = re.compile(
    r"""\b(?:
    undeliver(?:able|ed) | undelivered\smail | non[\s-]?delivery | not\s(?:be\s)?delivered
    | returned\s(?:e?-?mail|to\ssender)
    | returning\smessage | failure\snotice | delivery\s(?:status|report|fail|problem
    |notification|incomplete|has\sfailed|error|delayed|\(?failure)
    | mail\s(?:delivery|failure|system\serror) | message\s(?:delivery|delayed|not\sdelivered
    |you\ssent\sblocked) | permanent\s.{0,20}failure | could\snot\ssend
    | postmaster\snotify | (?:un)?zustell(?:bar|ung) | nicht\szugestellt | zustellungs
    | non\sremis | non\sdistribu | échec\s(?:de\s)?(?:la\s)?(?:remise|distribution)
    | non\srecapitabile | mancat[oa]\s(?:recapito|consegna) | no\sse\spuede\sentregar
    | no\sentregado | error\sde\sentrega
    | onbestelbaar | niet\s(?:bezorgd|afgeleverd) | não\s(?:entregue|é\spossível\sentregar)
    | nie\smożna\sdostarczyć | niedostarcz
    | olevererbart | kunde\sinte\slevereras | kan\sikke\sleveres | nedoručitelné
    | kézbesíthetetlen | teslim\sedilemedi | nu\spoate\sfi\slivrat
    )|недостав|не\sдоставлен|配信不能|配信できません|未送達|退信|无法投递|無法傳遞|배달\s?되지|반송""",
    re.I | re.X,
)
_DELAYS = re.compile(
    r"\bdelay(?:ed)?\b|warning: (?:message|could not send)|has not yet been delivered|"
    r"will be retried|still being retried|verzögert|retardé|verspätet|задержка",
    re.I,
)
_FIELD = re.compile(r"(?m)^[ \t]{0,8}([A-Za-z][A-Za-z-]{2,40})[ \t]*:[ \t]*(.*(?:\n[ \t]+\S.*)*)")
_FIRST_FIELDS = ("final-recipient", "original-recipient", "action")
_ORIGINAL_ID = re.compile(r"(?mi)^[\s>]*message-id:\s*(<[^<>\s]{1,900}>)")


@dataclass(frozen=True, slots=True)
class _Recipient:
    address: str
    action: str
    status: str
    diagnostic: str


def read_bounce(mail: Entity, text: str) -> tuple[Bounce | None, bool]:
    """Return what could not be delivered, and whether it is only late so far."""
    if text.lstrip().startswith("{") and "notificationType" in text:
        return _from_provider_json(text[:_REPORT_BYTES]), False
    text = "\n".join(line[:_LINE] for line in text[:_REPORT_BYTES].split("\n"))
    parts = list(_reports(mail)) or list(_reports_inside(mail))
    reported = [one for part in parts for one in _recipients(part)]
    if not reported and not _is_from_daemon(mail.headers):
        return None, False
    original = _original_id(mail, text)
    reported = reported or list(_recipients(text))
    for action in ("failed", "delayed"):
        for one in reported:
            if one.action == action and one.address:
                return _bounce(one, text, original), action == "delayed"
    if any(one.action in ("delivered", "relayed", "expanded") for one in reported):
        return None, False
    return _from_words(mail, text, reported, original)


def _from_words(
    mail: Entity, text: str, reported: list[_Recipient], original: str
) -> tuple[Bounce | None, bool]:
    """Read a report that is only words."""
    subject = mail.headers.get("subject")
    delayed = bool(_DELAYS.search(subject)) or (
        not reported and "fail" not in subject.lower() and bool(_DELAYS.search(text[:4000]))
    )
    addresses = failed_addresses(mail, text)
    if not addresses and not delayed and not _SUBJECTS.search(subject):
        return None, False
    address = addresses[0] if addresses else original_recipient(mail, text)
    known = reported[0] if reported else _Recipient("", "", "", "")
    action = "delayed" if delayed else "failed"
    found = _Recipient(address, action, known.status, known.diagnostic)
    return _bounce(found, text, original), delayed


def _bounce(one: _Recipient, text: str, original: str) -> Bounce:
    own_words = _own_words(text, one.address)
    said = one.diagnostic or own_words
    status = status_in(one.status, said)
    return Bounce(
        recipient=one.address,
        hard=one.action == "failed" and is_hard(status, one.diagnostic, own_words),
        status=status,
        reason=one_line(said, 500),
        original_message_id=original,
    )


def _reports(mail: Entity) -> Iterator[str]:
    """Yield the machine-readable reports, not those inside a mail that came back."""
    for child in mail.children:
        if child.content_type in ("message/delivery-status", "message/global-delivery-status"):
            yield part_text(child, _REPORT_BYTES)[0]
        elif child.content_type.startswith("multipart/"):
            yield from _reports(child)


def _reports_inside(mail: Entity) -> Iterator[str]:
    """Yield the reports of a report that another daemon put into its own."""
    if _is_from_daemon(mail.headers):
        for child in mail.children:
            for inner in child.children:
                if inner.content_type == "multipart/report":
                    yield from _reports(inner)


def _recipients(report: str) -> Iterator[_Recipient]:
    """Yield the recipients of a report; the fields of each stand in one block."""
    fields: dict[str, str] = {}
    for name, value in [*_FIELD.findall(report), ("Final-Recipient", "")]:
        name = name.lower()
        complete = "final-recipient" in fields or "original-recipient" in fields
        if complete and name in fields and name in _FIRST_FIELDS:
            yield _recipient(fields)
            fields = {}
        fields.setdefault(name, " ".join(value.split()))
    if any(fields.get(name) for name in ("final-recipient", "original-recipient")):
        yield _recipient(fields)


def _recipient(fields: dict[str, str]) -> _Recipient:
    address = ""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        value = fields.get(name, "")
        address = address or clean_address(value.split(";", 1)[-1])
    status = fields.get("status", "")
    action = (fields.get("action", "").lower().split() or [""])[0].strip("();,")
    if not action and status[:1] in ("4", "5"):
        action = "failed" if status[0] == "5" else "delayed"
    diagnostic = fields.get("diagnostic-code", "")
    return _Recipient(address, action, status, diagnostic.partition(";")[2] or diagnostic)


def _is_from_daemon(headers: Headers) -> bool:
    if "x-failed-recipients" in headers:
        return True
    sender = headers.get("from")
    subject = bool(_SUBJECTS.search(headers.get("subject")))
    empty = [value.strip() for value in headers.all("return-path")[:1]] in (
        ["<>"],
        ["<MAILER-DAEMON>"],
    )
    if re.search(r"mailer-?daemon|^<>$", sender, re.I):
        return True
    return (bool(_DAEMONS.search(sender)) or empty) and (
        subject or bool(_DAEMONS.search(first_address(sender).split("@")[0]))
    )


def _own_words(text: str, address: str) -> str:
    """Return what the server wrote about one address, without the mail that came back."""
    words = RETURNED.split(text, maxsplit=1)[0]
    at = words.lower().find(address) if address else -1
    return words[max(0, at - 300) : at + 1500] if at >= 0 else words[:2000]


def _original_id(mail: Entity, text: str) -> str:
    for part in mail.walk():
        if part is mail:
            continue
        if part.content_type in ("message/rfc822", "message/global") and part.children:
            found = _ORIGINAL_ID.search("message-id: " + part.children[0].headers.get("message-id"))
        elif part.content_type in (
            "text/rfc822-headers",
            "message/rfc822",
            "message/global-headers",
        ):
            found = _ORIGINAL_ID.search(part_text(part, _REPORT_BYTES)[0])
        else:
            continue
        if found:
            return found[1]
    if found := _ORIGINAL_ID.search(text):
        return found[1]
    for name in ("in-reply-to", "references"):
        if found := re.search(r"<[^<>\s]{1,900}>", mail.headers.get(name)):
            return found[0]
    return ""


def _from_provider_json(text: str) -> Bounce | None:
    """Read the notice Amazon SES sends by mail when nothing else is set up."""
    try:
        notice = json.JSONDecoder(strict=False).raw_decode(text.lstrip())[0]
        if isinstance(notice.get("Message"), str):
            notice = json.loads(notice["Message"], strict=False)
        bounce = notice["bounce"]
        one = bounce["bouncedRecipients"][0]
        found = _Recipient(
            clean_address(str(one["emailAddress"])),
            "failed" if bounce.get("bounceType") == "Permanent" else "delayed",
            str(one.get("status", "")),
            str(one.get("diagnosticCode", "")).partition(";")[2],
        )
        return _bounce(found, "", f"<{notice['mail']['messageId']}@email.amazonses.com>")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        return None
