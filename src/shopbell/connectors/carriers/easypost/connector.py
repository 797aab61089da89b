"""EasyPost trackers, webhook and REST.

A newcomer's mistake: hashing the secret as it is. EasyPost normalises it to NFKD first. A second:
`est_delivery_date` is a date written as midnight UTC, not a moment.
"""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field, SecretStr

from shopbell.connections.ports import Account, Family, Health, Incoming, RawRequest, Settings
from shopbell.connectors import signatures
from shopbell.connectors.carriers import payload
from shopbell.connectors.carriers.easypost.vocabulary import CARRIER_NAMES, DETAILS, STATUSES
from shopbell.connectors.carriers.payload import Record
from shopbell.kit.errors import ConnectorError, Permanent, Unsupported
from shopbell.kit.http import Provider
from shopbell.orders.ports import Parsed, ShipmentFacts, ShipmentStatus, SubStatus, TrackingFacts
from shopbell.orders.tracking.carriers import carrier_by_name, carrier_name, public_link
from shopbell.orders.tracking.vocabulary import normalise

PREFIX = "hmac-sha256-hex="


class EasyPostSettings(Settings):
    """What the merchant fills in."""

    webhook_secret: SecretStr = Field(
        min_length=1, description="The webhook secret you gave EasyPost for our address."
    )
    previous_webhook_secret: SecretStr = Field(
        default=SecretStr(""),
        description="The secret before this one. It stays valid until you empty this field.",
    )
    api_key: SecretStr = Field(
        default=SecretStr(""),
        description="Production API key (EZAK…). Without it we only receive.",
    )
    api_base: str = Field(
        default="https://api.easypost.com/v2",
        pattern=r"^https?://",
        description="Address of the API. Change it only for a proxy.",
    )
    register_numbers: bool = Field(
        default=True,
        description="Hand numbers EasyPost does not know yet to EasyPost. It charges for each.",
    )


class EasyPost:
    """The aggregator EasyPost."""

    key: ClassVar[str] = "easypost"
    family: ClassVar[Family] = "carrier"
    title: ClassVar[str] = "EasyPost"
    summary: ClassVar[str] = "Tracking news of about a hundred carriers through EasyPost trackers."
    settings_model: ClassVar[type[Settings]] = EasyPostSettings

    def check(self, account: Account) -> Health:
        """Ask for one tracker with the API key."""
        if not account.settings.api_key.get_secret_value():
            return Health(True, "Ready to receive.", "Without an API key parcels cannot be asked.")
        try:
            _api(account).get("trackers", params={"page_size": 1})
        except ConnectorError as error:
            return Health(
                False, error.message, "Look at the API key and the API address in the settings."
            )
        return Health(True, "EasyPost accepts the key.")

    def verify(self, request: RawRequest, account: Account) -> None:
        """Check `X-Hmac-Signature`: `hmac-sha256-hex=` and hex HMAC-SHA256 of the raw body."""
        settings: EasyPostSettings = account.settings
        given = request.headers.get("x-hmac-signature", "").strip()
        secrets = signatures.open_secrets(settings.webhook_secret, settings.previous_webhook_secret)
        signatures.require(
            given.startswith(PREFIX)
            and signatures.hmac_hex_fits(request.body, given.removeprefix(PREFIX), secrets),
            "EasyPost",
        )

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]:
        """File it under EasyPost's event id."""
        body = payload.record(payload.load(request.body))
        result = payload.record(body.get("result"))
        return [
            Incoming(
                payload.first(body, "id") or payload.fingerprint(request.body),
                payload.first(body, "description") or "unknown",
                payload.moment(result.get("updated_at")) or payload.moment(body.get("created_at")),
            )
        ]

    def parse(self, topic: str, body: bytes, account: Account) -> Parsed:
        """Read the tracker inside an event; other objects (batches, refunds) are not used."""
        result = payload.record(payload.record(payload.load(body)).get("result"))
        kind = payload.first(result, "object")
        if kind not in ("Tracker", ""):
            return Parsed(unused=f"It is about a {kind}, not about a parcel's journey.")
        fact = shipment(result)
        return Parsed((fact,)) if fact else Parsed(unused="It names no tracking number.")

    def track(self, account: Account, tracking_number: str, carrier: str) -> ShipmentFacts:
        """Ask for the parcel; hand the number over if EasyPost does not know it."""
        settings: EasyPostSettings = account.settings
        if not settings.api_key.get_secret_value():
            raise Unsupported("Asking EasyPost needs an API key.")
        api, key = _api(account), carrier_by_name(carrier)
        answer = api.get("trackers", params={"tracking_code": tracking_number}).json("EasyPost")
        found = payload.records(payload.record(answer).get("trackers"))
        fitting = [one for one in found if _carrier(one) == key] or found
        if not fitting and settings.register_numbers:
            wanted = {"tracker": {"tracking_code": tracking_number}}
            fitting = [payload.record(api.post("trackers", json=wanted).json("EasyPost"))]
        fact = shipment(fitting[0]) if fitting else None
        if fact is None:
            raise Permanent(f"EasyPost does not know {tracking_number}.", code="not_found")
        return fact


def _api(account: Account) -> Provider:
    settings: EasyPostSettings = account.settings
    key = settings.api_key.get_secret_value()
    return Provider(settings.api_base, name="EasyPost", auth=(key, ""))


def _carrier(tracker: Record) -> str:
    name = payload.first(tracker, "carrier")
    return CARRIER_NAMES.get(name) or carrier_by_name(name)


def shipment(tracker: Record) -> ShipmentFacts | None:
    """Translate EasyPost's tracker object, or None if it names no number."""
    number = payload.first(tracker, "tracking_code")
    if not number:
        return None
    key = _carrier(tracker)
    details = payload.records(tracker.get("tracking_details"))
    events = tuple(event for entry in details if (event := _scan(entry)) is not None)
    newest = payload.newest(events)
    status, sub_status = _meaning(tracker)
    if newest and (status is None or (status is newest.status and not sub_status)):
        status, sub_status = newest.status, newest.sub_status
    if status is ShipmentStatus.DELIVERED and not sub_status and tracker.get("signed_by"):
        sub_status = SubStatus.SIGNED
    estimate = tracker.get("est_delivery_date")
    return ShipmentFacts(
        tracking_number=number,
        tracking_url=public_link(key, number) or payload.first(tracker, "public_url"),
        carrier=carrier_name(key, payload.first(tracker, "carrier")),
        status=status,
        sub_status=sub_status,
        events=tuple(dict.fromkeys(events)),
        expected_from=payload.day_or_moment(estimate, payload.DAY_STARTS),
        expected_until=payload.day_or_moment(estimate, payload.DAY_ENDS),
        updated_at=newest.happened_at if newest else payload.moment(tracker.get("updated_at")),
        raw=tracker,
    )


def _scan(entry: Record) -> TrackingFacts | None:
    happened_at = payload.moment(entry.get("datetime"))
    status, sub_status = _meaning(entry)
    if happened_at is None or status is None:
        return None
    where = payload.record(entry.get("tracking_location"))
    return TrackingFacts(
        status=status,
        sub_status=sub_status,
        happened_at=happened_at,
        message=payload.first(entry, "message", "description"),
        location=payload.place(where.get("city"), where.get("state"), where.get("country")),
    )


def _meaning(entry: Record) -> tuple[ShipmentStatus | None, SubStatus]:
    """Status and detail by table; words not in it are read as free text."""
    word = payload.first(entry, "status").lower()
    detail = payload.first(entry, "status_detail").lower()
    message = payload.first(entry, "message", "description")
    if word not in STATUSES:
        return normalise(word, message) if word or message else (None, SubStatus.NONE)
    status, sub_status = STATUSES[word]
    if detail in DETAILS:
        finer, finer_sub = DETAILS[detail]
        return finer or status, finer_sub or sub_status
    if word == "unknown" and message:
        return normalise("", message)
    return status, sub_status
