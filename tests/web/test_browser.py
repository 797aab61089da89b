"""The design system in Chromium: access for all, no overflow, everything by keyboard."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.support.browser import axe_faults, open_window, opened

pytestmark = pytest.mark.browser

PAGES = ["/styleguide", "/styleguide/customer", "/styleguide/card", "/styleguide/error/409"]
WIDTHS = (320, 360, 768, 1440)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(chromium: Browser, site: str, scheme: Any) -> None:
    with open_window(chromium, site, color_scheme=scheme, reduced_motion="reduce") as window:
        found = {address: axe_faults(opened(window, address)) for address in PAGES}
    assert found == {address: [] for address in PAGES}


@pytest.mark.parametrize("what", ["Control+k", "?"])
def test_axe_finds_nothing_in_open_dialogs(page: Page, what: str) -> None:
    page.keyboard.press(what)
    page.wait_for_selector("dialog[open]")

    assert axe_faults(page) == []


@pytest.mark.parametrize("address", PAGES)
def test_nothing_sticks_out_sideways(context: BrowserContext, address: str) -> None:
    page = opened(context, address)

    found = {width: outside(page, width) for width in WIDTHS}

    assert found == {width: [] for width in WIDTHS}


def outside(page: Page, width: int) -> list[str]:
    """Return what is wider than a window of this width."""
    page.set_viewport_size({"width": width, "height": 800})
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("main *")].filter((element) => {
            const box = element.getBoundingClientRect();
            const clipped = element.closest(
                ".table-wrap, .tabs, .visually-hidden, .secret, pre, details:not([open])");
            return box.width && !clipped && box.right > innerWidth + 1;
        }).map((element) => element.outerHTML.slice(0, 100))"""
    )
    whole = page.evaluate("document.documentElement.scrollWidth")
    return found if whole <= width else [*found, f"the page is {whole} wide"]


def test_long_words_do_not_break_the_page(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    page.evaluate(
        """() => { for (const place of document.querySelectorAll(
            ".pill, .value, .what, td, dd, h1, h2, .toast .say, .says")) {
            place.textContent = "Donaudampfschifffahrtsgesellschaft".repeat(9); } }"""
    )

    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_colours_are_remembered_and_set_before_the_first_paint(context: BrowserContext) -> None:
    # given
    page = opened(context, "/styleguide")
    page.locator(".sidebar details.menu > summary").click()

    # when
    page.get_by_role("radio", name="Dark").check(force=True)
    page.get_by_role("radio", name="Compact").check(force=True)

    # then
    again = context.new_page()
    again.route(re.compile(r"/js/app\.js"), lambda route: route.abort())
    again.goto("/styleguide")
    assert again.evaluate("document.documentElement.dataset.theme") == "dark"
    assert again.evaluate("document.documentElement.dataset.density") == "compact"
    assert again.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 26, 24)"


def test_the_palette_goes_to_a_page_by_keyboard_alone(page: Page) -> None:
    # when
    page.keyboard.press("Control+k")
    page.keyboard.type("sett")

    # then
    expect(page.locator("#palette-results [role=option]")).to_have_count(1)
    chosen = page.locator("#palette-input").get_attribute("aria-activedescendant")
    assert page.locator(f"#{chosen}").get_attribute("aria-selected") == "true"
    page.keyboard.press("Enter")
    page.wait_for_url("**/styleguide#fields")
    expect(page.locator("#palette")).not_to_be_visible()


def test_the_palette_asks_the_store_and_keeps_working_if_it_does_not_answer(page: Page) -> None:
    # given
    answers = [
        {
            "results": [
                {
                    "group": "Orders",
                    "title": "#4812",
                    "detail": "Mara K.",
                    "url": "/styleguide#table",
                },
                {"group": "Orders", "title": "Away", "detail": "", "url": "https://evil.example/"},
                {"group": "Orders", "title": "Script", "detail": "", "url": "javascript:alert(1)"},
            ]
        }
    ]

    def answer(route: Route) -> None:
        if answers:
            route.fulfill(content_type="application/json", body=json.dumps(answers.pop()))
        else:
            route.fulfill(status=503, body="")

    page.route("**/s/clay/search?q=*", answer)
    page.evaluate("document.body.dataset.search = '/s/clay/search'")

    # when
    page.keyboard.press("Control+k")
    page.keyboard.type("48")

    # then
    expect(page.locator("#palette-results [role=option]")).to_have_text(["#4812Mara K."])
    page.locator("#palette-input").fill("home")
    expect(page.locator("#palette-status")).to_contain_text("did not answer")
    expect(page.locator("#palette-results [role=option]")).to_have_count(1)


def test_arrow_keys_walk_round_the_palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    options = page.locator("#palette-results [role=option]")
    count = options.count()

    page.keyboard.press("ArrowUp")
    expect(options.nth(count - 1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).not_to_be_visible()


def test_single_keys_go_places_but_never_while_somebody_types(page: Page) -> None:
    # given
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**#people")

    # when
    page.locator('main input[type="search"]').first.focus()
    page.keyboard.type("gm?")

    # then
    assert page.url.endswith("#people")
    assert page.locator('main input[type="search"]').first.input_value() == "gm?"
    expect(page.locator("#keys")).not_to_be_visible()


def test_the_sheet_lists_what_the_page_can_do_and_switches_it_off(page: Page) -> None:
    # given
    page.keyboard.press("?")
    expect(page.locator("#keys-list")).to_contain_text("Go to Orders")
    expect(page.locator("#keys-list")).to_contain_text("Resolve")

    # when
    page.get_by_role("switch", name="Single-key shortcuts are on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.keyboard.press("?")

    # then
    assert "#people" not in page.url
    expect(page.locator("#keys")).not_to_be_visible()


def test_j_and_k_walk_through_lists_and_slash_searches(page: Page) -> None:
    page.keyboard.press("j")
    expect(page.locator("#m1 .row-link")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("#m2 .row-link")).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("#m1 .row-link")).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator('main input[type="search"]').first).to_be_focused()


def test_a_dangerous_step_asks_first_and_the_safe_answer_has_the_focus(page: Page) -> None:
    # given
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.evaluate("document.querySelector('#dialogs form').method = 'post'")
    button = page.get_by_role("button", name="Disconnect")

    # when
    button.click()
    expect(page.get_by_role("button", name="Keep as it is")).to_be_focused()
    page.keyboard.press("Enter")

    # then
    expect(page.locator("#confirm")).not_to_be_visible()
    assert sent == []
    expect(button).to_be_focused()
    button.click()
    # The answer is waited for: closing a window in the middle of a navigation may never end.
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator("#confirm").get_by_role("button", name="Disconnect").click()
    page.wait_for_load_state()


def test_an_error_of_the_server_is_said_in_a_toast(page: Page) -> None:
    page.get_by_role("button", name="Ask the server").click()

    expect(page.locator(".toast")).to_contain_text("This changed while you were looking at it.")


def test_progress_asks_until_it_is_done(page: Page) -> None:
    bar = page.locator("#progress .progress").first

    expect(bar).to_contain_text("1 of 5")


def test_the_sidebar_slides_in_on_a_phone_and_goes_back(page: Page) -> None:
    # given
    page.set_viewport_size({"width": 360, "height": 740})
    expect(page.locator("#sidebar")).not_to_be_visible()

    # when
    page.get_by_role("button", name="More", exact=True).click()

    # then
    expect(page.locator("#sidebar")).to_be_visible()
    assert axe_faults(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#sidebar")).not_to_be_visible()
    assert page.evaluate("document.getElementById('sidebar').parentElement.className") == "app"


def test_a_menu_closes_with_escape_and_gives_the_focus_back(page: Page) -> None:
    menu = page.locator("#dialogs details.menu")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(menu.locator(".menu-panel")).to_be_visible()

    page.keyboard.press("Escape")

    expect(menu.locator(".menu-panel")).not_to_be_visible()
    expect(menu.locator("summary")).to_be_focused()


LIST = """<ul id="live" class="list" hx-get="/live-list" hx-trigger="live:orders from:body"
  hx-swap="morph" %s><li id="b"><a href="#b">B</a></li><li id="a"><input id="typed"></li></ul>"""
NEWER = """<ul id="live" class="list"><li id="c"><a href="#c">C</a></li>
<li id="b"><a href="#b">B two</a></li><li id="a"><input id="typed"></li></ul>"""


def live_list(page: Page, attributes: str = "") -> None:
    """Put a list into the page that asks for itself again."""
    page.route("**/live-list", lambda route: route.fulfill(content_type="text/html", body=NEWER))
    page.evaluate(
        """(html) => { const main = document.querySelector("main");
            main.insertAdjacentHTML("afterbegin", html); htmx.process(main); }""",
        LIST % attributes,
    )


def announce(page: Page) -> None:
    """Do what the event stream does."""
    page.evaluate("document.body.dispatchEvent(new CustomEvent('live:orders', {bubbles: true}))")


def test_a_live_update_keeps_focus_and_what_was_typed(page: Page) -> None:
    # given
    live_list(page)
    page.locator("#typed").fill("half a sentence")
    page.evaluate("document.getElementById('b').marked = true")

    # when
    announce(page)

    # then
    expect(page.locator("#live > li")).to_have_text(["C", "B two", ""])
    expect(page.locator("#typed")).to_be_focused()
    assert page.locator("#typed").input_value() == "half a sentence"
    assert page.evaluate("document.getElementById('b').marked") is True


def test_nothing_moves_under_a_pointer(page: Page) -> None:
    # given
    live_list(page, "data-live-hold")
    page.locator("#b a").hover()
    before = page.locator("#b").bounding_box()

    # when
    announce(page)

    # then
    button = page.get_by_role("button", name="There is news. Show it")
    expect(button).to_be_visible()
    assert page.locator("#b").bounding_box() == before
    button.click()
    expect(page.locator("#live > li").first).to_have_text("C")
    expect(button).to_have_count(0)


def test_held_news_come_by_themselves_once_the_pointer_leaves(page: Page) -> None:
    live_list(page, "data-live-hold")
    page.locator("#b a").hover()
    announce(page)
    expect(page.get_by_role("button", name="There is news. Show it")).to_be_visible()

    page.mouse.move(640, 880)

    expect(page.locator("#live > li").first).to_have_text("C")


def test_the_event_stream_becomes_events_and_says_when_it_is_gone(context: BrowserContext) -> None:
    # given
    tries = 0

    def stream(route: Route) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            body = (
                'retry: 60000\ndata: {"t":"orders","i":"4812"}\n\n'
                "data: odd\n\nevent: resync\ndata: {}\n\n"
            )
            route.fulfill(content_type="text/event-stream", body=body)
        else:
            route.abort()

    page = context.new_page()
    page.route("**/live/clay?since=*", stream)
    page.add_init_script(
        """window.heard = []; addEventListener("DOMContentLoaded", () =>
            document.body.addEventListener("live:orders", (event) => heard.push(event.detail.id)));
            document.addEventListener("live:again", () => heard.push("again"))"""
    )
    # The style guide has no store; the address of the stream is put into its body tag.
    page.route("**/styleguide", _with_stream)

    # when
    page.goto("/styleguide")

    # then
    page.wait_for_function("() => heard.includes('4812') && heard.includes('again')")
    expect(page.locator("#live-state")).to_be_visible(timeout=8000)


def _with_stream(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(
        response=answer, body=answer.text().replace("data-app>", 'data-app data-live="/live/clay">')
    )
