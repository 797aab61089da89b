"""Calls on the phone: dialled, promised, left a message, put through, by the signed front door."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from shopbell.accounts.actions import add_staff
from shopbell.accounts.models import Role, Store, User
from shopbell.assignments.agents import set_available
from shopbell.calendars.actions import save_calendar
from shopbell.calendars.notation import parse_hours
from shopbell.calls.actions import save_phone
from shopbell.calls.models import Call
from shopbell.connections.actions import save_connection
from shopbell.connections.models import Intake
from shopbell.conversations.models import Conversation
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.sandbox.models import SandboxCall, Stage
from shopbell.sandbox.pumps import run_exchange
from shopbell.slas.models import Clock
from tests.connectors.channels.twilio_voice.ground import settle_calls
from tests.support.people import client_of
from tests.support.shop import make_store
from tests.support.talk import MIA
from tests.support.web import WebProcess

pytestmark = pytest.mark.usefixtures("committed_db")
ADA = "+493055500777"


class Office:
    """A store with a sandbox line, Ada with a phone, and Mia, who calls."""

    def __init__(self) -> None:
        self.store: Store = make_store("larder")
        self.ada: User = add_staff(store=self.store, email="a@larder.example", role=Role.AGENT).user
        self.client: Client = client_of(self.ada)
        save_connection(
            store=self.store,
            family="channel",
            connector="sandbox_phone",
            slug="try",
            address="+493023125014",
            settings={"webhook_secret": "the secret of the phone, long enough"},
        )
        with store_scope(self.store.pk):
            save_calendar(name="Office", zone="UTC", week=parse_hours("Mon-Sun 0-24"))
            save_phone(user=self.ada, number=ADA)
            self.mia = Customer.objects.create(
                email="mia@mail.example", first_name="Mia", last_name="Lark", phone=MIA
            )

    def is_there(self) -> None:
        with store_scope(self.store.pk):
            set_available(user=self.ada, available=True)

    def dials(self, **fields: Any) -> None:
        self._post("calls/", who=str(self.mia.pk), **fields)

    def does(self, deed: str, **fields: Any) -> None:
        self._post(f"calls/{self.line().pk}/{deed}/", who=str(self.mia.pk), **fields)

    def _post(self, path: str, **fields: Any) -> None:
        answer = self.client.post(f"/s/larder/sandbox/{path}", fields)
        assert answer.status_code == 302, answer.content[:500]
        settle_calls()

    def page(self) -> str:
        answer = self.client.get("/s/larder/sandbox/", {"who": str(self.mia.pk), "app": "phone"})
        assert answer.status_code == 200
        return answer.content.decode()

    def line(self) -> SandboxCall:
        with store_scope(self.store.pk):
            return SandboxCall.objects.order_by("-started_at")[0]

    def call(self) -> Call:
        with store_scope(self.store.pk):
            return Call.objects.select_related("conversation").order_by("-created_at", "-id")[0]

    def promise(self) -> str:
        with store_scope(self.store.pk):
            row = Clock.objects.filter(target="news").first()
            return (row.outcome or "running") if row else ""

    def time_is_over(self) -> None:
        with store_scope(self.store.pk):
            SandboxCall.objects.filter(due_at__isnull=False).update(
                due_at=clock.now() - timedelta(seconds=1)
            )
        run_exchange()
        settle_calls()


@pytest.fixture
def office(web: WebProcess, settings: LazySettings) -> Office:
    settings.ENVIRONMENT = dataclasses.replace(settings.ENVIRONMENT, port=web.port)
    return Office()


def test_a_missed_call_is_promised_the_time_that_was_said(office: Office) -> None:
    # given nobody is there, when Mia calls
    office.dials()
    assert "Nobody is here just now." in office.page()
    assert "Press 1, and we call you back by" in office.page()
    assert 'name="key" value="1"' in office.page()

    # and presses 1
    office.does("press", key="1")

    # then the promise of the inbox is the one she heard
    call = office.call()
    assert (call.outcome, call.promise_told, call.wants_call_back) == ("missed", "voice", True)
    assert call.conversation is not None
    assert call.conversation.due_for == "news"
    heard = str(office.line().said[-1]["text"])
    assert call.promised_at is not None
    assert f"at {call.promised_at:%H:%M}" in heard
    assert heard.replace("'", "&#x27;") in office.page()  # in the list of calls
    assert office.promise() == "running"


def test_a_colleague_takes_the_call_and_talks(office: Office) -> None:
    office.is_there()
    office.dials()
    assert "we are getting somebody for you" in office.page()
    assert "Mia Lark calls" in office.page()
    office.does("take", side="colleague", number=ADA)
    assert "A call for Larder from Mia Lark. Press 1 to take it." in office.page()
    office.does("press", side="colleague", key="1")
    assert "In a call with Mia Lark" in office.page()
    assert (office.call().state, office.call().agent_id) == ("talking", office.ada.pk)
    office.does("hang-up")
    call = office.call()
    assert (call.state, call.outcome) == ("ended", "reached")
    assert call.talk_seconds is not None
    assert office.promise() == ""


@pytest.mark.parametrize("how", ["let ring out", "not pressed", "time"])
def test_a_call_that_nobody_takes_is_offered_a_call_back(office: Office, how: str) -> None:
    office.is_there()
    office.dials()
    if how == "time":
        office.time_is_over()
    else:
        if how == "not pressed":
            office.does("take", side="colleague", number=ADA)
            office.does("hang-up", side="colleague")
        else:
            office.does("decline", side="colleague", number=ADA)
    assert "nobody can take your call just now" in office.page()
    office.does("press", key="1")
    assert (office.call().outcome, office.promise()) == ("missed", "running")


def test_a_message_is_kept_with_its_words(office: Office) -> None:
    office.dials()
    office.does("press", key="2")
    assert "Your message is recorded and kept" in office.page()
    office.does("speak", text="My vase came in pieces. Please ring me.")
    call = office.call()
    assert (call.outcome, call.transcript) == (
        "voicemail",
        "My vase came in pieces. Please ring me.",
    )
    assert call.recording_kept_at is not None
    assert (call.recording_seconds, call.promise_told) == (2, "voice")
    assert "“My vase came in pieces. Please ring me.”" in office.page()
    heard = office.client.get(f"/s/larder/calls/{call.pk}/recording/")
    assert heard.content.startswith(b"\xff\xfb")


def test_who_does_not_agree_to_be_recorded_hangs_up_and_is_called_back(office: Office) -> None:
    office.dials()
    office.does("press", key="2")
    office.does("hang-up")
    assert (office.call().outcome, office.call().recording_id) == ("missed", "")
    assert office.promise() == "running"


def test_an_agent_calls_back_and_the_phone_rings_and_is_taken(office: Office) -> None:
    # given a promise
    office.dials()
    office.does("press", key="1")
    case = office.call().conversation
    assert case is not None

    # when Ada clicks to call, her own phone rings first, and Mia's knows nothing yet
    asked = office.client.post(f"/s/larder/inbox/{case.number}/call/", {"number": MIA})
    assert asked.status_code in (204, 302)
    settle_calls()
    assert "Rings" in office.page()
    assert "Larder calls" not in office.page()
    office.does("take", side="colleague", number=ADA)
    assert "You are about to call Mia Lark. Press 1 to start." in office.page()
    office.does("press", side="colleague", key="1")

    # then Mia's phone rings, she takes it, and the promise is kept
    assert "Larder calls" in office.page()
    office.does("take", number=MIA)
    assert office.line().stage == Stage.TALKS
    office.does("hang-up")
    assert (office.call().direction, office.call().outcome) == ("out", "reached")
    assert office.promise() == "met"
    assert "The shop called" in office.page()


@pytest.mark.parametrize("how", ["declined", "off", "rings out"])
def test_a_call_back_that_reaches_nobody_leaves_the_promise(office: Office, how: str) -> None:
    office.dials()
    office.does("press", key="1")
    case = office.call().conversation
    assert case is not None
    office.client.post(f"/s/larder/inbox/{case.number}/call/", {"number": MIA})
    settle_calls()
    if how == "off":
        office.client.post("/s/larder/sandbox/phone/switch/", {"who": office.mia.pk, "to": "off"})
    office.does("take", side="colleague", number=ADA)
    office.does("press", side="colleague", key="1")
    if how == "declined":
        office.does("decline", number=MIA)
    elif how == "rings out":
        office.time_is_over()
    assert office.line().stage == Stage.OVER
    assert (office.call().outcome, office.promise()) == ("not_reached", "running")
    assert ("Missed call" in office.page()) == (how != "off")


def test_a_colleague_who_does_not_pick_up_is_told_that_nobody_was_rung(office: Office) -> None:
    office.dials()
    office.does("press", key="1")
    case = office.call().conversation
    assert case is not None
    office.client.post(f"/s/larder/inbox/{case.number}/call/", {"number": MIA})
    settle_calls()
    office.time_is_over()
    assert office.call().trouble.startswith("Your own phone was not answered")
    assert "Missed call" not in office.page()


def test_a_number_may_be_withheld_and_then_nobody_can_be_called_back(office: Office) -> None:
    office.dials(withheld="1")
    shown = office.page()
    assert "Press 2 to leave a message." in shown
    assert "Press 1" not in shown
    office.does("wait")
    assert "Goodbye." in office.page()
    assert (office.call().number, office.call().outcome) == ("", "missed")
    assert office.promise() == ""


def test_what_comes_too_late_or_is_none_is_refused_in_words(office: Office) -> None:
    office.dials()
    path = f"/s/larder/sandbox/calls/{office.line().pk}"
    for deed, fields, said in (
        ("press", {"key": "x"}, "no such key"),
        ("speak", {"text": "Hello"}, "somewhere else"),
        ("take", {"number": ADA}, "somewhere else"),
    ):
        refused = office.client.post(f"{path}/{deed}/", {"who": office.mia.pk, **fields})
        assert refused.status_code in (409, 422)
        assert said in refused.content.decode()
    again = office.client.post("/s/larder/sandbox/calls/", {"who": office.mia.pk})
    assert "in a call already" in again.content.decode()
    office.does("hang-up")
    assert "call is over" in office.client.post(f"{path}/hang-up/").content.decode()
    assert office.client.post(f"{path}/sing/").status_code == 404


def test_a_caller_who_forgets_the_call_has_hung_up(office: Office) -> None:
    office.dials()
    office.time_is_over()
    assert office.line().stage == Stage.OVER
    assert (office.call().outcome, office.promise()) == ("missed", "running")


def test_a_forged_step_is_refused(office: Office, web: WebProcess) -> None:
    forged = b'{"call": "sandbox-1", "step": "", "number": "+4915112345678"}'
    answer = web.ask("POST", "/hooks/sandbox_phone/larder/try", forged)
    assert answer.status == 401
    with store_scope(office.store.pk):
        assert not Intake.objects.exists()
        assert not Conversation.objects.exists()


def test_a_stranger_who_was_made_up_calls_too(office: Office) -> None:
    made = office.client.post("/s/larder/sandbox/people/", {"name": "Nora Vale"})
    who = "+" + made["location"].partition("who=%2B")[2]
    answer = office.client.post("/s/larder/sandbox/calls/", {"who": who, "app": "phone"})
    assert answer.status_code == 302, answer.content[:500]
    shown = office.client.get("/s/larder/sandbox/", {"who": who, "app": "phone"})
    assert "Press 1, and we call you back by" in shown.content.decode()
