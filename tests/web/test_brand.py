"""A merchant's colour on customer pages."""

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from shopbell.web import brand

channel = st.integers(0, 255)


@given(channel, channel, channel)
def test_any_colour_becomes_readable(red: int, green: int, blue: int) -> None:
    # when
    made = brand.tones(f"#{red:02x}{green:02x}{blue:02x}")

    # then
    assert made is not None
    light, light_ink = brand.parse(made.light), brand.parse(made.light_ink)
    dark, dark_ink = brand.parse(made.dark), brand.parse(made.dark_ink)
    assert light is not None
    assert light_ink is not None
    assert dark is not None
    assert dark_ink is not None
    assert brand.contrast(light, light_ink) >= brand.READABLE
    assert brand.contrast(dark, dark_ink) >= brand.READABLE


@pytest.mark.parametrize(
    "colour",
    ["", "red", "#12", "#12345g", "#fff;}body{display:none", "</style><script>", "#1234567"],
)
def test_what_is_not_a_colour_never_reaches_the_page(colour: str) -> None:
    template = Template("{% load ui %}{% brand_style brand %}")

    assert template.render(Context({"brand": brand.Brand("Clay", colour=colour)})) == ""


def test_the_short_form_is_understood() -> None:
    assert brand.parse("#c3a") == brand.parse("#cc33aa") == (0xCC, 0x33, 0xAA)
