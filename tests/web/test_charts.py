"""Pictures for numbers."""

from xml.etree import ElementTree

import pytest

from shopbell.web import charts


def test_every_chart_is_well_formed_and_says_what_it_shows() -> None:
    for drawn in (
        charts.sparkline([1, 3, 2], label="Told <today>"),
        charts.bars({"Mon": 3, "Tue & Wed": 0}, label="Told <today>"),
        charts.lines({"E-mail": [1, 2], "SMS": [2, 1]}, label="Told <today>", names=["a", "b"]),
    ):
        root = ElementTree.fromstring(drawn)
        assert root.get("aria-label") == "Told <today>"
        assert root.get("role") == "img"


def test_no_values_draw_nothing() -> None:
    assert charts.sparkline([], label="x") == ""
    assert charts.bars({}, label="x") == ""
    assert charts.lines({"E-mail": []}, label="x") == ""


@pytest.mark.parametrize("values", [[0], [5, 5, 5], [0, 0], [-3, 4], [1e9, 1]])
def test_odd_values_stay_inside_the_picture(values: list[float]) -> None:
    # when
    root = ElementTree.fromstring(charts.sparkline(values, label="x", width=100, height=40))

    # then
    line = root.find("{*}polyline")
    assert line is not None
    for point in line.attrib["points"].split():
        x, y = (float(part) for part in point.split(","))
        assert 0 <= x <= 100
        assert 0 <= y <= 40


def test_in_a_mail_the_colour_is_written_out_and_no_stylesheet_is_needed() -> None:
    drawn = charts.bars({"Mon": 3, "Tue": 5}, label="x", colour="#2f6b4f")

    assert 'fill="#2f6b4f"' in drawn
    assert "currentColor" not in drawn
    assert "var(" not in drawn
    assert "style=" not in drawn


def test_a_colour_that_is_none_is_not_copied_into_the_page() -> None:
    assert "evil" not in charts.sparkline([1, 2], label="x", colour='red"/><evil')
