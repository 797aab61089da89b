"""The `twilio_voice` channel: a phone number at Twilio."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from shopbell.calls.ports import TOPIC, Heard
from shopbell.calls.script import next_script
from shopbell.connections.ports import Account, Family, Health, Incoming, RawRequest, Settings
from shopbell.connectors.channels.twilio_signatures import require_signature
from shopbell.connectors.channels.twilio_voice.settings import TwilioVoiceSettings
from shopbell.connectors.channels.twilio_voice.twiml import KIND, Writer
from shopbell.connectors.channels.twilio_voice.webhooks import (
    OVER,
    asked_of,
    heard_in,
    is_news,
    name_of,
)
from shopbell.kit.errors import ConnectorError, Permanent, Temporary, Unsupported
from shopbell.kit.http import Provider
from shopbell.messaging.ports import Capabilities, ChannelSession, Medium, Missed, Receipt

NAME = "Twilio"
VERSION = "2010-04-01"
RECORDING_BYTES = 20_000_000
AGENT_SECONDS = 25
MOST_PAGES = 50


class TwilioVoice:
    """Calls through Twilio."""

    key: ClassVar[str] = "twilio_voice"
    family: ClassVar[Family] = "channel"
    title: ClassVar[str] = "Phone (Twilio)"
    summary: ClassVar[str] = "Customers call your number; missed calls are called back as promised."
    settings_model: ClassVar[type[Settings]] = TwilioVoiceSettings
    capabilities: ClassVar[Capabilities] = Capabilities(medium=Medium.PHONE, sends=False)

    def address(self, settings: Any) -> str:
        """Return the number customers call."""
        return str(settings.from_)

    def check(self, account: Account) -> Health:
        """Ask for the number, and whether its calls come to us."""
        try:
            found = self._get(
                account, "IncomingPhoneNumbers.json", {"PhoneNumber": account.settings.from_}
            )
        except ConnectorError as error:
            return Health(False, str(error), "Check the Account SID and the Auth Token.")
        numbers = found.get("incoming_phone_numbers") or []
        if not numbers:
            return Health(
                False,
                f"The account has no number {account.settings.from_}.",
                "Buy it at Twilio, or write the one you have.",
            )
        return _health_of(numbers[0], account.webhook_url)

    def open(self, account: Account) -> ChannelSession:
        """Refuse: nothing is written by phone."""
        raise Unsupported("Messages cannot be sent by phone call.")

    def receipts(self, topic: str, body: bytes, account: Account) -> list[Receipt]:
        """Return none: calls have none."""
        return []

    def verify(self, request: RawRequest, account: Account) -> None:
        """Check Twilio's signature."""
        require_signature(request, account.webhook_url, account.settings.tokens())

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]:
        """File it under its call and step; a question that tells nothing is not stored."""
        name = name_of(request)
        return [Incoming(name, TOPIC)] if name else []

    def answer(self, request: RawRequest, account: Account) -> tuple[str, str]:
        """Say what the person on the phone hears next."""
        writer = Writer(account.webhook_url, transcribe=account.settings.transcribe)
        if is_news(request):
            return KIND, writer.write([])
        script = next_script(asked_of(request), account, account.settings.from_)
        return KIND, writer.write(script)

    def heard(self, provider_id: str, body: bytes, account: Account) -> list[Heard]:
        """Translate one stored webhook."""
        return heard_in(provider_id, body)

    def place(self, account: Account, *, call: uuid.UUID, agent: str) -> str:
        """Have the agent rung. Twilio knows no key that would make a second try harmless."""
        at, ours = account.webhook_url, str(call)
        made = self._provider(account).request_json(
            "POST",
            self._path(account, "Calls.json"),
            data={
                "To": agent,
                "From": account.settings.from_,
                "Url": f"{at}?{urlencode([('step', 'bridge'), ('call', ours)])}",
                "StatusCallback": f"{at}?{urlencode([('news', 'status'), ('call', ours)])}",
                "Timeout": str(AGENT_SECONDS),
            },
        )
        return str(made["sid"])

    def recording(self, account: Account, recording_id: str) -> bytes:
        """Return a recording as MP3."""
        if not recording_id.isalnum():
            raise Permanent("This is no recording of Twilio's.")
        provider = self._provider(account, max_bytes=RECORDING_BYTES)
        try:
            return provider.get(self._path(account, f"Recordings/{recording_id}.mp3")).body
        except Permanent as error:
            if error.code != "not_found":
                raise
            raise Temporary("The recording is not ready at Twilio.") from None

    def look(self, account: Account, provider_id: str) -> Heard | None:
        """Ask how a call ended."""
        found = self._get(account, f"Calls/{provider_id}.json", {})
        if found.get("status") not in OVER:
            return None
        return heard_in(f"ended:{provider_id}:", _as_webhook(found))[0]

    def missed(self, account: Account, since: datetime) -> Missed:
        """Return calls that came in since then, as the news of their end."""
        asked = {"To": account.settings.from_, "StartTime>": since.strftime("%Y-%m-%d")}
        bodies: dict[str, bytes] = {}
        until, page = datetime.now(UTC), self._get(account, "Calls.json", asked)
        for _ in range(MOST_PAGES):
            for call in page.get("calls") or []:
                if _counts(call, since):
                    bodies[f"ended:{call['sid']}:"] = _as_webhook(call)
            following = page.get("next_page_uri")
            if not following:
                break
            page = self._provider(account).request_json("GET", str(following))
        return Missed(bodies, TOPIC, until)

    def _provider(self, account: Account, **options: Any) -> Provider:
        login = (account.settings.account_sid, account.settings.auth_token.get_secret_value())
        return Provider(account.settings.api_base, name=NAME, auth=login, **options)

    def _path(self, account: Account, rest: str) -> str:
        return f"/{VERSION}/Accounts/{account.settings.account_sid}/{rest}"

    def _get(self, account: Account, rest: str, params: dict[str, str]) -> dict[str, Any]:
        provider, path = self._provider(account), self._path(account, rest)
        found: dict[str, Any] = provider.request_json("GET", path, params=params)
        return found


def _health_of(number: dict[str, Any], address: str) -> Health:
    """Say whether Twilio asks us what to do with calls."""
    if number.get("voice_url") != address:
        return Health(
            False,
            "Calls to this number do not come here.",
            f"At Twilio, under “A call comes in”, paste {address} with HTTP POST.",
        )
    if number.get("status_callback") != address:
        return Health(
            False,
            "Twilio does not tell us when a call ends.",
            f"At Twilio, under “Call status changes”, paste {address} with HTTP POST.",
        )
    name = str(number.get("friendly_name") or number.get("phone_number"))
    return Health(True, f"Twilio knows {name}, and its calls come here.")


def _counts(call: dict[str, Any], since: datetime) -> bool:
    """Whether a listed call came in from outside, is over, and began since then."""
    if call.get("direction") != "inbound" or call.get("status") not in OVER:
        return False
    begun = call.get("start_time")
    return not begun or parsedate_to_datetime(str(begun)) >= since


def _as_webhook(call: dict[str, Any]) -> bytes:
    """Return a call as the API has it in the form of the webhook about its end."""
    return urlencode(
        {
            "CallSid": call.get("sid") or "",
            "From": call.get("from") or "",
            "To": call.get("to") or "",
            "CallStatus": call.get("status") or "",
            "CallDuration": call.get("duration") or "0",
            "Direction": call.get("direction") or "",
        }
    ).encode()
