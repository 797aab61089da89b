"""What customers choose: topics, how often, a break, leaving with one tap and why; and the link."""

import statistics
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from shopbell.accounts.links import sign
from shopbell.accounts.models import Store
from shopbell.consent.actions import record_consent
from shopbell.consent.choosing import save_topic
from shopbell.consent.models import ConsentEvent, Preference, Suppression
from shopbell.customers.models import Customer, Identity
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.gate import Answer, decide
from shopbell.messaging.models import Message
from shopbell.portal import choosing
from shopbell.portal.words import _phrases
from shopbell.web.limits import Window
from tests.messaging.ground import KIND
from tests.support.shop import add_smtp, make_store

pytestmark = pytest.mark.django_db
MARA = "mara@shop.example"


class Page:
    """Mara's page, reached by the link of a message about tea."""

    def __init__(self, *, topic: str = "tea", granted: bool = True) -> None:
        self.store: Store = make_store(timezone="UTC")
        add_smtp(self.store, 2525)
        with store_scope(self.store.pk):
            self.mara = Customer.objects.create(email=MARA)
            Identity.objects.create(customer=self.mara, kind="email", value=MARA)
            for key in ("tea", "sale"):
                save_topic(names={"en": key.title(), "de": f"{key.title()} (de)"}, key=key)
            if granted:
                record_consent(
                    customer=self.mara, purpose="marketing", channel="email",
                    action="granted", source="t",
                )  # fmt: skip
            self.message = Message.objects.create(
                kind=KIND, purpose="marketing", medium="email", media=["email"],
                customer=self.mara, to_address=MARA, business_key="one", locale="en",
                data={"topic": topic} if topic else {},
            )  # fmt: skip
        self.path = f"/u/{sign(self.store, 'preferences', self.message.pk)}"

    def text(self, query: str = "") -> str:
        return Client().get(self.path + query).content.decode()

    def press(self, **post: Any) -> str:
        """Press a button and return the page that follows."""
        answer: Any = Client(enforce_csrf_checks=True).post(self.path, post)
        assert answer.status_code == 303, answer.content
        return self.text("?" + answer["Location"].split("?")[1])

    def asks(self, topic: str = "") -> str:
        """Return what the gate says to a message about a topic: "send" or why not."""
        data = {"topic": topic} if topic else {}
        with store_scope(self.store.pk), clock.at(NOON):
            message = Message(
                kind=KIND, purpose="marketing", media=["email"], customer=self.mara, data=data
            )
            verdict = decide(self.store, [message])[0]
        return "send" if verdict.answer == Answer.SEND else verdict.reason


NOON = clock.now().replace(hour=12) + timedelta(days=1)


def test_a_scanner_that_opens_the_link_two_hundred_times_changes_nothing() -> None:
    page = Page()
    with store_scope(page.store.pk):
        before = ConsentEvent.objects.count()
    client = Client()
    for _ in range(200):
        assert client.get(page.path).status_code == 200
    client.head(page.path)
    with store_scope(page.store.pk):
        assert ConsentEvent.objects.count() == before
        assert not Suppression.objects.exists()
        assert not Preference.objects.exists()
    assert page.asks("tea") == "send"


def test_one_click_on_a_message_with_a_topic_stops_that_topic_only() -> None:
    page = Page()
    for _ in range(2):  # mail programs repeat themselves
        answer = Client(enforce_csrf_checks=True).post(page.path, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert page.asks("tea") == "no_topic"
    assert page.asks("sale") == "send"
    assert page.asks() == "send"
    with store_scope(page.store.pk):
        assert ConsentEvent.objects.filter(topic="tea").count() == 1


def test_the_link_at_the_foot_stops_the_topic_of_the_mail_by_one_button() -> None:
    page = Page()
    # given the page, which says first what the mail was about, and then how to stop all of it
    shown = page.text()
    first, everything = shown.index("Stop “Tea” only"), shown.index("Stop all offers and news")
    assert first < everything < shown.index("What it is about")
    assert page.asks("tea") == "send"
    # when one button is pressed
    shown = page.press(do="topic", wanted="no")
    # then this topic stops and all else still comes
    assert "This topic stops here; everything else still comes." in shown
    assert (page.asks("tea"), page.asks("sale"), page.asks()) == ("no_topic", "send", "send")
    # and one press brings it back
    assert "You get nothing about “Tea” any more" in shown
    page.press(do="topic", wanted="yes")
    assert page.asks("tea") == "send"


def test_a_topic_that_is_offered_no_more_is_still_stopped_by_its_name() -> None:
    page = Page(topic="reminders")
    assert "Stop “Reminders” only" in page.text()
    page.press(do="topic", wanted="no")
    assert (page.asks("reminders"), page.asks("tea")) == ("no_topic", "send")


def test_a_message_without_a_topic_has_no_such_button() -> None:
    plain = Page(topic="")
    assert "only</" not in plain.text()
    assert Client().post(plain.path, {"do": "topic", "wanted": "no"}).status_code == 422


def test_one_click_on_a_message_without_a_topic_stops_all_offers() -> None:
    page = Page(topic="")
    Client().post(page.path, {"List-Unsubscribe": "One-Click"})
    assert page.asks("tea") == page.asks() == "unsubscribed"


def test_topics_and_frequency_are_chosen_at_once() -> None:
    page = Page()
    shown = page.press(do="choose", topics=["sale"], frequency="weekly")
    assert "Saved. It counts from now on." in shown
    assert 'value="sale" checked' in shown
    assert 'value="tea" checked' not in shown
    assert 'value="weekly" checked' in shown
    assert (page.asks("tea"), page.asks("sale")) == ("no_topic", "send")
    # nothing chosen at all is leaving
    assert "You will not get these any more" in page.press(do="choose", frequency="all")
    assert page.asks("sale") == "unsubscribed"


def test_a_break_ends_by_itself_or_by_a_button() -> None:
    page = Page()
    assert "We are silent for a while" in page.press(do="pause", span="week")
    assert page.asks("tea") == "paused"
    with store_scope(page.store.pk):
        until = Preference.objects.get().paused_until
    assert until is not None
    assert timedelta(days=6, hours=23) < until - clock.now() <= timedelta(days=7)
    page.press(do="pause", span="month")
    assert "The break is over" in page.press(do="pause", span="end")
    assert page.asks("tea") == "send"


def test_who_leaves_as_it_is_too_often_may_get_one_a_week_instead() -> None:
    page = Page()
    # leaving is one tap, and only then comes the question
    left = page.press(purpose="marketing", wanted="no")
    assert page.asks("tea") == "unsubscribed"
    assert "May we ask why?" in left
    shown = page.press(do="why", because="often")
    assert "Only one a week" in shown
    assert page.asks("tea") == "unsubscribed"  # an answer alone brings nothing back
    page.press(do="return", how="weekly")
    assert page.asks("tea") == "send"
    with store_scope(page.store.pk):
        wish = Preference.objects.get()
        assert (wish.frequency, wish.left_because) == ("weekly", "often")
        event = ConsentEvent.objects.filter(action="granted").latest("recorded_at")
        assert event.wording.startswith("Offers and news")
    # leaving again asks again
    assert "May we ask why?" in page.press(purpose="marketing", wanted="no")


def test_or_starts_again_in_a_month() -> None:
    page = Page()
    page.press(purpose="marketing", wanted="no")
    page.press(do="why", because="often")
    page.press(do="return", how="month")
    assert page.asks("tea") == "paused"


def test_who_leaves_as_it_is_not_interesting_may_choose_topics_instead() -> None:
    page = Page()
    page.press(purpose="marketing", wanted="no")
    assert "Only these" in page.press(do="why", because="dull")
    for bad in ({"how": "topics"}, {"how": "everything"}, {}):
        assert Client().post(page.path, {"do": "return", **bad}).status_code == 422
    assert page.asks("sale") == "unsubscribed"
    page.press(do="return", how="topics", topics=["sale"])
    assert (page.asks("sale"), page.asks("tea")) == ("send", "no_topic")


def test_nonsense_changes_nothing() -> None:
    page = Page()
    for post in (
        {"do": "choose", "topics": ["tea"], "frequency": "hourly"},
        {"do": "why", "because": "because"},
        {"purpose": "unknown"},
    ):
        assert Client().post(page.path, post).status_code == 422
    assert page.asks("tea") == "send"
    assert "<script>" not in page.text("?done=<script>&lang=<script>")


def test_a_message_to_nobody_known_still_unsubscribes_its_address() -> None:
    page = Page()
    with store_scope(page.store.pk):
        Message.objects.update(customer=None)
    assert "Saved" not in page.text()
    assert Client().post(page.path, {"do": "pause", "span": "week"}).status_code == 422
    Client().post(page.path, {"List-Unsubscribe": "One-Click"})
    with store_scope(page.store.pk):
        assert Suppression.objects.get().scope == "marketing"


def test_orders_are_untouched_by_what_is_chosen_about_offers() -> None:
    page = Page()
    page.press(purpose="marketing", wanted="no")
    with store_scope(page.store.pk):
        message = Message(
            kind=KIND, purpose="order_updates", media=["email"], customer=page.mara, data={}
        )
        assert decide(page.store, [message])[0].answer == Answer.SEND
    assert "Delivery updates" in page.text()


# ---- send me my link ----


def run_jobs() -> int:
    jobs = list(ProcrastinateJob.objects.filter(task_name="signups.mail_preferences_link"))
    for job in jobs:
        app.tasks[job.task_name](**job.args)
    return len(jobs)


def ask(email: str, **post: str) -> Any:
    return Client().post("/preferences/lark", {"email": email, **post})


def links_to() -> list[str]:
    rows = Message.objects.filter(kind="preferences_link")
    return list(rows.values_list("customer__email", flat=True))


def test_the_link_comes_by_mail_to_who_is_known_and_the_page_says_the_same_to_all() -> None:
    page = Page()
    answers = [ask(each) for each in (MARA, "nobody@shop.example", "MARA@shop.example ")]
    assert {(each.status_code, each["Location"], each.content) for each in answers} == {
        (303, "/preferences/lark?sent=1&lang=en", b"")
    }
    assert "If we write to this address" in Client().get(answers[0]["Location"]).content.decode()
    assert run_jobs() == 3
    with store_scope(page.store.pk):
        assert links_to() == [MARA]  # asked twice, it comes once
        message = Message.objects.get(kind="preferences_link")
    found = Client().get(f"/u/{sign(page.store, 'preferences', message.pk)}").content.decode()
    assert "Offers and news" in found


def test_hundreds_of_guesses_tell_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page()
    monkeypatch.setattr(choosing, "LINKS", Window(100_000, 600))
    seen, times = set(), {True: list[float](), False: list[float]()}
    for number in range(150):
        for is_known in (True, False):
            email = MARA if is_known else f"ma{number:03d}@shop.example"
            begun = time.perf_counter()
            answer = ask(email)
            times[is_known].append(time.perf_counter() - begun)
            seen.add((answer.status_code, answer["Location"], answer.content))
    assert len(seen) == 1
    # neither kind is told by its time: their medians are closer than a request takes to vary
    known, unknown = (sorted(times[each]) for each in (True, False))
    spread = known[len(known) * 9 // 10] - known[len(known) // 10]
    assert abs(statistics.median(known) - statistics.median(unknown)) < max(spread, 0.0005)
    with store_scope(page.store.pk):
        assert links_to() == []


def test_who_asks_for_links_all_day_is_held_up(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page()
    monkeypatch.setattr(choosing, "LINKS", Window(3, 600))
    client = Client(REMOTE_ADDR="81.2.69.142")
    statuses = [
        client.post("/preferences/lark", {"email": f"m{number}@shop.example"}).status_code
        for number in range(5)
    ]
    assert statuses == [303] * 3 + [429] * 2
    for number in range(8):
        with clock.at(clock.now() + timedelta(minutes=11 * number)):
            app.tasks["signups.mail_preferences_link"](page.store.pk, MARA, "en")
    with store_scope(page.store.pk):
        assert len(links_to()) == 5


def test_what_is_no_address_is_said_and_a_machine_gets_nothing() -> None:
    page = Page()
    wrong = ask("mara")
    assert wrong.status_code == 422
    assert "This is not an e-mail address" in wrong.content.decode()
    assert ask(MARA, website="x").status_code == 303
    assert run_jobs() == 0
    assert Client().get("/preferences/nowhere").status_code == 404
    assert "Meinen Link zuschicken" in Client().get("/preferences/lark?lang=de").content.decode()
    assert page.asks() == "send"


def test_both_languages_say_everything() -> None:
    english, german = _phrases("en"), _phrases("de")
    assert {name: set(part) for name, part in english.items()} == {
        name: set(part) for name, part in german.items()
    }


def test_being_measured_is_asked_where_the_store_measures_and_taken_back_there() -> None:
    page = Page()
    assert "Do not measure me" not in page.text()
    assert "Allow it" not in page.text()

    # given a store that wants to count clicks
    with store_scope(page.store.pk):
        Store.objects.filter(pk=page.store.pk).update(policies={"track_clicks": True})

    # when she allows it
    assert "Do not measure me" in page.press(do="measure", wanted="yes")

    # then the words that she saw are kept, and one press takes it back, and nothing else
    with store_scope(page.store.pk):
        said = ConsentEvent.objects.get(purpose="tracking")
        assert (said.action, said.channel) == ("granted", "email")
        assert "which links in offers you follow" in said.wording
    assert "Allow it" in page.press(do="measure", wanted="no")
    with store_scope(page.store.pk):
        newest = ConsentEvent.objects.filter(purpose="tracking").order_by("-id").first()
        assert newest is not None
        assert newest.action == "withdrawn"
        assert not ConsentEvent.objects.filter(purpose="marketing", action="withdrawn").exists()
