"""Good things of a file are written: in batches, quietly, inside the transaction of the caller.

A newcomer's mistake: opening a transaction per batch here. Either the whole file comes in or
nothing, so the caller holds the one transaction.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import batched

from shopbell.kit.errors import Conflict
from shopbell.orders.actions import record_facts
from shopbell.orders.importing.rows import SOURCE, Mistake, Thing
from shopbell.orders.models import Order
from shopbell.orders.ports import Facts, ShipmentFacts

BATCH = 200

type Tell = Callable[[int], None]


def write_things(things: Iterable[Thing], tell: Tell) -> int:
    """Write the good ones of `things`; `tell` hears how many rows were looked at."""
    written = looked = 0
    for batch in batches(things):
        with_orders(batch)
        facts: dict[str, list[Facts]] = defaultdict(list)
        for thing in batch:
            looked += len(thing.rows)
            if thing.fact is not None and not thing.mistakes:
                facts[_source(thing)].append(thing.fact)
                written += 1
        for source, group in facts.items():
            record_facts(source=source, facts=group, historic=True)
        tell(looked)
    return written


def batches(things: Iterable[Thing]) -> Iterator[tuple[Thing, ...]]:
    """Yield the things of a file in handfuls."""
    return batched(things, BATCH)


def _source(thing: Thing) -> str:
    return thing.source or SOURCE


def with_orders(things: Sequence[Thing]) -> None:
    """Find the orders that parcels name, whatever shop they came from; say where there is none."""
    wanted = {name for thing in things if thing.order for name in _spellings(thing.order)}
    if not wanted:
        return
    rows = Order.objects.filter(number__in=wanted) | Order.objects.filter(source_id__in=wanted)
    known: dict[str, Order] = {}
    for order in rows.only("id", "number", "source", "source_id").order_by("id"):
        known[order.source_id] = order
        known[order.number] = order
    for thing in things:
        if not isinstance(thing.fact, ShipmentFacts):
            continue
        found = next((known[name] for name in _spellings(thing.order) if name in known), None)
        if found is None:
            said = "is no order that is known here; import the orders first"
            thing.mistakes.append(Mistake(thing.rows[0][0], "", thing.order[:80], said))
            continue
        thing.source = found.source
        thing.fact = replace(thing.fact, order_id=found.source_id)


def _spellings(name: str) -> tuple[str, ...]:
    """Return a number as it stands, and with and without its sign: 1001, #1001."""
    return (name, f"#{name}", name.removeprefix("#"))


def all_or_nothing(expected: int, written: int) -> None:
    """Refuse when less was written than was promised, so that the caller rolls back."""
    if written != expected:
        raise Conflict(
            f"{expected} were to be imported, but only {written} could be by now.",
            kept="Nothing was imported.",
            remedy="Check the file again.",
        )
