"""Cells as people write them, and files as programs save them."""

import pytest

from shopbell.orders.importing.columns import PLANS, guessed, simplified
from shopbell.orders.importing.files import open_sheet, safe, write_csv
from shopbell.orders.importing.values import Manner, Unclear, day_comes_first, understood

BERLIN = Manner(zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("49.90", "49.90"),
        ("49,90", "49.90"),
        ("1.234,56 €", "1234.56"),
        ("€1,234.56", "1234.56"),
        ("CHF 1'234.50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1.234.567", "1234567"),
        ("-5,00", "-5.00"),
        ("7", "7"),
    ],
)
def test_amounts_of_any_usual_spelling(cell: str, value: str) -> None:
    assert understood("amount", cell, BERLIN) == value


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ("amount", "1.234"),
        ("amount", "many"),
        ("amount", "12,"),
        ("count", "2.5"),
        ("count", "two"),
        ("time", "31.02.2026"),
        ("time", "soon"),
        ("time", "13/13/2026"),
        ("day", "tomorrow"),
        ("flag", "maybe"),
        ("country", "Atlantis"),
        ("payment", "perhaps"),
        ("shipment_status", "flying"),
    ],
)
def test_what_is_unclear_is_refused_with_what_was_expected(kind: str, cell: str) -> None:
    with pytest.raises(Unclear, match=r"must be|could mean"):
        understood(kind, cell, BERLIN)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("2026-11-21T10:00:00Z", "2026-11-21T10:00:00+00:00"),
        ("2026-11-21 10:00:00 +0100", "2026-11-21T10:00:00+01:00"),
        ("2026-07-01", "2026-07-01T00:00:00+02:00"),
        ("21.11.2026", "2026-11-21T00:00:00+01:00"),
        ("21.11.26 09:05 Uhr", "2026-11-21T09:05:00+01:00"),
        ("3/4/2026 9:05 PM", "2026-04-03T21:05:00+02:00"),
    ],
)
def test_times_get_the_zone_of_the_store(cell: str, value: str) -> None:
    assert understood("time", cell, BERLIN) == value


def test_a_file_tells_the_order_of_day_and_month_by_its_own_dates() -> None:
    assert day_comes_first(["1/2/2026", "25/12/2026"], "en-US") is True
    assert day_comes_first(["1/2/2026", "12/25/2026"], "de") is False
    assert day_comes_first(["1/2/2026"], "en-US") is False
    assert day_comes_first(["1/2/2026"], "en-GB") is True
    month_first = Manner(day_first=False)
    assert understood("day", "3/4/2026", month_first) == "2026-03-04"


def test_words_of_two_languages_mean_the_same() -> None:
    assert understood("payment", "Bezahlt", BERLIN) == understood("payment", "paid", BERLIN)
    assert understood("payment", "partially_refunded", BERLIN) == "partially_refunded"
    assert understood("order_status", "Storniert", BERLIN) == "cancelled"
    assert understood("shipment_status", "in Zustellung", BERLIN) == "out_for_delivery"
    assert understood("country", "Deutschland", BERLIN) == "DE"
    assert understood("country", "Germany", BERLIN) == "DE"
    assert understood("country", "uk", BERLIN) == "GB"
    assert understood("flag", "Ja", BERLIN) is True


@pytest.mark.parametrize("plan", PLANS.values(), ids=list(PLANS))
def test_no_heading_means_two_things(plan: object) -> None:
    seen: dict[str, str] = {}
    for column in plan.columns:  # type: ignore[attr-defined]
        for name in set(column.names) - {""}:
            assert name not in seen, f"{name}: {seen.get(name)} and {column.key}"
            seen[name] = column.key
        assert simplified(column.title) in column.names


def test_headings_of_usual_exports_are_recognised() -> None:
    shop = ["Name", "Email", "Financial Status", "Currency", "Total", "Lineitem quantity",
            "Lineitem name", "Lineitem price", "Shipping City", "Created at"]  # fmt: skip
    found = guessed(PLANS["orders"], shop)
    assert found["number"] == 0
    assert found["lines.quantity"] == 5
    assert found["placed_at"] == 9
    assert len(found) == len(shop)
    german = guessed(PLANS["orders"], ["Bestellnummer", "E-Mail", "Menge", "Artikel", "Summe"])
    assert set(german) == {"number", "customer.email", "lines.quantity", "lines.title", "total"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_file_is_read_whatever_program_saved_it(encoding: str, mark: str) -> None:
    text = f'Straße{mark}Größe\r\n"a{mark} b\nc"{mark}4\r\n{mark}\r\n5{mark}é\r\n'
    sheet = open_sheet(text.encode(encoding))
    assert sheet.header == ("Straße", "Größe")
    assert sheet.delimiter == mark
    assert list(sheet.rows()) == [(2, [f"a{mark} b\nc", "4"]), (4, ["5", "é"])]


@pytest.mark.parametrize("cell", ["=1+1", "+49 30 1", "-2", "@x", "\tx", "＝1", "'=1", "plain"])
def test_no_cell_going_out_is_a_formula_and_comes_back_as_it_was(cell: str) -> None:
    assert not safe(cell).startswith(("=", "+", "-", "@", "\t", "＝"))
    content = write_csv([["a", "b"], [cell, "x"]])
    [(_, cells)] = open_sheet(content).rows()
    assert cells[0] == cell.strip() or cell == "'=1"
