"""The pages of campaigns, for those who may write and those who may only look."""

import re
from datetime import UTC, datetime, timedelta

from django.test import Client

from shopbell.accounts.actions import change_store
from shopbell.campaigns.models import Campaign, Minute
from shopbell.consent.choosing import save_topic
from shopbell.kit.db.scope import store_scope
from tests.campaigns.ground import Shop, in_a_day, work
from tests.support.people import client_of

BASE = "/s/lark/campaigns/"


def visitor(shop: Shop, role: str = "supervisor") -> Client:
    return client_of(shop.people[role].user)


def said(body: bytes) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body.decode()))


def test_the_first_page_says_what_a_campaign_is(shop: Shop) -> None:
    page = said(visitor(shop).get(BASE).content)
    assert "No campaign yet" in page
    assert "Write the first one" in page
    assert "Write the first one" not in said(visitor(shop, "agent").get(BASE).content)


def test_a_plan_is_made_changed_and_counted(shop: Shop) -> None:
    # given
    client = visitor(shop)
    germans = shop.segment("Germans", {"is": "country", "countries": "DE"})

    # when
    answer = client.post(f"{BASE}new/", {"name": "Spring"})
    page = answer["Location"]
    tomorrow = f"{in_a_day():%Y-%m-%dT%H:%M}"
    plan = {
        "name": "Spring sale", "include": [str(germans.pk)], "channels": ["email"],
        "begins_at": tomorrow, "useful_hours": "48", "per_hour": "600", "first_day": "",
        "holdout": "10", "test_share": "100", "test_hours": "4", "rule": "clicks",
    }  # fmt: skip
    counted = client.get(page.replace("/plan/", "/count/"), plan)
    saved = client.post(page, plan)
    shown = said(client.get(saved["Location"]).content)

    # then
    assert "12 people may be written to now" in said(counted.content)
    assert "13 in the audience" in said(counted.content)
    for part in ("Spring sale", "Germans", "600 in an hour", "10 % get nothing"):
        assert part in shown


def test_what_cannot_be_is_said_beside_the_field_and_nothing_is_saved(shop: Shop) -> None:
    # given
    row = shop.draft(name="Spring")
    germans = shop.segment("Germans", {"is": "country", "countries": "DE"})
    plan = {
        "name": "Spring", "include": [str(germans.pk)], "exclude": [str(germans.pk)],
        "channels": ["email"], "begins_at": "", "local": "on", "useful_hours": "48",
        "holdout": "0", "test_share": "100", "test_hours": "4", "rule": "clicks",
    }  # fmt: skip

    # when
    answer = visitor(shop).post(f"{BASE}{row.pk}/plan/", plan)

    # then
    assert answer.status_code == 422
    assert "A segment cannot be chosen and left out." in said(answer.content)
    assert "Say the hour" in said(answer.content)
    assert shop.again(row).include == []


def test_every_number_opens_the_people_behind_it(shop: Shop) -> None:
    # given
    row = shop.start()
    work()
    client = visitor(shop)

    # when
    shown = client.get(f"{BASE}{row.pk}/").content.decode()
    links = re.findall(r'href="([^"]+/people/[^"]+)"', shown)

    # then
    assert "No permission for offers" in shown
    assert len(links) >= 3
    for link in links:
        listed = said(client.get(link.replace("&amp;", "&")).content)
        assert "Mara Lind" in listed
    assert "Cancel" not in said(shown.encode()).split("The plan")[0]


def test_buttons_do_what_they_say(shop: Shop) -> None:
    # given
    client, row = visitor(shop), shop.draft(per_hour=240)

    def press(what: str) -> str:
        client.post(f"{BASE}{row.pk}/{what}/")
        return str(shop.again(row).stage)

    # then
    assert press("submit") == "scheduled"
    work()
    assert press("pause") == "paused"
    assert press("resume") == "running"
    assert press("cancel") == "cancelled"
    answer = client.post(f"{BASE}{row.pk}/copy/")
    assert answer.status_code == 302
    with store_scope(shop.store.pk):
        assert Campaign.objects.count() == 2
        copied = Campaign.objects.exclude(pk=row.pk).get()
    client.post(f"{BASE}{copied.pk}/variant/")
    client.post(f"{BASE}{copied.pk}/variant/", {"drop": "A"})
    assert "B" in said(client.get(f"{BASE}{copied.pk}/").content)
    client.post(f"{BASE}{copied.pk}/drop/")
    with store_scope(shop.store.pk):
        assert Campaign.objects.count() == 1


def test_minutes_go_by_the_stores_clock_and_the_topic_by_its_name(shop: Shop) -> None:
    # given a store in Berlin, a topic with a name, and three minutes in which mails left
    with store_scope(shop.store.pk):
        save_topic(names={"en": "New in the shop"}, key="news")
    change_store(store=shop.store, timezone="Europe/Berlin")
    row = shop.start(topic="news")
    page, client = f"{BASE}{row.pk}/", visitor(shop)

    def minutes(*moments: datetime) -> str:
        with store_scope(shop.store.pk):
            Minute.objects.filter(campaign=row).delete()
            for number, at in enumerate(moments, start=7):
                Minute.objects.create(campaign=row, at=at, queued=number)
        return client.get(page).content.decode()

    # then one minute is a sentence
    work()
    first = datetime(2026, 11, 23, 22, 50, tzinfo=UTC)
    assert "All 7 were put on their way within one minute, at 23:50." in minutes(first)
    # more are a picture, and over midnight each has its day
    shown = minutes(first, first + timedelta(minutes=1))
    assert "<title>23:50: 7</title>" in shown
    assert "within one minute" not in shown
    shown = minutes(first, first + timedelta(hours=24))
    assert "<title>23 Nov 23:50: 7</title>" in shown
    assert "<title>24 Nov 23:50: 8</title>" in shown
    assert "New in the shop" in said(shown.encode())


def test_reading_changes_nothing_and_agents_may_not_press(shop: Shop) -> None:
    # given
    row = shop.draft()

    # then
    assert visitor(shop).get(f"{BASE}{row.pk}/submit/").status_code == 405
    assert visitor(shop, "agent").post(f"{BASE}{row.pk}/submit/").status_code == 403
    assert shop.again(row).stage == "draft"
