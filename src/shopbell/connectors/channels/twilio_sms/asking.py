"""Asking Twilio for the texts that came while nobody listened, and what became of ours.

Twilio tries a webhook twice within fifteen seconds and then never again (reliability R-25), but
keeps the messages. They are stored under the ids and in the form that the webhook would have had.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from shopbell.connections.ports import Account
from shopbell.connectors.channels.twilio_sms.client import api, media_url, path
from shopbell.connectors.channels.twilio_sms.settings import TwilioSmsSettings
from shopbell.connectors.channels.twilio_sms.webhooks import MESSAGE
from shopbell.kit import clock
from shopbell.kit.errors import Permanent
from shopbell.messaging.ports import Missed

PAGE = 200
MOST_PAGES = 500
_ORDER = timedelta(hours=1)  # how far the list may be out of order
_FINAL = ("delivered", "undelivered", "failed", "read", "canceled")


def missed(account: Account, since: datetime) -> Missed:
    """Return everything that was received, or came to an end, since then.

    Raises:
        Temporary, Permanent: Twilio did not answer all of it; nothing is known then.
    """
    begun = clock.now()
    bodies: dict[str, bytes] = {}
    for message in _listed(account.settings, since):
        form = _form_of(account.settings, message)
        if form:
            bodies[_key(form)] = urlencode(form).encode()
    return Missed(bodies=bodies, topic=MESSAGE, until=begun)


def _listed(settings: TwilioSmsSettings, since: datetime) -> Iterator[dict[str, Any]]:
    """Yield the messages since then, page by page. Twilio lists the newest first."""
    client = api(settings)
    # Only whole days can be asked for with certainty, so what is older is left out here.
    wanted: dict[str, Any] | None = {
        "DateSent>": f"{since.astimezone(UTC):%Y-%m-%d}",
        "PageSize": PAGE,
    }
    place = path(settings, "Messages")
    for _ in range(MOST_PAGES):
        answer = client.get(place, params=wanted).json("Twilio")
        rows = answer.get("messages") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise Permanent("Twilio lists no messages in its answer.", code="unreadable")
        if rows and all(_is_long_before(row, since) for row in rows):
            return
        for row in rows:
            moment = _date(row.get("date_sent") or row.get("date_created"))
            changed = _date(row.get("date_updated")) or moment
            if changed is None or changed >= since or (moment and moment >= since):
                yield row
        following = answer.get("next_page_uri")
        if not following:
            return
        place, wanted = _own_path(settings, str(following)), None
    raise Permanent("Twilio lists more messages than can be read at once.", code="too_many")


def _is_long_before(row: dict[str, Any], since: datetime) -> bool:
    made = _date(row.get("date_created") or row.get("date_sent"))
    return made is not None and made < since - _ORDER


def _own_path(settings: TwilioSmsSettings, following: str) -> str:
    """Return the next page's path; Twilio gives it without its host."""
    start = path(settings, "Messages").removesuffix(".json")
    if not following.lstrip("/").startswith(start):
        raise Permanent("Twilio's next page lies somewhere else.", code="unreadable")
    return following


def _form_of(settings: TwilioSmsSettings, row: dict[str, Any]) -> dict[str, str]:
    """Return a listed message as the form its webhook would have been, {} if it had none."""
    sid, status = str(row.get("sid") or ""), str(row.get("status") or "")
    inbound = str(row.get("direction") or "") == "inbound"
    if not sid or not (inbound or status in _FINAL):
        return {}
    common = {
        "MessageSid": sid,
        "AccountSid": settings.account_sid,
        "From": str(row.get("from") or ""),
        "To": str(row.get("to") or ""),
    }
    sent = str(row.get("date_sent") or row.get("date_created") or "")
    if inbound:
        return {
            **common,
            "SmsStatus": "received",
            "Body": str(row.get("body") or ""),
            "DateSent": sent,
            **_media(settings, sid, row),
        }
    code = row.get("error_code")
    return {
        **common,
        "MessageStatus": status,
        "ErrorCode": str(code or ""),
        "ErrorMessage": str(row.get("error_message") or ""),
        "DateUpdated": str(row.get("date_updated") or sent),
    }


def _media(settings: TwilioSmsSettings, sid: str, row: dict[str, Any]) -> dict[str, str]:
    """Return the fields that name the files of a message; they have to be asked for."""
    if str(row.get("num_media") or "0") == "0":
        return {}
    answer = api(settings).get(path(settings, f"Messages/{sid}/Media")).json("Twilio")
    rows = answer.get("media_list", []) if isinstance(answer, dict) else []
    fields = {"NumMedia": str(len(rows))}
    for number, media in enumerate(rows):
        fields[f"MediaUrl{number}"] = media_url(settings, sid, str(media.get("sid")))
        fields[f"MediaContentType{number}"] = str(media.get("content_type") or "")
    return fields


def _key(form: dict[str, str]) -> str:
    """Return the id under which the webhook would have been stored."""
    sid = form["MessageSid"]
    return sid if "SmsStatus" in form else f"{sid}:{form['MessageStatus']}"


def _date(said: Any) -> datetime | None:
    try:
        return parsedate_to_datetime(str(said)) if said else None
    except ValueError:
        return None
