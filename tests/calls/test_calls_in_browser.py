"""A call in Chromium: the caller's webhooks come over the network while an agent looks on."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from shopbell.accounts.models import Store
from shopbell.assignments.agents import set_available
from shopbell.calendars.actions import save_calendar
from shopbell.calendars.notation import parse_hours
from shopbell.calls.actions import save_phone
from shopbell.customers.models import Customer
from shopbell.kit.db.scope import store_scope
from tests.backoffice.market import Market
from tests.calls.ground import ADA
from tests.connectors.channels.twilio_voice.fake import FakeTwilio, Phone, http_door
from tests.connectors.channels.twilio_voice.ground import connect_phone, settle_calls
from tests.conversations.ground import agent
from tests.support.browser import axe_faults, open_window, opened
from tests.support.people import client_of
from tests.support.web import WebProcess

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("SHOPBELL_PICTURES", "")
CALLER = "+4915112340099"


@pytest.fixture
def twilio(web: WebProcess) -> Iterator[FakeTwilio]:
    fake = FakeTwilio()
    yield fake
    fake.close()


def over_the_network(fake: FakeTwilio, web: WebProcess) -> None:
    """Post to the process that serves, under the address that Twilio knows."""

    def door(url: str, body: bytes, headers: dict[str, str]) -> str:
        here = url.replace(settings.BASE_URL, web.address)
        return http_door(here, body, headers)

    fake.door = door


def open_office(store: Store, fake: FakeTwilio) -> None:
    ada = agent(store)
    connect_phone(store, fake)
    with store_scope(store.pk):
        save_calendar(name="Office", zone="UTC", week=parse_hours("Mon-Sun 0-24"))
        save_phone(user=ada, number=ADA)
        set_available(user=ada, available=True)


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


def test_an_agent_sees_who_calls_then_what_was_missed_hears_it_and_notes_the_call_back(
    committed_db: None, web: WebProcess, twilio: FakeTwilio, chromium: Browser
) -> None:
    # given a customer with an order, whose number is known, and an agent with the inbox open
    market = Market.open()
    market.order(1001)
    store = market.bench.store
    open_office(store, twilio)
    with store_scope(store.pk):
        Customer.objects.update(phone=CALLER)
    over_the_network(twilio, web)
    cookies = client_of(agent(store)).cookies
    with open_window(chromium, web.address, cookies, color_scheme="light") as window:
        page = opened(window, f"/s/{store.slug}/inbox/")
        usual = twilio.door
        seen: list[str] = []

        def while_it_rings(url: str, body: bytes, headers: dict[str, str]) -> str:
            answer = usual(url, body, headers)
            if not seen:
                settle_calls()
                expect(page.get_by_text("is calling")).to_be_visible()
                expect(page.locator(".call-notice")).to_contain_text("#1001")
                picture(page, "calls-notice")
                seen.append(url)
            return answer

        # when she calls, nobody picks up, and she leaves a message
        twilio.door = while_it_rings
        twilio.phones[ADA] = Phone(answers=False)
        twilio.call_in(CALLER, "2")
        settle_calls()

        # then the notice goes, and the conversation is there with the message
        expect(page.locator(".call-notice")).to_have_count(0)
        page.locator("#desk-list a.list-item").first.click()
        line = page.locator(".call-line")
        expect(line).to_contain_text("Left a message")
        expect(line).to_contain_text("told in the call")
        expect(line.locator("audio")).to_be_visible()
        assert axe_faults(page) == []
        picture(page, "calls-case-light")

        # when it is called back over another phone
        page.get_by_role("button", name="Log a call").click()
        dialog = page.get_by_role("dialog", name="Log a call")
        dialog.get_by_label("We called").check()
        dialog.get_by_label("What was said").fill("The parcel is at the neighbour's.")
        assert axe_faults(page) == []
        picture(page, "calls-dialog")
        dialog.get_by_role("button", name="Write it down").click()
        expect(page.locator(".call-line.ours")).to_contain_text("at the neighbour's")
        settle_calls()
        expect(page.locator(".desk-facts")).to_contain_text("in time")
        picture(page, "calls-done")
    _look_around(chromium, web, store, cookies)


def _look_around(chromium: Browser, web: WebProcess, store: Store, cookies: object) -> None:
    """The pages keep their form on a phone and in the dark."""
    look = {"color_scheme": "dark", "viewport": {"width": 360, "height": 740}}
    with open_window(chromium, web.address, cookies, **look) as window:  # type: ignore[arg-type]
        page = opened(window, f"/s/{store.slug}/inbox/1/")
        picture(page, "calls-case-phone-dark")
        page.goto(f"/s/{store.slug}/inbox/setup/phone/")
        assert axe_faults(page) == []
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0
        picture(page, "calls-setup-phone-dark")
        page.get_by_role("link", name="Change").click()
        assert axe_faults(page) == []
        picture(page, "calls-line-phone-dark")
