"""AfterShip Tracking, webhook and REST.

A newcomer's mistake: the header signs the *raw* body; parsing and re-serialising it breaks the
signature. Times of checkpoints often have no zone, then they are the carrier's local time.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import Field, SecretStr

from shopbell.connections.ports import Account, Family, Health, Incoming, RawRequest, Settings
from shopbell.connectors import signatures
from shopbell.connectors.carriers import payload
from shopbell.connectors.carriers.aftership.vocabulary import SLUGS, SUBTAGS, TAGS
from shopbell.connectors.carriers.payload import Record
from shopbell.kit.errors import ConnectorError, Permanent, Unsupported
from shopbell.kit.http import Provider
from shopbell.orders.ports import Parsed, ShipmentFacts, ShipmentStatus, SubStatus, TrackingFacts
from shopbell.orders.tracking.carriers import carrier_by_name, carrier_name, public_link
from shopbell.orders.tracking.vocabulary import normalise


class AfterShipSettings(Settings):
    """What the merchant fills in."""

    webhook_secret: SecretStr = Field(
        min_length=1, description="Webhook secret, from AfterShip: Settings, Webhooks."
    )
    previous_webhook_secret: SecretStr = Field(
        default=SecretStr(""),
        description="The secret before this one. It stays valid until you empty this field.",
    )
    api_key: SecretStr = Field(
        default=SecretStr(""),
        description="API key with access to Tracking. Without it we only receive.",
    )
    api_base: str = Field(
        default="https://api.aftership.com/tracking/2025-04",
        pattern=r"^https?://",
        description="Address of the API with its version. Change it only for a proxy.",
    )
    register_numbers: bool = Field(
        default=True,
        description="Hand numbers AfterShip does not know yet to AfterShip. It charges for each.",
    )


class AfterShip:
    """The aggregator AfterShip."""

    key: ClassVar[str] = "aftership"
    family: ClassVar[Family] = "carrier"
    title: ClassVar[str] = "AfterShip"
    summary: ClassVar[str] = "Tracking news of more than a thousand carriers through AfterShip."
    settings_model: ClassVar[type[Settings]] = AfterShipSettings

    def check(self, account: Account) -> Health:
        """Ask for one tracking with the API key."""
        if not account.settings.api_key.get_secret_value():
            return Health(True, "Ready to receive.", "Without an API key parcels cannot be asked.")
        try:
            _api(account).get("trackings", params={"limit": 1})
        except ConnectorError as error:
            return Health(
                False, error.message, "Look at the API key and the API address in the settings."
            )
        return Health(True, "AfterShip accepts the key.")

    def verify(self, request: RawRequest, account: Account) -> None:
        """Check `aftership-hmac-sha256`: base64 HMAC-SHA256 of the raw body."""
        settings: AfterShipSettings = account.settings
        given = request.headers.get("aftership-hmac-sha256", "")
        secrets = signatures.open_secrets(settings.webhook_secret, settings.previous_webhook_secret)
        signatures.require(signatures.hmac_base64_fits(request.body, given, secrets), "AfterShip")

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]:
        """File it under AfterShip's event id."""
        body = payload.record(payload.load(request.body))
        return [
            Incoming(
                payload.first(body, "event_id") or payload.fingerprint(request.body),
                payload.first(body, "event") or "tracking_update",
                payload.moment(body.get("ts")),
            )
        ]

    def parse(self, topic: str, body: bytes, account: Account) -> Parsed:
        """Read `msg`, the whole tracking with all its checkpoints."""
        message = payload.record(payload.record(payload.load(body)).get("msg"))
        fact = shipment(message)
        return Parsed((fact,)) if fact else Parsed(unused="It names no tracking number.")

    def track(self, account: Account, tracking_number: str, carrier: str) -> ShipmentFacts:
        """Ask for the parcel; hand the number over if AfterShip does not know it."""
        settings: AfterShipSettings = account.settings
        if not settings.api_key.get_secret_value():
            raise Unsupported("Asking AfterShip needs an API key.")
        api, key = _api(account), carrier_by_name(carrier)
        slug = next((slug for slug, ours in SLUGS.items() if ours == key), "")
        found = _trackings(
            api.get("trackings", params={"tracking_numbers": tracking_number}).json()
        )
        fitting = [one for one in found if _carrier(one) == key] or found
        if not fitting and settings.register_numbers:
            wanted = {"tracking_number": tracking_number} | ({"slug": slug} if slug else {})
            fitting = _trackings(api.post("trackings", json=wanted).json())
        fact = shipment(fitting[0]) if fitting else None
        if fact is None:
            raise Permanent(f"AfterShip does not know {tracking_number}.", code="not_found")
        return fact


def _api(account: Account) -> Provider:
    settings: AfterShipSettings = account.settings
    headers = {"as-api-key": settings.api_key.get_secret_value()}
    return Provider(settings.api_base, name="AfterShip", headers=headers)


def _trackings(answer: Any) -> list[Record]:
    """Find the trackings in an answer; versions of the API nest them differently."""
    data = payload.record(payload.record(answer).get("data"))
    many = payload.records(data.get("trackings"))
    one = payload.record(data.get("tracking")) or (data if data.get("tracking_number") else {})
    return many or ([one] if one else [])


def _carrier(tracking: Record) -> str:
    slug = payload.first(tracking, "slug")
    return SLUGS.get(slug) or carrier_by_name(slug)


def shipment(tracking: Record) -> ShipmentFacts | None:
    """Translate AfterShip's tracking object, or None if it names no number."""
    number = payload.first(tracking, "tracking_number")
    if not number:
        return None
    key = _carrier(tracking)
    checkpoints = payload.records(tracking.get("checkpoints"))
    events = tuple(event for entry in checkpoints if (event := _scan(entry)) is not None)
    newest = payload.newest(events)
    status, sub_status = _meaning(tracking)
    if status is None and newest:
        status, sub_status = newest.status, newest.sub_status
    expected_from, expected_until = _expected(tracking)
    return ShipmentFacts(
        tracking_number=number,
        tracking_url=payload.first(tracking, "courier_tracking_link") or public_link(key, number),
        carrier=carrier_name(key, payload.first(tracking, "slug")),
        status=status,
        sub_status=sub_status,
        events=tuple(dict.fromkeys(events)),
        expected_from=expected_from,
        expected_until=expected_until,
        pickup_point=payload.first(tracking, "pickup_location"),
        updated_at=newest.happened_at if newest else payload.moment(tracking.get("updated_at")),
        raw=tracking,
    )


def _expected(tracking: Record) -> tuple[Any, Any]:
    """Prefer the carrier's own estimate, then AfterShip's, then the old single field."""
    for key in ("courier_estimated_delivery_date", "aftership_estimated_delivery_date"):
        estimate = payload.record(tracking.get(key))
        likely = estimate.get("estimated_delivery_date")
        low = estimate.get("estimated_delivery_date_min") or likely
        high = estimate.get("estimated_delivery_date_max") or likely
        if low or high:
            return (
                payload.day_or_moment(low, payload.DAY_STARTS),
                payload.day_or_moment(high, payload.DAY_ENDS),
            )
    single = tracking.get("expected_delivery")
    return (
        payload.day_or_moment(single, payload.DAY_STARTS),
        payload.day_or_moment(single, payload.DAY_ENDS),
    )


def _scan(entry: Record) -> TrackingFacts | None:
    happened_at = payload.moment(entry.get("checkpoint_time")) or payload.moment(
        entry.get("created_at")
    )
    status, sub_status = _meaning(entry)
    if happened_at is None or status is None:
        return None
    return TrackingFacts(
        status=status,
        sub_status=sub_status,
        happened_at=happened_at,
        message=payload.first(entry, "message", "subtag_message"),
        location=payload.first(entry, "location")
        or payload.place(entry.get("city"), entry.get("state"), entry.get("country_name")),
    )


def _meaning(entry: Record) -> tuple[ShipmentStatus | None, SubStatus]:
    tag, subtag = payload.first(entry, "tag"), payload.first(entry, "subtag")
    status = TAGS.get(tag) or TAGS.get(subtag.split("_")[0])
    if status is not None:
        return status, SUBTAGS.get(subtag, SubStatus.NONE)
    message = payload.first(entry, "message", "subtag_message")
    return normalise(tag, message) if tag or message else (None, SubStatus.NONE)
