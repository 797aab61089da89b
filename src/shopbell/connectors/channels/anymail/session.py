"""Handing mails to a provider's API, one request each.

A newcomer's mistake: treating every 5xx and every lost answer alike. Once a request has left, only
an explicit refusal proves that the mail was not taken; everything else is `IN_DOUBT`.
"""

import re
from collections.abc import Sequence
from typing import Any

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailInvalidAddress
from django.core.mail import EmailMultiAlternatives
from urllib3.exceptions import MaxRetryError, NewConnectionError

from shopbell.connectors.channels.anymail.backends import make_backend
from shopbell.connectors.channels.anymail.settings import AnymailSettings
from shopbell.kit.errors import Invalid
from shopbell.kit.mail.addresses import parse_address
from shopbell.kit.mail.headers import address_header, custom_header, text_header
from shopbell.kit.text import one_line
from shopbell.messaging.ports import FailureCode, Outcome, OutcomeKind, OutgoingMessage

METADATA_KEY = "shopbell_message"

_STATUSES: dict[str, tuple[OutcomeKind, str]] = {
    "sent": (OutcomeKind.ACCEPTED, ""),
    "queued": (OutcomeKind.ACCEPTED, ""),
    "unknown": (OutcomeKind.ACCEPTED, ""),
    "invalid": (OutcomeKind.PERMANENT, FailureCode.UNKNOWN_ADDRESS),
    "rejected": (OutcomeKind.PERMANENT, FailureCode.REFUSED),
    "failed": (OutcomeKind.PERMANENT, FailureCode.REFUSED),
}
# Refusals by HTTP status; other 4xx are final. A wrong key is mended by the merchant, and the
# mails wait for that.
_BY_HTTP: dict[int, tuple[OutcomeKind, str]] = {
    401: (OutcomeKind.TEMPORARY, FailureCode.AUTHENTICATION),
    403: (OutcomeKind.TEMPORARY, FailureCode.AUTHENTICATION),
    408: (OutcomeKind.IN_DOUBT, ""),
    413: (OutcomeKind.PERMANENT, FailureCode.TOO_LARGE),
    425: (OutcomeKind.TEMPORARY, ""),
    429: (OutcomeKind.TEMPORARY, ""),
    503: (OutcomeKind.TEMPORARY, ""),
}
# Error names of the AWS API, which uses HTTP 400 for nearly everything.
_BY_AWS: dict[str, tuple[OutcomeKind, str]] = {
    "AccessDeniedException": (OutcomeKind.TEMPORARY, FailureCode.AUTHENTICATION),
    "ExpiredTokenException": (OutcomeKind.TEMPORARY, FailureCode.AUTHENTICATION),
    "InvalidClientTokenId": (OutcomeKind.TEMPORARY, FailureCode.AUTHENTICATION),
    "InvalidSignatureException": (OutcomeKind.TEMPORARY, FailureCode.AUTHENTICATION),
    "LimitExceededException": (OutcomeKind.TEMPORARY, ""),
    "MailFromDomainNotVerifiedException": (OutcomeKind.PERMANENT, FailureCode.AUTHENTICATION),
    "MessageRejected": (OutcomeKind.PERMANENT, FailureCode.REFUSED),
    "SendingPausedException": (OutcomeKind.TEMPORARY, ""),
    "SignatureDoesNotMatch": (OutcomeKind.TEMPORARY, FailureCode.AUTHENTICATION),
    "ThrottlingException": (OutcomeKind.TEMPORARY, ""),
    "TooManyRequestsException": (OutcomeKind.TEMPORARY, ""),
    "UnrecognizedClientException": (OutcomeKind.TEMPORARY, FailureCode.AUTHENTICATION),
}
# The request surely did not leave: names, because botocore is an extra.
_NEVER_LEFT = frozenset(
    {"ConnectTimeoutError", "EndpointConnectionError", "NoCredentialsError", "ConnectTimeout"}
)
_WAIT_FOR_MERCHANT = 300.0
_NUMBER = re.compile(r"\d+(\.\d+)?")


class AnymailSession:
    """A kept-alive connection to one provider's API."""

    def __init__(self, settings: AnymailSettings, address: str = "") -> None:
        self._settings = settings
        self._address = address
        self._backend = make_backend(settings)
        self._backend.open()
        session = getattr(self._backend, "session", None)
        if isinstance(session, requests.Session):
            session.trust_env = False  # no proxies and logins from the environment

    def send(self, messages: Sequence[OutgoingMessage]) -> list[Outcome]:
        """Hand the messages over, one request each."""
        return [self._send_one(message) for message in messages]

    def close(self) -> None:
        """Close the connection."""
        self._backend.close()

    def _send_one(self, message: OutgoingMessage) -> Outcome:
        try:
            parse_address(message.to)
        except Invalid as error:
            return _permanent(FailureCode.UNKNOWN_ADDRESS, error.message)
        try:
            mail = build_mail(message, self._settings, self._address)
        except (Invalid, ValueError) as error:
            return _permanent(FailureCode.BAD_CONTENT, str(error))
        try:
            self._backend.send_messages([mail])
        except AnymailAPIError as error:
            return judge_error(error)
        except (AnymailInvalidAddress, AnymailError) as error:  # raised before anything was sent
            return _permanent(FailureCode.BAD_CONTENT, one_line(str(error), 300))
        return _judge_status(mail.anymail_status, message.to)


def build_mail(message: OutgoingMessage, settings: AnymailSettings, address: str) -> Any:
    """Return the message as Django mail, with our id as metadata where the provider has that.

    Raises:
        Invalid: a header or an address cannot be sent.
    """
    sender = parse_address(message.from_address or address)
    identity = message.message_id or f"<{message.id}@{sender.domain}>"
    text_header("Subject", message.subject)
    for name, value in message.headers:
        custom_header(name, value)
    mail: Any = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        from_email=_mailbox("From", message.from_name or settings.from_name, str(sender)),
        to=[_mailbox("To", message.to_name, message.to)],
        reply_to=[str(parse_address(message.reply_to))] if message.reply_to else None,
        headers={"Message-ID": identity, **dict(message.headers)},
        cc=[str(parse_address(each)) for each in message.cc],
        bcc=[str(parse_address(each)) for each in message.bcc],
    )
    for file in message.files:
        mail.attach(file.name, file.content(), file.content_type)
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    traits = settings.traits
    fits = not traits.metadata_limit or len(identity) <= traits.metadata_limit
    if traits.metadata and fits:
        mail.metadata = {METADATA_KEY: identity}
    return mail


def judge_error(error: AnymailAPIError) -> Outcome:
    """Return the outcome of a request that failed."""
    if error.status_code is None:
        return _judge_without_answer(error)
    status = int(error.status_code)
    detail = one_line(f"{status} {_words(error.response)}", 300)
    kind, code = _BY_HTTP.get(status) or (
        (OutcomeKind.PERMANENT, FailureCode.REFUSED)
        if 400 <= status < 500
        else (OutcomeKind.IN_DOUBT, "")
    )
    wait = _retry_after(error.response.headers) if kind is OutcomeKind.TEMPORARY else None
    if code is FailureCode.AUTHENTICATION and wait is None:
        wait = _WAIT_FOR_MERCHANT
    return Outcome(kind, code=code, detail=detail, retry_after=wait)


def _judge_without_answer(error: AnymailAPIError) -> Outcome:
    cause = error.__cause__
    answer = getattr(cause, "response", None)
    if isinstance(answer, dict) and "Error" in answer:
        return _judge_aws(answer)
    detail = one_line(str(cause or error), 300)
    if _never_left(cause):
        return Outcome(OutcomeKind.TEMPORARY, detail=detail)
    return Outcome(OutcomeKind.IN_DOUBT, detail=detail)


def _judge_aws(answer: dict[str, Any]) -> Outcome:
    name = str(answer["Error"].get("Code", ""))
    status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    detail = one_line(f"{name}: {answer['Error'].get('Message', '')}", 300)
    kind, code = (
        _BY_AWS.get(name)
        or _BY_HTTP.get(status)
        or (
            (OutcomeKind.PERMANENT, FailureCode.REFUSED)
            if 400 <= status < 500
            else (OutcomeKind.IN_DOUBT, "")
        )
    )
    wait = _WAIT_FOR_MERCHANT if code is FailureCode.AUTHENTICATION else None
    return Outcome(kind, code=code, detail=detail, retry_after=wait)


def _never_left(cause: BaseException | None) -> bool:
    if type(cause).__name__ in _NEVER_LEFT:
        return True
    inner = cause.args[0] if cause is not None and cause.args else None
    reason = inner.reason if isinstance(inner, MaxRetryError) else inner
    return isinstance(reason, NewConnectionError) or isinstance(cause, requests.exceptions.SSLError)


def _judge_status(status: Any, to: str) -> Outcome:
    """Read what the provider said about the one recipient; copies count for themselves."""
    recipient = status.recipients.get(to) or next(iter(status.recipients.values()), None)
    word = (recipient.status if recipient is not None else None) or "unknown"
    kind, code = _STATUSES[word]
    identity = (recipient.message_id if recipient is not None else None) or ""
    detail = "" if kind is OutcomeKind.ACCEPTED else f"The provider says: {word}."
    return Outcome(kind, provider_id=str(identity), code=code, detail=detail)


def _mailbox(field: str, name: str, address: str) -> str:
    """Return `"Name" <address>` in Unicode; refuses what a header cannot hold."""
    parsed = parse_address(address)
    address_header(field, name, parsed)
    if not name:
        return str(parsed)
    escaped = name.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}" <{parsed}>'


def _words(response: Any) -> str:
    return str(getattr(response, "text", "") or getattr(response, "reason", ""))


def _retry_after(headers: Any) -> float | None:
    value = str(headers.get("Retry-After", ""))
    return min(float(value), 86_400.0) if _NUMBER.fullmatch(value) else None


def _permanent(code: FailureCode, detail: str) -> Outcome:
    return Outcome(OutcomeKind.PERMANENT, code=code, detail=detail)
