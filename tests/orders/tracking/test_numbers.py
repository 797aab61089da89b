"""Tracking numbers with right and wrong check digits, and the names shops give carriers."""

import pytest

from shopbell.orders.tracking import checks
from shopbell.orders.tracking.carriers import (
    CARRIERS,
    carrier_by_name,
    carrier_name,
    public_link,
)
from shopbell.orders.tracking.numbers import RULES, S10_CARRIERS, recognise

RECOGNISED = [
    ("1Z5R89390357567127", "ups"),
    ("1z 5R8 939 03 5756 7127", "ups"),
    ("00340434161094042557", "dhl"),
    ("JJD000390007882823453", "dhl"),
    ("3318810025", "dhl-express"),
    ("JD014600003RU1234567".replace("RU", "99"), "dhl-express"),
    ("01015026003653C", "dpd"),
    ("05308801410058", "dpd"),
    ("36301917596", "gls"),
    ("XHAX4HDA", "gls"),
    ("H1001990000000000017", "hermes"),
    ("3SABCD1234567", "postnl"),
    ("PQ4F6A0412345670128001X", "correos"),
    ("6A12345678901", "colissimo"),
    ("RR123456785GB", "royal-mail"),
    ("RR123456785FR", "la-poste"),
    ("9400109104250532908587", "usps"),
    ("420344629400109104250532908587", "usps"),
    ("776094337676", "fedex"),
    ("TBA619632698000", "amazon"),
    ("C11031500001879", "ontrac"),
    ("Z1234567890", "packeta"),
    ("99.34.123456.12345678", "swiss-post"),
]


@pytest.mark.parametrize(("number", "carrier"), RECOGNISED)
def test_the_carrier_of_a_number_is_the_first_guess(number: str, carrier: str) -> None:
    assert recognise(number)[0].carrier_key == carrier


@pytest.mark.parametrize(
    ("number", "carrier"),
    [
        ("1Z5R89390357567128", "ups"),
        ("00340434161094042558", "dhl"),
        ("RR123456784GB", "royal-mail"),
        ("9400109104250532908588", "usps"),
        ("776094337675", "fedex"),
        ("01015026003653D", "dpd"),
        ("201298452278", "dhl"),
        ("3318810026", "dhl-express"),
    ],
)
def test_a_wrong_check_digit_rules_the_carrier_out(number: str, carrier: str) -> None:
    assert carrier not in [match.carrier_key for match in recognise(number)]


@pytest.mark.parametrize(
    ("check", "good"),
    [
        (checks.gs1, "09133131530724"),
        (checks.s10, "RR123456785DE"),
        (checks.identcode, "201298452277"),
        (checks.mod_37_36, "01015026003653C"),
        (checks.mod_7, "3318810025"),
        (checks.ups_1z, "1Z5R89390357567127"),
        (checks.fedex_12, "738488882438"),
    ],
)
def test_a_check_accepts_the_right_digit_and_refuses_every_other(check, good: str) -> None:  # type: ignore[no-untyped-def]
    place = 10 if check is checks.s10 else len(good) - 1
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" if check is checks.mod_37_36 else "0123456789"
    fitting = [c for c in alphabet if check(good[:place] + c + good[place + 1 :])]
    assert fitting == [good[place]]


def test_the_name_in_the_shop_decides_between_carriers_with_the_same_shape() -> None:
    assert recognise("201298452277", hint="DHL Germany")[0].carrier_key == "dhl"
    assert recognise("201298452277", hint="Federal Express")[0].carrier_key == "fedex"
    assert recognise("09133131530724", hint="Hermes")[0].carrier_key == "hermes"


def test_the_country_orders_the_guesses() -> None:
    assert recognise("201298452277", country="de")[0].carrier_key == "dhl"
    assert recognise("776094337676", country="US")[0].carrier_key == "fedex"


def test_a_named_carrier_stays_a_guess_for_a_number_of_unknown_shape() -> None:
    assert [m.carrier_key for m in recognise("ABC", hint="GLS")] == ["gls"]


@pytest.mark.parametrize("number", ["", " ", "garbage", "ORDER", "9" * 500, "１２３", "\0", "12-3"])
def test_what_is_no_tracking_number_gives_no_guess(number: str) -> None:
    assert recognise(number) == []


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("DHL Germany", "dhl"),
        ("dhl", "dhl"),
        ("DHL Express (DE)", "dhl-express"),
        ("Versand mit DHL", "dhl"),
        ("Deutsche Post DHL", "deutsche-post"),
        ("Royal Mail Tracked 24®", "royal-mail"),
        ("Österreichische Post", "austrian-post"),
        ("La Poste Colissimo", "colissimo"),
        ("Colis Privé", "colis-prive"),
        ("Hermes UK", "evri"),
        ("HERMES", "hermes"),
        ("DPD UK", "dpd-uk"),
        ("DPD (Germany)", "dpd"),
        ("Fed Ex", "fedex"),
        ("UPS®", "ups"),
        ("Canada Post", "canada-post"),
        ("post", ""),
        ("Other", ""),
        ("", ""),
    ],
)
def test_what_shops_write_leads_to_the_carrier(name: str, key: str) -> None:
    assert carrier_by_name(name) == key


def test_every_carrier_has_a_link_that_carries_the_number() -> None:
    for key in CARRIERS:
        for locale in ("", "de", "fr-FR", "xx"):
            link = public_link(key, "AB 12-34", locale)
            assert link.startswith("https://"), key
            assert "AB1234" in link, key
            assert "{" not in link, key


def test_a_link_speaks_the_language_if_the_carrier_does() -> None:
    assert "/de/" in public_link("dhl", "123456", "de-AT")
    assert "/en/" in public_link("dhl", "123456", "pl")


def test_an_unknown_carrier_or_no_number_has_no_link() -> None:
    assert public_link("nobody", "123") == ""
    assert public_link("dhl", "  ") == ""
    assert carrier_name("nobody", "Nobody") == "Nobody"


def test_a_link_cannot_be_broken_out_of() -> None:
    assert '"' not in public_link("dhl", '1"><script>')


def test_every_rule_names_a_carrier_of_the_table() -> None:
    assert {rule.carrier for rule in RULES} | set(S10_CARRIERS.values()) <= set(CARRIERS)
