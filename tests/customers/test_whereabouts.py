"""Whose clocks count for a customer, and whose rules."""

import pytest

from shopbell.customers.whereabouts import phone_zones, state_code, state_of_phone, whereabouts

EAST, CENTRAL, PACIFIC = "America/New_York", "America/Chicago", "America/Los_Angeles"


def test_the_profile_is_certain() -> None:
    found = whereabouts(profile="Asia/Tokyo", phone="+13055550123", country="US", region="FL")
    assert found.zones == ("Asia/Tokyo",)
    assert found.told_by == "profile"
    assert ("US", "FL") in found.regions  # the law of the number still holds


def test_a_profile_zone_alone_tells_the_country() -> None:
    assert whereabouts(profile="Europe/Paris").regions == {("FR", "")}


@pytest.mark.parametrize(
    ("phone", "state", "zones"),
    [
        ("+13055550123", "FL", {EAST}),
        ("+18505550123", "FL", {EAST, CENTRAL}),  # the panhandle lives by two clocks
        ("+12705550123", "KY", {EAST, CENTRAL}),
        ("+19155550123", "TX", {CENTRAL, "America/Denver"}),
        ("+17135550123", "TX", {CENTRAL}),
        ("+18085550123", "HI", {"Pacific/Honolulu"}),
        ("+16045550123", "", {"America/Vancouver"}),
        ("+4915112345678", "", {"Europe/Berlin"}),
    ],
)
def test_an_area_code_tells_state_and_clocks(phone: str, state: str, zones: set[str]) -> None:
    assert state_of_phone(phone) == state
    assert set(phone_zones(phone)) == zones


def test_a_number_without_a_place_may_ring_anywhere() -> None:
    zones = phone_zones("+18005550123")
    assert {CENTRAL, PACIFIC, "Pacific/Honolulu"} <= set(zones)
    assert whereabouts(phone="+18005550123").regions == {("US", "")}


def test_the_address_narrows_what_the_number_leaves_open() -> None:
    mobile = "+61412345678"  # Australian mobiles tell no place
    assert len(whereabouts(phone=mobile).zones) > 4
    assert whereabouts(phone=mobile, country="AU", region="NSW").zones == ("Australia/Sydney",)


def test_where_number_and_address_contradict_both_count() -> None:
    found = whereabouts(phone="+12125550123", country="US", region="California")
    assert set(found.zones) == {EAST, PACIFIC}
    assert found.regions == {("US", "NY"), ("US", "CA")}


def test_a_country_with_one_clock_is_certain_and_others_count_all() -> None:
    assert whereabouts(country="FR").zones == ("Europe/Paris",)
    assert set(whereabouts(country="NZ").zones) == {"Pacific/Auckland", "Pacific/Chatham"}
    assert EAST in whereabouts(country="US").zones
    assert "Pacific/Honolulu" in whereabouts(country="US").zones


def test_who_tells_nothing_lives_where_the_store_is() -> None:
    found = whereabouts(store="Europe/Vienna")
    assert (found.zones, found.told_by) == (("Europe/Vienna",), "store")
    assert not found.regions
    assert whereabouts(profile="Nowhere/At_All", store="Mars").zones == ("UTC",)


def test_states_are_known_by_code_and_by_name() -> None:
    assert state_code("US", "fl") == state_code("US", "Florida") == "FL"
    assert state_code("CA", "ontario") == "ON"
    assert state_code("DE", "by") == "BY"
