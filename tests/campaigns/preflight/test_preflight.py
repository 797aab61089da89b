"""Pre-flight reads what readers would get, and says what stops it, with what to do."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shopbell.campaigns.content.words import SAMPLE, Content
from shopbell.campaigns.preflight.findings import Case, Facts, Finding, Level, Seen
from shopbell.campaigns.preflight.looks import look_over
from shopbell.campaigns.preflight.readability import measure
from shopbell.messaging.ports import Rendered
from shopbell.messaging.rendering.compile import compile_template
from shopbell.messaging.rendering.jobs import RenderJob
from shopbell.messaging.rendering.pool import RenderPool

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))
TONIGHT = "2026-11-23T23:59:00+01:00"
LATER = "2026-11-30T23:59:00+01:00"
TEXT = {"kind": "text", "text": "The new coats are here."}
GOOD = Facts(
    leaves_at=MONDAY,
    postal_address="1 High Street\n10115 Berlin",
    sender="shop.example",
    domain=((True, "shop.example says which servers may send its mail.", ""),),
)


@pytest.fixture(scope="module")
def pool() -> Iterator[RenderPool]:
    pool = RenderPool(size=1)
    yield pool
    pool.close()


def case_of(
    pool: RenderPool,
    *blocks: dict[str, Any],
    facts: Facts = GOOD,
    locale: str = "en",
    context: dict[str, Any] | None = None,
    **parts: str,
) -> Case:
    content = Content.of({"subject": "New coats", "blocks": list(blocks or (TEXT,)), **parts})
    compiled = compile_template(content.source("email", locale))
    made = pool.render(RenderJob(compiled=compiled, context=context or dict(SAMPLE), locale=locale))
    assert isinstance(made, Rendered)
    seen = Seen(
        "email", made.subject, made.html, made.text, made.missing,
        unsubscribe=SAMPLE["links"]["unsubscribe"],
    )  # fmt: skip
    return Case(content, locale, (seen,), facts)


def said(found: list[Finding], level: Level) -> str:
    return " ".join(each.says for each in found if each.level is level)


def test_a_good_mail_stops_at_nothing_and_says_why_it_is_fine(pool: RenderPool) -> None:
    found = look_over(case_of(pool))
    assert not said(found, Level.STOPS)
    assert not said(found, Level.WARNS)
    fine = said(found, Level.FINE)
    assert "One click unsubscribes" in fine
    assert "postal address" in fine
    assert "KB of at most 102" in fine


def test_a_name_without_a_value_stops_it(pool: RenderPool) -> None:
    context = {**SAMPLE, "customer": {"name": "Ada"}}
    text = {"kind": "text", "text": "Dear {{ customer.first_name }}"}
    found = look_over(case_of(pool, text, context=context))
    assert "customer.first_name" in said(found, Level.STOPS)


def test_a_mail_that_would_be_cut_off_stops(pool: RenderPool) -> None:
    # given as many long paragraphs as make the mail larger than what is shown of it
    blocks = [{"kind": "text", "text": "Coats, warm and long. " * 440}] * 9 + [
        {"kind": "divider"}
    ] * 40
    found = look_over(case_of(pool, *blocks))
    assert "Gmail cuts it off" in said(found, Level.STOPS)


@pytest.mark.parametrize(
    ("subject", "about"),
    [
        ("x" * 61, "61 characters"),
        ("NEW COATS ARE HERE", "capitals"),
        ("New coats!!!", "cries out"),
        ("🎉🎉 New coats", "emoji"),
    ],
)
def test_a_subject_that_shouts_is_told(pool: RenderPool, subject: str, about: str) -> None:
    assert about in said(look_over(case_of(pool, subject=subject)), Level.WARNS)


@pytest.mark.parametrize(
    ("url", "level"),
    [
        ("http://localhost:8000/coats", Level.STOPS),
        ("https://192.168.1.4/coats", Level.STOPS),
        ("https://shop/coats", Level.STOPS),
        ("http://shop.example/coats", Level.WARNS),
    ],
)
def test_links_must_lead_somewhere(pool: RenderPool, url: str, level: Level) -> None:
    found = look_over(case_of(pool, TEXT, {"kind": "button", "label": "Buy", "url": url}))
    assert "blocks.2.url" in {each.where for each in found if each.level is level}


def test_a_picture_without_words_is_told_by_its_place(pool: RenderPool) -> None:
    picture = {"kind": "image", "url": "https://shop.example/a.png"}
    found = look_over(case_of(pool, TEXT, {"kind": "columns", "left": [picture]}))
    assert "blocks.2.left.1.alt" in {each.where for each in found if each.level is Level.WARNS}


def test_without_a_way_out_an_address_or_a_mailbox_it_stops(pool: RenderPool) -> None:
    # given a rendering without links, a store without an address and without a mailbox
    context = {**SAMPLE, "links": {}}
    found = look_over(case_of(pool, facts=Facts(leaves_at=MONDAY), context=context))
    stops = said(found, Level.STOPS)
    assert "no link to unsubscribe" in stops
    assert "no postal address" in stops
    assert "No mailbox" in stops


def test_what_the_domain_lacks_is_told_and_so_is_that_nobody_asked(pool: RenderPool) -> None:
    lacks = (False, "shop.example has no DMARC record.", "Add one.")
    told = look_over(case_of(pool, facts=_with(domain=(lacks,))))
    asked = look_over(case_of(pool, facts=_with(domain=None)))
    assert "DMARC" in said(told, Level.WARNS)
    assert "Nobody has asked" in said(asked, Level.WARNS)


def _with(**changed: Any) -> Facts:
    names = ("leaves_at", "postal_address", "sender", "domain", "stock", "codes", "people")
    return Facts(**{name: getattr(GOOD, name) for name in names} | changed)


@pytest.mark.parametrize(
    ("locale", "claim", "ends", "level"),
    [
        ("en", "The sale ends today", "", Level.STOPS),
        ("en", "The sale ends today", LATER, Level.STOPS),
        ("en", "The sale ends today", TONIGHT, Level.FINE),
        ("en", "Last chance: a week of coats", LATER, Level.FINE),
        ("en", "Only 3 days left", "", Level.STOPS),
        ("de", "Nur noch heute", "", Level.STOPS),
        ("de", "Nur noch heute", TONIGHT, Level.FINE),
        ("de", "Nur für kurze Zeit", "", Level.STOPS),
        ("de", "Noch 3 Tage", LATER, Level.FINE),
    ],
)
def test_urgency_needs_an_end(
    pool: RenderPool, locale: str, claim: str, ends: str, level: Level
) -> None:
    # given a claim of urgency, and perhaps a countdown
    blocks = [TEXT] + ([{"kind": "countdown", "ends": ends}] if ends else [])
    found = look_over(case_of(pool, *blocks, locale=locale, subject=claim))
    # then it is bound to the end, or stops
    assert level in {each.level for each in found if each.where == "subject"}


@pytest.mark.parametrize(
    ("locale", "claim", "stock", "level"),
    [
        ("en", "Last pieces!", None, Level.STOPS),
        ("en", "Last pieces", 4, Level.FINE),
        ("en", "Last pieces", 400, Level.STOPS),
        ("en", "Only 5 left", 5, Level.FINE),
        ("en", "Only 5 left", 6, Level.STOPS),
        ("en", "Only 5 left", 0, Level.STOPS),
        ("de", "Nur noch 5 Stück", 3, Level.FINE),
        ("de", "Solange der Vorrat reicht", None, Level.STOPS),
        ("de", "Fast ausverkauft", 900, Level.STOPS),
    ],
)
def test_scarcity_needs_stock(
    pool: RenderPool, locale: str, claim: str, stock: int | None, level: Level
) -> None:
    # given a claim of scarcity and a product of the catalogue
    product = {"kind": "product", "name": "Coat", "url": "https://shop.example/c", "product": "p1"}
    facts = _with(stock={"p1": stock})
    found = look_over(case_of(pool, product, locale=locale, subject=claim, facts=facts))
    # then it is bound to the stock, or stops
    assert level in {each.level for each in found if each.where == "subject"}


def test_a_countdown_that_is_over_when_it_leaves_stops(pool: RenderPool) -> None:
    found = look_over(
        case_of(pool, TEXT, {"kind": "countdown", "ends": "2026-11-22T10:00:00+00:00"})
    )
    assert "over when the campaign leaves" in said(found, Level.STOPS)


def test_codes_are_counted_against_people(pool: RenderPool) -> None:
    coupon = {"kind": "coupon", "code": "{{ coupon.code }}"}
    none = look_over(case_of(pool, coupon, facts=_with(people=1200)))
    few = look_over(case_of(pool, coupon, facts=_with(codes=300, people=1200)))
    enough = look_over(case_of(pool, coupon, facts=_with(codes=1200, people=1200)))
    assert "there are none" in said(none, Level.STOPS)
    assert "There are 300 codes for 1,200 people." in said(few, Level.WARNS)
    assert "There are 1,200 codes" in said(enough, Level.FINE)


def test_a_long_text_for_phones_says_how_many_parts_are_paid() -> None:
    content = Content.of({"text": "x" * 400})
    found = look_over(Case(content, "en", (Seen("sms", text="x" * 400),), GOOD))
    assert "3 parts of SMS" in said(found, Level.WARNS)


@pytest.mark.parametrize(
    ("locale", "easy", "hard"),
    [
        (
            "en",
            "We have new coats. They are warm and light. You can try one on in our shop. "
            "If it does not fit, send it back. We pay for that. The blue one is my pick.",
            "Notwithstanding considerable organisational complications, our internationally "
            "recognised manufacturing establishments consistently demonstrate extraordinary "
            "craftsmanship, incorporating environmentally responsible materials throughout "
            "every individually documented production procedure and quality investigation "
            "department.",
        ),
        (
            "de",
            "Die neuen Mäntel sind da. Sie sind warm und leicht. Du kannst sie bei uns im Laden "
            "sehen. Passt er nicht, schick ihn zurück. Das kostet dich nichts. Der blaue ist "
            "schön. Komm gern vorbei.",
            "Ungeachtet beträchtlicher organisatorischer Herausforderungen gewährleisten unsere "
            "international anerkannten Produktionsstätten außergewöhnliche Verarbeitungsqualität "
            "unter Berücksichtigung umweltverträglicher Materialien innerhalb sämtlicher "
            "individuell dokumentierter Herstellungsverfahren sowie Qualitätsuntersuchungen "
            "unserer verantwortungsbewussten Fachabteilungen weltweit und darüber hinaus.",
        ),
    ],
)
def test_short_sentences_of_short_words_read_easily(locale: str, easy: str, hard: str) -> None:
    light, heavy = measure(easy, locale), measure(hard, locale)
    assert light is not None
    assert heavy is not None
    assert light.ease is not None
    assert heavy.ease is not None
    assert light.ease > 60
    assert heavy.ease < 20
    assert measure("Two words.", locale) is None
