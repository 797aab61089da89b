"""Numbers as they stand on a page: each with its share in words, and the address of its rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from babel.numbers import get_currency_symbol
from django.urls import reverse
from django.utils.http import urlencode

from shopbell.accounts.models import Store
from shopbell.kit.money import Money, digits
from shopbell.results.comparing import Compared
from shopbell.results.models import Source
from shopbell.results.queries import Line, Numbers, Part, Period
from shopbell.results.uplift import Between

# Name, heading, what its share is of.
_COUNTS = (
    ("sent", "Sent", ""),
    ("delivered", "Delivered", "of sent"),
    ("read", "Read", "of sent"),
    ("clicked", "Clicked", "of sent"),
    ("replied", "Answered", "of sent"),
    ("orders", "Orders", "per 100 sent"),
    ("left", "Left", "of sent"),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One number. `href` "": nothing stands behind it."""

    name: str
    label: str
    says: str
    note: str = ""
    href: str = ""
    more: str = ""  # a second number, with rows of its own
    more_href: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: headings, and for each line its name and cells."""

    first: str
    columns: str
    lines: list[tuple[Line, list[Cell]]] = field(default_factory=list)


def cells_of(store: Store, period: Period, part: Part, numbers: Numbers) -> list[Cell]:
    """Return the numbers of a part."""
    cells = []
    for name, label, of in _COUNTS:
        number = int(getattr(numbers, name))
        href = rows_of(store, period, part, name) if number else ""
        note = _note(numbers, name, of)
        if name == "clicked" and numbers.scanned:
            more = rows_of(store, period, part, "scanned")
            said = f"{numbers.scanned:,} by machines only"
            cells.append(Cell(name, label, f"{number:,}", note, href, said, more))
        else:
            cells.append(Cell(name, label, f"{number:,}", note, href))
    each = numbers.per_send
    cells.insert(
        6,
        Cell(
            "revenue",
            "Revenue",
            money(numbers.revenue, store),
            f"{fine_money(each, store)} per message" if each else "",
            rows_of(store, period, part, "orders") if numbers.revenue else "",
        ),
    )
    if numbers.cost:
        price = Decimal(numbers.cost)
        cells.append(Cell("cost", "Cost", decimal_money(price, store)))
    return cells


def _note(numbers: Numbers, name: str, of: str) -> str:
    share = numbers.share(name)
    if not of or share is None or not getattr(numbers, name):
        return ""
    return f"{_percent(share, of)} {of}"


def _percent(share: float, of: str) -> str:
    said = f"{share * 100:.0f}" if share >= 0.1 else f"{share * 100:.1f}"
    return said if of.startswith("per") else f"{said} %"


def rows_of(store: Store, period: Period, part: Part, what: str) -> str:
    """Return the address of the rows behind a number."""
    query = {"what": what, "days": period.key, **part.query()}
    return f"{reverse('results:rows', args=[store.slug])}?{urlencode(query)}"


def sheet_of(store: Store, period: Period, lines: Sequence[Line], first: str) -> Sheet:
    """Return a table of parts."""
    costs = any(line.numbers.cost for line in lines)
    labels = [label for _, label, _ in _COUNTS]
    labels.insert(6, "Revenue")
    columns = "|".join([first, *(f"{label}:num" for label in labels)])
    made = []
    for line in lines:
        cells = cells_of(store, period, line.part, line.numbers)
        if costs and cells[-1].name != "cost":
            cells.append(Cell("cost", "Cost", "–"))
        made.append((line, cells))
    return Sheet(first, columns + ("|Cost:num" if costs else ""), made)


@dataclass(frozen=True, slots=True)
class PerSend:
    """Revenue per message of journeys beside that of campaigns."""

    label: str
    says: str
    note: str
    bar: float  # whole units of money
    href: str


def per_send_of(store: Store, period: Period, found: dict[str, Numbers]) -> list[PerSend]:
    """Return what a message brings that goes by itself, beside one that is sent to many."""
    both = [(source, found[source]) for source in (Source.JOURNEY, Source.CAMPAIGN)]
    return [
        PerSend(
            label=source.label,
            says=fine_money(numbers.per_send, store),
            note=f"{money(numbers.revenue, store)} from {numbers.sent:,} {_messages(numbers.sent)}",
            bar=in_units(numbers.per_send or 0, store) / 100,
            href=rows_of(store, period, Part(source=source), "orders"),
        )
        for source, numbers in both
        if numbers.sent
    ]


def _messages(number: int) -> str:
    return "message" if number == 1 else "messages"


@dataclass(frozen=True, slots=True)
class Beside:
    """Two sides of a comparison as they stand on the page."""

    compared: Compared
    # label, people, their page, ordered, the page of the orders, revenue each
    sides: list[tuple[str, str, str, str, str, str]]
    money: str  # what is sure about revenue


def beside_of(store: Store, compared: Compared) -> Beside:
    """Return a comparison with its numbers as people read them."""
    both = (
        (compared.with_label, compared.with_it, compared.with_href, compared.with_orders),
        (compared.without_label, compared.without, compared.without_href, compared.without_orders),
    )
    return Beside(
        compared,
        [
            (
                label,
                f"{side.people:,}",
                href,
                f"{side.ordered:,} ({100 * side.share:.1f} %)" if side.people else "–",
                orders if side.ordered else "",
                fine_money(round(side.mean * 100), store) if side.people else "–",
            )
            for label, side, href, orders in both
        ],
        _money_words(store, compared.revenue),
    )


def _money_words(store: Store, found: Between | None) -> str:
    if found is None:
        return "For revenue there are too few orders to tell."
    low, high = (fine_money(round(abs(each) * 100), store) for each in (found.low, found.high))
    if found.low > 0:
        return f"Between {low} and {high} more revenue for each person."
    if found.high < 0:
        return f"Between {high} and {low} less revenue for each person."
    return f"For revenue nothing is sure: between {low} less and {high} more for each person."


def money(amount: int, store: Store) -> str:
    """Return an amount as people read it."""
    return Money(amount, store.currency).format("en")


def in_units(amount: int, store: Store) -> float:
    """Return an amount in whole units, for pictures."""
    return float(Decimal(amount).scaleb(-digits(store.currency)))


def fine_money(hundredths: int | None, store: Store) -> str:
    """Return an amount counted in hundredths of the smallest coin, as exact as it is worth."""
    if hundredths is None:
        return "–"
    return decimal_money(Decimal(hundredths).scaleb(-2 - digits(store.currency)), store)


def decimal_money(amount: Decimal, store: Store) -> str:
    """Return an amount in whole units; below one it keeps a digit more than coins have."""
    places = digits(store.currency)
    if abs(amount) >= 1 or amount == 0:
        return Money(round(amount.scaleb(places)), store.currency).format("en")
    symbol = get_currency_symbol(store.currency, locale="en")
    return f"{symbol}{amount:.{places + 1}f}"
