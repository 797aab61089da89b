"""Talking to Twilio: where its API lies, what it answers, and its files."""

import re
from typing import Any
from urllib.parse import urlsplit

from shopbell.connectors.channels.twilio_sms.settings import TwilioSmsSettings
from shopbell.kit.errors import Permanent, Temporary
from shopbell.kit.http import Provider, PublicFetcher, Reply

VERSION = "2010-04-01"
FILE_BYTES = 10 * 1024 * 1024  # what we take; Twilio itself takes 5 MB
# Where Twilio sends us on to for the bytes. They are fetched without our key, by the safe fetcher.
_STORES = (".twiliocdn.com", ".twilio.com", ".amazonaws.com")
_MEDIA = re.compile(
    rf"/{VERSION}/Accounts/(AC[0-9a-f]{{32}})/Messages/([A-Z]{{2}}[0-9a-f]{{32}})/Media/(ME[0-9a-f]{{32}})"
)


def api(settings: TwilioSmsSettings, **options: Any) -> Provider:
    """Return a client with the account's key."""
    key = (settings.account_sid, settings.auth_token.get_secret_value())
    limits: dict[str, Any] = {"read_timeout": settings.timeout, "total_timeout": settings.timeout}
    return Provider(settings.api_base, name="Twilio", auth=key, **(limits | options))


def path(settings: TwilioSmsSettings, name: str) -> str:
    """Return the path of something of the account, such as `Messages`."""
    return f"{VERSION}/Accounts/{settings.account_sid}/{name}.json"


def media_url(settings: TwilioSmsSettings, message: str, media: str) -> str:
    """Return the address of a file as Twilio's webhooks give it."""
    base = settings.api_base.rstrip("/")
    return f"{base}/{VERSION}/Accounts/{settings.account_sid}/Messages/{message}/Media/{media}"


def fetch_media(settings: TwilioSmsSettings, url: str) -> bytes:
    """Return a file of a message. Our key goes to the API's own address and nowhere else.

    Raises:
        Permanent: the address is none of Twilio's (`refused_address`), or the file is gone.
        Temporary: try again.
    """
    place = _place(settings, url)
    reply = api(settings, max_bytes=FILE_BYTES).ask("GET", place, follow=False)
    if reply.status in (301, 302, 303, 307, 308):
        return _elsewhere(settings, reply)
    return _content(reply)


def _place(settings: TwilioSmsSettings, url: str) -> str:
    """Return the path of a file, or refuse."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused() from None
    base = urlsplit(settings.api_base)
    at_base = (parts.scheme, parts.hostname, port) == (base.scheme, base.hostname, base.port)
    host = parts.hostname or ""
    at_twilio = (
        parts.scheme == "https"
        and port in (None, 443)
        and (
            host == "api.twilio.com"
            or bool(re.fullmatch(r"api(\.[a-z0-9]+){1,2}\.twilio\.com", host))
        )
    )
    found = _MEDIA.fullmatch(parts.path)
    clean = parts.username is None and parts.password is None and not parts.query
    if not (clean and found and (at_base or at_twilio)):
        raise _refused()
    return parts.path


def _elsewhere(settings: TwilioSmsSettings, reply: Reply) -> bytes:
    """Follow Twilio to where the bytes lie, without our key."""
    target = reply.headers.get("location", "")
    host = urlsplit(target).hostname or ""
    if not any(host.endswith(store) for store in _STORES):
        raise Permanent(
            f"Twilio sends us on to {host[:80]} for a file, which is not a place of Twilio's.",
            code="refused_address",
        )
    return PublicFetcher(max_bytes=FILE_BYTES, total_timeout=30).fetch(target).body


def _content(reply: Reply) -> bytes:
    if reply.status == 404:
        raise Permanent("Twilio does not have this file any more.", code="not_found")
    if reply.status in (401, 403):
        raise Permanent("Twilio does not accept the key for this file.", code="unauthorised")
    if not 200 <= reply.status < 300:
        raise Temporary(f"Twilio does not give the file just now ({reply.status}).")
    return reply.body


def _refused() -> Permanent:
    return Permanent(
        "The address of this file is none of Twilio's, so it was not fetched.",
        code="refused_address",
    )
