"""Every shipped message renders with everything known and with almost nothing known."""

import re
from html.parser import HTMLParser

import pytest

from shopbell.messaging.catalogue import LOCALES
from shopbell.messaging.ports import Medium, Rendered
from shopbell.messaging.rendering.analysis import unknown_variables
from shopbell.messaging.rendering.jobs import RenderJob
from shopbell.messaging.rendering.pool import RenderPool
from shopbell.messaging.rendering.source import Source
from shopbell.notifications.defaults import (
    KINDS,
    load_default,
    minimal_context,
    sample_context,
)

_MEDIA = (Medium.EMAIL, Medium.SMS, Medium.WHATSAPP)
_VOID = frozenset("area br col hr img input link meta".split())  # noqa: SIM905


def _source(kind: str, locale: str, medium: Medium) -> Source:
    source = load_default(kind, locale, medium)
    assert source is not None
    return source


class _Balance(HTMLParser):
    """Checks that elements close in order, and that cells stand in rows."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.images: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.images.append(dict(attrs))
        if tag in ("td", "th"):
            assert self.open[-1] == "tr", self.open[-4:]
        if tag == "tr":
            assert self.open[-1] in ("tbody", "thead", "table"), self.open[-4:]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            assert self.open[-1] not in ("table", "tbody", "tr"), data


@pytest.fixture(scope="module")
def rendered() -> dict[tuple[str, str, Medium, str], Rendered]:
    """Render all kinds, locales and media, each with a full and a minimal context."""
    jobs, keys = [], []
    with RenderPool() as pool:
        from shopbell.messaging.rendering.compile import compile_template

        for kind in KINDS:
            for locale in LOCALES:
                for medium in _MEDIA:
                    compiled = compile_template(_source(kind, locale, medium))
                    for name, context in (("full", sample_context), ("minimal", minimal_context)):
                        keys.append((kind, locale, medium, name))
                        jobs.append(
                            RenderJob(
                                compiled,
                                context(kind, locale),
                                locale=locale,
                                time_zone="Europe/Berlin",
                                cache_key=f"{kind}/{locale}/{medium}",
                            )
                        )
        results = pool.render_many(jobs)
    answer = {}
    for key, result in zip(keys, results, strict=True):
        assert isinstance(result, Rendered), (key, result)
        answer[key] = result
    return answer


Messages = dict[tuple[str, str, Medium, str], Rendered]


def test_there_are_sixteen_kinds_in_two_languages_for_three_media(rendered: Messages) -> None:
    assert len(KINDS) == 16
    assert len(rendered) == 16 * 2 * 3 * 2


def test_nothing_is_missing_and_no_liquid_is_left(rendered: Messages) -> None:
    for key, message in rendered.items():
        whole = message.subject + message.html + message.text
        assert message.missing == (), key
        assert not re.search(r"\{\{|\{%|%\}|\}\}|lq\d+zz", whole.replace("@media", "")), key
        assert "None" not in message.text, key
        assert "Undefined" not in whole, key


def test_mails_are_well_formed_and_every_image_has_a_text(rendered: Messages) -> None:
    for (kind, locale, medium, name), message in rendered.items():
        if medium is not Medium.EMAIL:
            assert message.html == message.subject == ""
            continue
        page = _Balance()
        page.feed(message.html.replace("<!DOCTYPE html>", ""))
        assert page.open == [], (kind, locale, name)
        assert all("alt" in image for image in page.images)
        assert f'lang="{locale}"' in message.html
        assert message.subject
        assert len(message.subject) <= 78, message.subject
        assert len(message.html) < 40_000


def test_texts_for_phones_are_short_and_name_the_shop(rendered: Messages) -> None:
    for (kind, locale, medium, name), message in rendered.items():
        if medium is Medium.EMAIL:
            continue
        assert len(message.text) <= 320, (kind, locale)
        assert message.text.startswith("Lark & Larder: ")
        if name == "full":
            assert "https://lark.example/" in message.text


def test_the_voice_is_calm_and_sentences_read_well(rendered: Messages) -> None:
    for key, message in rendered.items():
        spoken = f"{message.subject}\n{message.text}"
        assert "!" not in spoken, key
        assert not re.search(r" [.,]|\.\.|,\.|\(\)|: ?\.|  \w", spoken), (key, spoken)


def test_the_confirmation_shows_what_was_bought(rendered: Messages) -> None:
    english = rendered["order_confirmed", "en", Medium.EMAIL, "full"]
    german = rendered["order_confirmed", "de", Medium.EMAIL, "full"]

    for part in ("Stoneware mug", "2 × Sage, 300 ml", "€37.00", "€51.80", "10435 Berlin"):
        assert part in english.html
    assert "Tax included" in english.html
    assert "37,00\xa0€" in german.text
    assert "darin Steuer: 8,27\xa0€" in german.text
    assert english.subject == "Your order #4833 is confirmed"


def test_tax_on_top_is_a_line_of_the_sum() -> None:
    from shopbell.messaging.rendering.compile import compile_template

    context = sample_context("order_confirmed")
    context["order"].update(subtotal=5000, discount=0, shipping=500, tax=440, total=5940)
    with RenderPool() as pool:
        message = pool.render(
            RenderJob(
                compile_template(_source("order_confirmed", "en", Medium.EMAIL)),
                context,
                locale="en-US",
                currency="USD",
            )
        )

    assert isinstance(message, Rendered)
    assert "Shipping: $5.00\nTax: $4.40\nTotal: $59.40" in message.text
    assert "Discount" not in message.text


@pytest.mark.parametrize("kind", KINDS)
def test_no_shipped_template_uses_a_variable_nobody_fills(kind: str) -> None:
    everything = sample_context("ready_for_pickup")
    everything["order"]["cancel_reason"] = "x"
    everything["return"] = sample_context("return_received")["return"]
    everything["refund"] = sample_context("refunded")["refund"]
    for locale in LOCALES:
        for medium in _MEDIA:
            assert unknown_variables(_source(kind, locale, medium), everything) == []


def test_a_region_gets_its_language_and_an_unknown_language_gets_none() -> None:
    austrian = load_default("dispatched", "de-AT", Medium.EMAIL)

    assert austrian is not None
    assert austrian.locale == "de-AT"
    assert "unterwegs" in austrian.subject
    assert load_default("dispatched", "fr", Medium.EMAIL) is None
    assert load_default("../secrets", "en", Medium.EMAIL) is None


@pytest.mark.parametrize("locale", LOCALES)
def test_a_parcel_that_has_arrived_is_not_expected_any_more(locale: str) -> None:
    from shopbell.messaging.rendering.compile import compile_template

    template = compile_template(_source("delivered", locale, Medium.EMAIL))
    context = sample_context("delivered", locale)
    context["shipment"] |= {"status": "delivered", "expected_text": "today, 10:00 to 12:00"}
    with RenderPool() as pool:
        arrived = pool.render(RenderJob(template, context, locale=locale, currency="EUR"))
        context["shipment"]["status"] = "in_transit"
        moving = pool.render(RenderJob(template, context, locale=locale, currency="EUR"))
    assert isinstance(arrived, Rendered)
    assert isinstance(moving, Rendered)
    assert "10:00 to 12:00" not in arrived.html + arrived.text
    assert "10:00 to 12:00" in moving.html
