"""The shop's goods, people, parcels and drawings: harmless and well made."""

import re
from pathlib import Path
from random import Random
from xml.dom import minidom

import phonenumbers
import pytest

from shopbell import demo
from shopbell.demo.catalogue import PRODUCTS
from shopbell.demo.parcels import COMPANY, choose_carrier, pickup_point, tracking_number
from shopbell.demo.people import COUNTRY_NAMES, CUSTOMERS
from shopbell.orders.tracking.carriers import carrier_by_name
from shopbell.orders.tracking.numbers import recognise

STATIC = Path(demo.__file__).parent / "static"


def test_every_product_has_a_drawing_and_every_drawing_a_product() -> None:
    drawn = {path.stem for path in (STATIC / "demo" / "products").glob("*.svg")}
    assert drawn == {product.key for product in PRODUCTS}
    assert len(PRODUCTS) == 24


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.key)
def test_a_drawing_is_small_and_asks_nobody_for_anything(product) -> None:  # type: ignore[no-untyped-def]
    source = (STATIC / product.image).read_text()
    root = minidom.parseString(source).documentElement
    assert root is not None
    assert root.getAttribute("aria-label")
    assert len(source) < 4_000
    assert not re.search(r"<script|<style|href|url\(|on\w+=|<image", source)


def test_customers_are_nobody() -> None:
    assert len(CUSTOMERS) == 60
    assert len({customer.email for customer in CUSTOMERS}) == 60
    for customer in CUSTOMERS:
        assert re.fullmatch(r"[a-z.-]+@example\.(com|org|net)", customer.email), customer.email
        assert customer.country in COUNTRY_NAMES


def test_phone_numbers_are_of_the_ranges_kept_for_fiction() -> None:
    reserved = re.compile(
        r"\+49176040690\d\d|\+447700900\d{3}|\+33639980\d{3}|\+46701740[67]\d\d|\+121255501\d\d"
    )
    phones = [customer.phone for customer in CUSTOMERS if customer.phone]
    assert len(phones) == len(set(phones)) > 20
    for phone in phones:
        assert reserved.fullmatch(phone), phone
        assert phonenumbers.is_possible_number(phonenumbers.parse(phone))


@pytest.mark.parametrize("carrier", COMPANY)
def test_a_number_looks_like_its_carriers_to_the_recogniser(carrier: str) -> None:
    for seed in range(20):
        number = tracking_number(carrier, Random(seed))
        assert recognise(number)[0].carrier_key == carrier, number
    assert carrier_by_name(COMPANY[carrier]) == carrier


def test_every_country_has_a_carrier_and_a_place_to_collect() -> None:
    for country in COUNTRY_NAMES:
        assert choose_carrier(country, Random(1)) in COMPANY
        assert "Weg 1" in pickup_point(country, "Weg 1")
