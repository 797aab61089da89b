"""Calls when the provider, a phone or we ourselves fail: nobody is rung twice, nothing is lost."""

from datetime import timedelta

import pytest

from shopbell.calls.actions import ask_to_call
from shopbell.calls.models import Call, Errand
from shopbell.conversations.models import Conversation
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import BadSignature
from shopbell.messaging.inbound.missed import ask
from tests.calls.ground import ADA, MARA, MONDAY, Office
from tests.calls.ground import office as office
from tests.connectors.channels.twilio_voice.fake import Phone
from tests.connectors.channels.twilio_voice.ground import StoredDoor


def calls_back(office: Office) -> None:
    office.ada_leaves()
    office.calls(keys="1")
    office.wait(minutes=1)
    office.does(ask_to_call, conversation=office.conversation(), number=MARA, by=office.ada)


def hurry(office: Office) -> None:
    """Let what was put off be due."""
    with store_scope(office.store.pk):
        Errand.objects.update(due_at=MONDAY - timedelta(days=30), lease_until=None)
    office.settle()


def test_when_twilio_does_not_answer_the_call_is_in_doubt_and_not_placed_again(
    office: Office,
) -> None:
    # given Twilio takes the call, but its answer is lost
    office.twilio.drops_answer = True
    calls_back(office)
    call = office.last_call()
    assert call.state == "in_doubt"
    assert "Not known whether the call was placed" in office.lines()[-1][1]
    assert len(office.twilio.queued) == 1
    hurry(office)
    assert len(office.twilio.queued) == 1

    # when it rings after all
    office.twilio.phones[MARA] = Phone(seconds=30)
    office.twilio.run_queued()
    office.settle()
    assert (office.last_call().state, office.last_call().outcome) == ("ended", "reached")
    assert office.promise()[1] == "met"


def test_a_busy_provider_is_asked_again_and_a_refusal_is_told(office: Office) -> None:
    office.twilio.trouble = [503, 429]
    calls_back(office)
    assert office.last_call().state == "in_doubt"  # a 503 may have done it
    office.wait(minutes=3)
    office.does(ask_to_call, conversation=office.conversation(), number=MARA, by=office.ada)
    assert office.last_call().state == "asked"
    hurry(office)
    assert office.last_call().state == "ringing"

    office.wait(minutes=3)
    office.twilio.trouble = [400]
    office.does(ask_to_call, conversation=office.conversation(), number=MARA, by=office.ada)
    call = office.last_call()
    assert call.state == "failed"
    assert "refused" in call.trouble
    assert office.promise()[1] == "running"


def test_an_agent_who_does_not_pick_up_calls_nobody(office: Office) -> None:
    office.twilio.phones[ADA] = Phone(answers=False, status="busy")
    calls_back(office)
    office.twilio.run_queued()
    office.settle()
    assert MARA not in office.twilio.rung
    assert office.last_call().outcome == "not_reached"
    assert "Your own phone was busy" in office.last_call().trouble
    assert office.promise()[1] == "running"


def test_an_agents_mailbox_calls_nobody(office: Office) -> None:
    office.twilio.phones[ADA] = Phone(keys="")
    calls_back(office)
    office.twilio.run_queued()
    office.settle()
    assert MARA not in office.twilio.rung
    assert office.promise()[1] == "running"


def test_who_hangs_up_while_it_rings_has_called_in_vain(office: Office) -> None:
    heard = office.calls(hangs_up="Dial")
    assert "One moment" in heard.text
    assert office.last_call().outcome == "missed"
    assert office.promise() == (timedelta(hours=2), "running")


def test_how_a_call_ended_is_asked_for_if_nobody_tells(office: Office) -> None:
    office.ada_leaves()
    office.twilio.told_of_end = False
    office.calls(hangs_up="Gather")
    assert office.count(Conversation) == 0
    hurry(office)
    assert office.last_call().outcome == "missed"
    assert office.count(Conversation) == 1
    assert office.count(Errand) == 0


def test_a_call_that_came_while_we_were_down_is_called_back_too(office: Office) -> None:
    # given a call of which no webhook arrived
    def nobody(_url: str, _body: bytes, _headers: dict[str, str]) -> str:
        return "<Response><Hangup/></Response>"

    office.twilio.door = nobody
    office.twilio.call_in(MARA)
    assert office.count(Call) == 0

    # when we are back and ask, twice
    for _ in range(2):
        ask(office.store.pk, office.line.pk)
        office.settle()

    # then
    assert office.count(Call) == 1
    call = office.last_call()
    assert (call.outcome, call.customer_id) == ("missed", office.mara.pk)
    assert office.promise()[1] == "running"


def test_a_recording_that_is_not_ready_is_fetched_later(office: Office) -> None:
    office.ada_leaves()
    office.twilio.trouble = [404, 503]
    office.calls(keys="2")
    assert office.last_call().recording_kept_at is None
    hurry(office)
    hurry(office)
    assert office.last_call().recording_kept_at is not None


def test_a_line_that_is_switched_to_another_token_refuses_the_old_calls(office: Office) -> None:
    office.twilio.token = "somebody else's"
    with pytest.raises(BadSignature):
        office.twilio.call_in(MARA)
    assert office.count(Call) == 0
    assert isinstance(office.twilio.door, StoredDoor)
