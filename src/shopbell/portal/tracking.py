"""What the tracking page says: one sentence that answers, then the evidence, for each parcel."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from shopbell.accounts.models import Store
from shopbell.customers.zones import best_zone
from shopbell.kit.days import is_whole_days
from shopbell.kit.money import Money
from shopbell.orders.models import Line, Order, Shipment, TrackingEvent
from shopbell.orders.ports import OrderStatus, ReturnStatus, ShipmentStatus, SubStatus
from shopbell.orders.queries import public_tracking_link
from shopbell.portal.words import Words, language_of

_SUB_HEADLINES = {
    SubStatus.CUSTOMS,
    SubStatus.WRONG_ADDRESS,
    SubStatus.REFUSED,
    SubStatus.LOST,
    SubStatus.DAMAGED,
    SubStatus.RETURNING,
    SubStatus.RETURNED,
}
_LEFT_AT = {SubStatus.WITH_NEIGHBOUR, SubStatus.SAFE_PLACE}
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline."""

    what: str
    when: str
    at: datetime
    where: str = ""
    now: bool = False


@dataclass(frozen=True, slots=True)
class ParcelView:
    """One parcel as the customer sees it."""

    title: str
    headline: str
    says: str
    status: str
    steps: list[Step]
    earlier: list[Step]
    items: list[tuple[int, str, str, str]]
    carrier_link: str = ""
    carrier_words: str = ""
    number_words: str = ""
    pickup: str = ""
    promised: str = ""


@dataclass(frozen=True, slots=True)
class TrackingView:
    """The whole page."""

    order: Order
    words: Words
    title: str
    parcels: list[ParcelView]
    notes: list[str] = field(default_factory=list)
    total: str = ""
    lines: list[tuple[int, str, str, str]] = field(default_factory=list)


def tracking_view(store: Store, order: Order, wish: str = "") -> TrackingView:
    """Build the page of an order (lines, parcels, scans, refunds, returns preloaded)."""
    words = words_for(store, order, wish)
    parcels = [parcel for parcel in order.shipments.all() if not parcel.cancelled]
    parcels.sort(key=lambda parcel: (parcel.created_at, str(parcel.pk)))
    title = words.say("page.title", number=order.number or order.source_id)
    lines = [_line(line, line.quantity) for line in order.lines.all() if line.quantity > 0]
    cancelled = order.status == OrderStatus.CANCELLED
    if parcels and not cancelled:
        views = [_parcel(p, n, len(parcels), order, words) for n, p in enumerate(parcels, start=1)]
    else:
        views = [_no_parcel(order, words, cancelled)]
    return TrackingView(
        order=order,
        words=words,
        title=title,
        parcels=views,
        notes=_notes(order, words),
        total=Money(order.total, order.currency).format(words.language) if order.currency else "",
        lines=lines,
    )


def words_for(store: Store, order: Order, wish: str = "") -> Words:
    """Return the words in the customer's language and zone."""
    customer = order.customer
    language = language_of(wish, order.locale, customer.locale if customer else "", store.locale)
    zone = best_zone(
        profile=customer.timezone if customer else "",
        phone=order.phone or (customer.phone if customer else ""),
        country=str(order.address.get("country", "")),
        store=store.timezone,
    )
    return Words(language, zone)


def _no_parcel(order: Order, words: Words, cancelled: bool) -> ParcelView:
    kind = "cancelled" if cancelled else "preparing"
    return ParcelView(
        title=words.say("page.order", number=order.number or order.source_id),
        headline=words.say(f"headline.{kind}"),
        says=words.say(f"headline.{kind}_says"),
        status="" if cancelled else "pending",
        steps=_order_steps(order, words),
        earlier=[],
        items=[],
    )


def _parcel(parcel: Shipment, number: int, count: int, order: Order, words: Words) -> ParcelView:
    steps = _steps(parcel, order, words)
    carrier = parcel.carrier
    by_id = {line.source_id: line for line in order.lines.all()}
    link = public_tracking_link(parcel)
    named = (
        words.say("page.carrier", carrier=carrier) if carrier else words.say("page.carrier_unnamed")
    )
    return ParcelView(
        title=words.say(
            "page.parcel_of", number=order.number or order.source_id, n=number, count=count
        ),
        headline=headline(parcel, words),
        says=_says(parcel, words),
        status=parcel.status,
        steps=steps[:_SHOWN],
        earlier=steps[_SHOWN:],
        items=[
            _line(by_id[item["line_id"]], item["quantity"])
            for item in parcel.items
            if item.get("line_id") in by_id
        ],
        carrier_link=link,
        carrier_words=named,
        number_words=words.say("page.carrier_number", number=parcel.tracking_number)
        if parcel.tracking_number
        else "",
        pickup=words.say("page.pickup", point=parcel.pickup_point) if parcel.pickup_point else "",
        promised=_promise(parcel, words),
    )


def headline(parcel: Shipment, words: Words) -> str:
    """Return the one sentence that answers "where is it"."""
    status, sub = ShipmentStatus(parcel.status), SubStatus(parcel.sub_status)
    if sub in _SUB_HEADLINES:
        return words.say(f"headline.{sub}")
    if status == ShipmentStatus.DELIVERED:
        return words.say(
            "headline.delivered", day=words.day(parcel.delivered_at or parcel.created_at)
        )
    if status == ShipmentStatus.OUT_FOR_DELIVERY:
        return _today(parcel, words)
    if sub == SubStatus.DELAYED or _is_late(parcel):
        return words.say("headline.delayed")
    if (
        status in (ShipmentStatus.IN_TRANSIT, ShipmentStatus.INFO_RECEIVED)
        and parcel.expected_until
    ):
        return _expected(parcel, words)
    return words.say(f"headline.{status}", carrier=parcel.carrier or _carrier_word(words))


def _today(parcel: Shipment, words: Words) -> str:
    if (
        parcel.expected_from
        and parcel.expected_until
        and parcel.expected_from < parcel.expected_until
        and not is_whole_days(parcel.expected_from, parcel.expected_until)
    ):
        return words.say(
            "headline.out_for_delivery_window",
            **{
                "from": words.clock_time(parcel.expected_from),
                "until": words.clock_time(parcel.expected_until),
            },
        )
    return words.say("headline.out_for_delivery")


def _expected(parcel: Shipment, words: Words) -> str:
    assert parcel.expected_until is not None
    return words.say("headline.expected_day", day=words.day(parcel.expected_until))


def _is_late(parcel: Shipment) -> bool:
    return bool(
        parcel.promised_on
        and parcel.expected_until
        and parcel.expected_until.date() > parcel.promised_on
        and parcel.status != ShipmentStatus.DELIVERED
    )


def _says(parcel: Shipment, words: Words) -> str:
    status, sub = ShipmentStatus(parcel.status), SubStatus(parcel.sub_status)
    carrier = parcel.carrier or _carrier_word(words)
    if sub in _LEFT_AT:
        return words.say(f"headline.{sub}")
    if status != ShipmentStatus.OUT_FOR_DELIVERY and (sub == SubStatus.DELAYED or _is_late(parcel)):
        if parcel.expected_until:
            return words.say("headline.delayed_says", day=words.day(parcel.expected_until))
        return words.say("headline.delayed_unknown")
    scans = _scans(parcel)
    place = f" · {scans[0].location}" if scans and scans[0].location else ""
    return words.say(f"headline.{status}_says", carrier=carrier, place=place)


def _carrier_word(words: Words) -> str:
    return {"en": "the carrier", "de": "den Paketdienst"}[words.language]


def _promise(parcel: Shipment, words: Words) -> str:
    if _is_late(parcel) and parcel.promised_on:
        return words.say("page.promised", date=words.day(parcel.promised_on))
    return ""


def _scans(parcel: Shipment) -> list[TrackingEvent]:
    newest_first = sorted(
        parcel.scans.all(), key=lambda s: (s.happened_at, str(s.pk)), reverse=True
    )
    return [scan for _, run in groupby(newest_first, _status) for scan in _told(list(run))]


def _status(scan: TrackingEvent) -> str:
    return scan.status


def _told(run: list[TrackingEvent]) -> list[TrackingEvent]:
    """Keep what says something: shop and carrier often report the same step, one without a word."""
    return [scan for scan in run if scan.location or scan.message] or run[:1]


def _steps(parcel: Shipment, order: Order, words: Words) -> list[Step]:
    steps = [
        Step(
            what=words.say(f"status.{scan.status}"),
            when=words.stamp(scan.happened_at),
            at=scan.happened_at,
            where=" · ".join(part for part in (scan.location, scan.message) if part),
            now=index == 0,
        )
        for index, scan in enumerate(_scans(parcel))
    ]
    if parcel.dispatched_at:
        number = words.say("page.carrier_number", number=parcel.tracking_number)
        steps.append(
            Step(
                words.say("page.left"),
                words.stamp(parcel.dispatched_at),
                parcel.dispatched_at,
                number if parcel.tracking_number else "",
                now=not steps,
            )
        )
    steps.sort(key=lambda step: step.at, reverse=True)
    return steps + _order_steps(order, words)


def _order_steps(order: Order, words: Words) -> list[Step]:
    if order.placed_at is None:
        return []
    return [Step(words.say("page.confirmed"), words.stamp(order.placed_at), order.placed_at)]


def _line(line: Line, quantity: int) -> tuple[int, str, str, str]:
    image = line.image_url if line.image_url.startswith(("https://", "/static/")) else ""
    return quantity, line.title, line.variant, image


def _notes(order: Order, words: Words) -> list[str]:
    notes = [
        words.say("money.refunded", amount=Money(r.amount, r.currency).format(words.language))
        for r in order.refunds.all()
        if r.amount > 0
    ]
    for row in order.returns.all():
        if row.status in (ReturnStatus.RECEIVED, ReturnStatus.CLOSED):
            notes.append(words.say("money.return_received"))
        elif row.status in (ReturnStatus.REGISTERED, ReturnStatus.IN_TRANSIT):
            notes.append(words.say("money.return_registered"))
    return notes
