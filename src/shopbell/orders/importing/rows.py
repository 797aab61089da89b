"""Rows become our canonical JSON, thing by thing, and mistakes point back to the cell.

Rows of one order (or product) stand together; each is a line of it. The connector of our own JSON
checks what comes out, so a file, the API and a webhook are held to the same rules. A newcomer's
mistake: stopping at the first mistake. People want to hear of all of them at once.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shopbell.kit.errors import Invalid
from shopbell.orders.importing.columns import Column, Plan
from shopbell.orders.importing.files import Row
from shopbell.orders.importing.values import Manner, Unclear, understood
from shopbell.orders.intake import CANONICAL, api_account
from shopbell.orders.ports import SHOPS, Facts

SOURCE = "csv/file"


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong in a row; `column` is its heading in the file, empty for the row as a whole."""

    row: int
    column: str
    cell: str
    said: str

    def __str__(self) -> str:
        place = f"Row {self.row}" + (f", “{self.column}”" if self.column else "")
        return f"{place}: {f'“{self.cell}” ' if self.cell else ''}{self.said}."


@dataclass(slots=True)
class Thing:
    """One order, customer, product or parcel of a file: a fact, or mistakes."""

    rows: list[Row]
    fact: Facts | None = None
    mistakes: list[Mistake] = field(default_factory=list)
    part_rows: list[Row] = field(default_factory=list)  # the rows that are lines or variants
    order: str = ""  # what a parcel calls its order
    source: str = ""  # of the order of a parcel; else the file's


class Reader:
    """Reads the rows of a file by a mapping."""

    def __init__(
        self, plan: Plan, header: tuple[str, ...], mapping: Mapping[str, int], manner: Manner
    ) -> None:
        self.plan, self.header, self.manner = plan, header, manner
        self.columns: list[tuple[Column, int]] = [
            (column, mapping[column.key]) for column in plan.columns if column.key in mapping
        ]
        self._place = {column.key: place for column, place in self.columns}
        self._seen: dict[str, int] = {}

    def things(self, rows: Iterator[Row]) -> Iterator[Thing]:
        """Yield the things of a file in its order."""
        waiting: list[Row] = []
        name = ""
        for row in rows:
            own = self._name(row)
            if waiting and (not self.plan.parts or own not in (name, "")):
                yield self._thing(waiting, name)
                waiting = []
            if not waiting:
                name = own
            waiting.append(row)
        if waiting:
            yield self._thing(waiting, name)

    def _name(self, row: Row) -> str:
        """Return what a row calls its thing."""
        keys = [key for group in self.plan.needs[:1] for key in group if key in self._place]
        if self.plan.noun == "shipments":
            keys = [key for key in ("id", "tracking_number") if key in self._place]
        return next((cell for key in keys if (cell := self._cell(row, key))), "")

    def _cell(self, row: Row, key: str) -> str:
        place = self._place[key]
        return row[1][place] if place < len(row[1]) else ""

    def _thing(self, rows: list[Row], name: str) -> Thing:
        thing = Thing(rows)
        for number, cells in rows:
            if len(cells) > len(self.header) and any(cells[len(self.header) :]):
                thing.mistakes.append(
                    Mistake(number, "", "", "has more cells than there are headings")
                )
        earlier = self._seen.setdefault(name, rows[0][0])
        if name and earlier != rows[0][0]:
            said = f"stands in row {earlier} already; put its rows together"
            thing.mistakes.append(Mistake(rows[0][0], "", name[:80], said))
        document = self._document(thing)
        if not thing.mistakes:
            self._check(thing, document)
        return thing

    def _document(self, thing: Thing) -> dict[str, Any]:
        """Build the JSON of a thing; cells that cannot be understood become its mistakes."""
        document: dict[str, Any] = {}
        parts: list[dict[str, Any]] = [{} for _ in thing.rows]
        prefix = f"{self.plan.parts}."
        for column, _ in self.columns:
            if self.plan.parts and column.key.startswith(prefix):
                for part, row in zip(parts, thing.rows, strict=True):
                    value = self._value(thing, row, column)
                    if value is not None:
                        part[column.key.removeprefix(prefix)] = value
                continue
            told = next((each for each in thing.rows if self._cell(each, column.key)), None)
            if told is not None:
                _put(document, column.key, self._value(thing, told, column))
        thing.part_rows = [row for row, part in zip(thing.rows, parts, strict=True) if part]
        if self.plan.parts and any(parts):
            document[self.plan.parts] = parts
        return _FINISH[self.plan.noun](document, self.manner)

    def _value(self, thing: Thing, row: Row, column: Column) -> Any:
        cell = self._cell(row, column.key)
        if not cell:
            return None
        try:
            return understood(column.kind, cell, self.manner)
        except Unclear as error:
            heading = self.header[self._place[column.key]]
            thing.mistakes.append(Mistake(row[0], heading, cell[:80], str(error)))
            return None

    def _check(self, thing: Thing, document: dict[str, Any]) -> None:
        thing.order = str(document.get("order_id", ""))
        body = json.dumps({"data": document}).encode()
        try:
            parsed = SHOPS.get(CANONICAL).parse(
                f"{self.plan.singular}.imported", body, api_account(SOURCE)
            )
            [thing.fact] = parsed.facts
        except Invalid as error:
            said = error.fields or {"": error.message}
            thing.mistakes += [self._mistake(thing, path, words) for path, words in said.items()]

    def _mistake(self, thing: Thing, path: str, said: str) -> Mistake:
        """Point a path of the JSON back to a cell."""
        row = thing.rows[0]
        steps = path.split(".")
        if self.plan.parts and steps[0] == self.plan.parts and len(steps) > 2:
            row = thing.part_rows[int(steps[1])]
            steps = [steps[0], *steps[2:]]
        elif len(steps) > 2 and steps[1].isdigit():
            steps = [steps[0], *steps[2:]]
        key = ".".join(steps)
        if key not in self._place:
            title = next((c.title for c in self.plan.columns if c.key == key), "")
            return Mistake(row[0], "", title, said)
        heading = self.header[self._place[key]]
        return Mistake(row[0], heading, self._cell(row, key)[:80], said)


def _put(document: dict[str, Any], key: str, value: Any) -> None:
    if value is None:
        return
    outer, _, inner = key.partition(".")
    if inner:
        document.setdefault(outer, {})[inner] = value
    else:
        document[outer] = value


def _order(document: dict[str, Any], manner: Manner) -> dict[str, Any]:
    number = document.get("number") or document.get("id")
    document["number"] = number
    document["id"] = document.get("id") or number
    document.setdefault("currency", manner.currency)
    document["lines"] = [{"quantity": 1, **line} for line in document.get("lines", []) if line]
    parcel = document.pop("shipments", None)
    if parcel and parcel.get("tracking_number"):
        document["shipments"] = [{"id": parcel["tracking_number"], **parcel}]
    return document


def _customer(document: dict[str, Any], _manner: Manner) -> dict[str, Any]:
    consents = document.pop("consents", {})
    if consents:
        document["consents"] = [
            {"channel": channel, "granted": granted, "source": "imported from a file"}
            for channel, granted in consents.items()
        ]
    return document


def _product(document: dict[str, Any], manner: Manner) -> dict[str, Any]:
    document.setdefault("currency", manner.currency)
    variants = [part for part in document.pop("variants", []) if part]
    for place, variant in enumerate(variants, start=1):
        variant["id"] = variant.get("id") or variant.get("sku") or str(place)
    if variants:
        document["variants"] = variants
    return document


def _shipment(document: dict[str, Any], _manner: Manner) -> dict[str, Any]:
    document["id"] = document.get("id") or document.get("tracking_number")
    return document


_FINISH = {
    "orders": _order,
    "customers": _customer,
    "products": _product,
    "shipments": _shipment,
}
