"""Any carrier, through a webhook signed as Standard Webhooks describe. It only pushes.

A newcomer's mistake: trusting `status` alone. The newest of `events` counts when `status` is
missing, and words we do not know are read by `orders.tracking.vocabulary`.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import Field, SecretStr

from shopbell.connections.ports import Account, Family, Health, Incoming, RawRequest, Settings
from shopbell.connectors import signatures
from shopbell.connectors.carriers import payload
from shopbell.connectors.carriers.payload import Record
from shopbell.kit.errors import Invalid, Unsupported
from shopbell.orders.ports import Parsed, ShipmentFacts, ShipmentStatus, SubStatus, TrackingFacts
from shopbell.orders.tracking.carriers import carrier_by_name, public_link
from shopbell.orders.tracking.vocabulary import normalise


class GenericCarrierSettings(Settings):
    """What the merchant fills in."""

    webhook_secret: SecretStr = Field(
        min_length=16,
        description="The secret the sender signs with: 16 characters or more, or whsec_….",
    )
    previous_webhook_secret: SecretStr = Field(
        default=SecretStr(""),
        description="The secret before this one. It stays valid until you empty this field.",
    )
    carrier: str = Field(
        default="",
        max_length=80,
        description="The carrier's name, used when a message does not name one.",
    )


class GenericCarrier:
    """A carrier that sends our documented JSON."""

    key: ClassVar[str] = "generic_carrier"
    family: ClassVar[Family] = "carrier"
    title: ClassVar[str] = "Any carrier (signed webhook)"
    summary: ClassVar[str] = "Your carrier, warehouse or own script posts each scan as signed JSON."
    settings_model: ClassVar[type[Settings]] = GenericCarrierSettings

    def check(self, account: Account) -> Health:
        """There is nobody to ring up: say where the messages must go."""
        return Health(
            ok=True,
            summary="Ready. This connection only receives, so it cannot be tried from here.",
            hint=f"Let the sender post one signed message to {account.webhook_url or 'its address'}"
            " and look whether it arrives below.",
        )

    def verify(self, request: RawRequest, account: Account) -> None:
        """Check `webhook-signature` over id, timestamp and body; five minutes of tolerance."""
        settings: GenericCarrierSettings = account.settings
        headers = request.headers
        signatures.require(
            signatures.standard_fits(
                request.body,
                headers.get("webhook-id", ""),
                headers.get("webhook-timestamp", ""),
                headers.get("webhook-signature", ""),
                signatures.open_secrets(settings.webhook_secret, settings.previous_webhook_secret),
            ),
            "carrier",
        )

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]:
        """File it under the sender's message id; a retry carries the same one."""
        payload.load(request.body)
        provider_id = request.headers.get("webhook-id", "")[:200]
        if not provider_id:
            raise Invalid("The header webhook-id is missing.")
        sent_at = signatures.stamp(request.headers.get("webhook-timestamp", ""))
        return [Incoming(provider_id, "tracking", sent_at)]

    def parse(self, topic: str, body: bytes, account: Account) -> Parsed:
        """Read one parcel, or a list of parcels."""
        value = payload.load(body)
        parcels = payload.records(value) if isinstance(value, list) else [value]
        facts = tuple(
            fact for parcel in parcels if (fact := _shipment(parcel, account.settings)) is not None
        )
        return Parsed(facts) if facts else Parsed(unused="It names no tracking number.")

    def track(self, account: Account, tracking_number: str, carrier: str) -> ShipmentFacts:
        """Nobody can be asked."""
        raise Unsupported("This connection only receives: the sender decides when it writes.")


def _shipment(parcel: Record, settings: GenericCarrierSettings) -> ShipmentFacts | None:
    number = payload.first(parcel, "tracking_number")
    if not number:
        return None
    events = tuple(
        event
        for entry in [*payload.records(parcel.get("events")), parcel]
        if (event := _scan(entry)) is not None
    )
    newest = payload.newest(events)
    status, sub_status = _meaning(parcel)
    if status is None and newest:
        status, sub_status = newest.status, newest.sub_status
    carrier = payload.carrier(payload.first(parcel, "carrier") or settings.carrier)
    return ShipmentFacts(
        tracking_number=number,
        tracking_url=_link(parcel.get("tracking_url"))
        or public_link(carrier_by_name(carrier), number),
        carrier=carrier,
        status=status,
        sub_status=sub_status,
        events=tuple(dict.fromkeys(events)),
        expected_from=payload.day_or_moment(parcel.get("expected_from"), payload.DAY_STARTS),
        expected_until=payload.day_or_moment(parcel.get("expected_until"), payload.DAY_ENDS),
        pickup_point=payload.first(parcel, "pickup_point"),
        updated_at=payload.moment(parcel.get("happened_at"))
        or (newest.happened_at if newest else None),
        raw=parcel,
    )


def _scan(entry: Record) -> TrackingFacts | None:
    """A scan needs a time and something that says what happened."""
    happened_at = payload.moment(entry.get("happened_at"))
    status, sub_status = _meaning(entry)
    if happened_at is None or status is None:
        return None
    return TrackingFacts(
        status=status,
        sub_status=sub_status,
        happened_at=happened_at,
        message=payload.first(entry, "message"),
        location=payload.first(entry, "location"),
        source_id=payload.first(entry, "id"),
    )


def _meaning(entry: Record) -> tuple[ShipmentStatus | None, SubStatus]:
    word = payload.first(entry, "status").lower()
    message = payload.first(entry, "message")
    sub_word = payload.first(entry, "sub_status").lower()
    status: ShipmentStatus | None = None
    sub_status = SubStatus.NONE
    if word in ShipmentStatus:
        status = ShipmentStatus(word)
    elif word or message:
        status, sub_status = normalise(word, message)
    if sub_word and sub_word in SubStatus:
        sub_status = SubStatus(sub_word)
    return status, sub_status


def _link(value: Any) -> str:
    link = payload.text(value, 500)
    return link if link.startswith(("https://", "http://")) else ""
