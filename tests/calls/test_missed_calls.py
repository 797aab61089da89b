"""A missed call becomes a promised call-back, which is told, due, late, and kept."""

from datetime import timedelta

from shopbell.assignments.agents import set_available
from shopbell.calls.actions import ask_to_call, note_outcome
from shopbell.calls.models import Call
from shopbell.connections.actions import save_connection
from shopbell.connections.models import Intake
from shopbell.conversations.models import Conversation
from shopbell.events.models import Event
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.gate import decide
from shopbell.messaging.models import Message
from tests.calls.ground import ADA, MARA, Office
from tests.calls.ground import office as office
from tests.connectors.channels.twilio_voice.fake import Phone
from tests.connectors.channels.twilio_voice.ground import StoredDoor


def test_a_missed_call_is_promised_a_call_back_which_is_kept(office: Office) -> None:
    # given nobody is there, when Mara calls and presses 1
    office.ada_leaves()
    heard = office.calls(keys="1")

    # then she hears the time that is written down
    assert "We will call you back by today at 11:00" in heard.text
    row = office.conversation()
    assert (row.customer_id, row.medium, row.status) == (office.mara.pk, "phone", "open")
    assert row.due_for == "news"
    assert office.promise() == (timedelta(hours=2), "running")
    call = office.last_call()
    assert (call.outcome, call.promise_told, call.wants_call_back) == ("missed", "voice", True)

    # when Ada calls back three minutes later and Mara answers
    office.wait(minutes=3)
    office.twilio.phones[MARA] = Phone(seconds=80)
    office.does(ask_to_call, conversation=row, number=MARA, by=office.ada)
    office.twilio.run_queued()
    office.settle()

    # then the promise is kept, and the call is hers
    assert office.twilio.rung == [ADA, MARA]
    assert office.promise() == (timedelta(hours=2), "met")
    back = office.last_call()
    assert (back.outcome, back.talk_seconds, back.agent_id) == ("reached", 80, office.ada.pk)
    row = office.conversation()
    assert (row.due_for, row.waiting_since, row.owner_id) == ("", None, office.ada.pk)
    assert office.lines()[-1][0] == "reply"
    assert office.lines()[-1][1] == "Called and reached, +49 1511 2340001, 1 min 20 s."


def test_an_attempt_that_reaches_nobody_leaves_the_promise_open(office: Office) -> None:
    office.ada_leaves()
    office.calls(keys="1")
    office.wait(minutes=1)
    row = office.conversation()
    office.twilio.phones[MARA] = Phone(answers=False)
    office.does(ask_to_call, conversation=row, number=MARA, by=office.ada)
    office.twilio.run_queued()
    office.settle()
    assert office.last_call().outcome == "not_reached"
    assert office.promise() == (timedelta(hours=2), "running")

    # when it turns out that she was reached after all
    office.wait(minutes=1)
    done = office.does(
        note_outcome, call=office.last_call(), outcome="reached", notes="Sends it again.",
        by=office.ada,
    )  # fmt: skip
    assert office.promise() == (timedelta(hours=2), "met")
    assert "Sends it again." in office.lines()[-1][1]

    # and when that was a mistake
    office.does(note_outcome, call=done, outcome="voicemail", notes="", by=office.ada)
    assert office.promise() == (timedelta(hours=2), "running")


def test_who_hangs_up_without_a_word_is_called_back_all_the_same(office: Office) -> None:
    office.ada_leaves()
    office.calls(hangs_up="Gather")
    call = office.last_call()
    assert (call.outcome, call.promise_told) == ("missed", "")
    assert office.promise() == (timedelta(hours=2), "running")


def test_after_hours_the_promise_is_in_opening_hours_and_whoever_calls_again_hears_it_again(
    office: Office,
) -> None:
    office.wait(hours=10)  # 19:00
    heard = office.calls(keys="1")
    assert "We are back tomorrow at 09:00" in heard.text
    assert "by tomorrow at 11:00" in heard.text
    office.wait(hours=1)
    again = office.calls(keys="1")
    assert "by tomorrow at 11:00" in again.text
    assert office.count(Conversation) == 1
    assert office.promise() == (timedelta(hours=26), "running")


def test_in_hours_ada_is_rung_takes_the_call_and_nothing_is_owed(office: Office) -> None:
    heard = office.calls()
    assert office.twilio.rung == [ADA]
    assert "One moment" in heard.text
    call = office.last_call()
    assert (call.outcome, call.agent_id, call.talk_seconds) == ("reached", office.ada.pk, 95)
    assert office.promise() == (None, "")
    row = office.conversation()
    assert (row.waiting_since, row.owner_id) == (None, office.ada.pk)
    assert office.lines() == [("reply", "Called, +49 1511 2340001, 1 min 35 s.")]


def test_a_mailbox_of_an_agent_takes_no_call(office: Office) -> None:
    office.twilio.phones[ADA] = Phone(keys="")
    heard = office.calls(keys="1")
    assert "nobody can take your call" in heard.text
    assert office.last_call().outcome == "missed"


def test_a_message_is_recorded_after_a_word_of_warning_and_plays_in_the_inbox(
    office: Office,
) -> None:
    office.ada_leaves()
    heard = office.calls(keys="2", talks=17)
    told = heard.text.index("is recorded and kept")
    assert told < heard.text.index("we have your message")
    call = office.last_call()
    assert (call.outcome, call.recording_seconds) == ("voicemail", 17)
    assert call.recording_kept_at is not None
    with store_scope(office.store.pk):
        assert call.entry is not None
        [file] = call.entry.attachments.all()
        assert (file.name, file.content_type) == ("voicemail.mp3", "audio/mpeg")
    assert office.promise() == (timedelta(hours=2), "running")


def test_every_webhook_fifty_times_has_one_effect(office: Office) -> None:
    # given
    class Fifty(StoredDoor):
        def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> str:  # type: ignore[override]
            return {StoredDoor.__call__(self, url, body, headers) for _ in range(50)}.pop()

    office.twilio.door = Fifty(office.store, office.line)
    office.ada_leaves()

    # when
    office.calls(keys="1")

    # then
    assert office.count(Call) == 1
    assert office.count(Conversation) == 1
    assert [kind for kind, _ in office.lines()].count("incoming") == 1
    assert office.count(Intake) == 3  # rang, promised, ended


def test_news_in_any_order_give_the_same_call(office: Office) -> None:
    office.ada_leaves()
    office.twilio.call_in(MARA, "1")
    with store_scope(office.store.pk):
        for number, row in enumerate(Intake.objects.order_by("-id")):
            row.due_at = row.due_at.replace(year=2020, microsecond=number)
            row.save()
    office.settle()
    call = office.last_call()
    assert (call.outcome, call.promise_told) == ("missed", "voice")
    assert office.promise() == (timedelta(hours=2), "running")
    assert office.count(Conversation) == 1


def test_who_hung_up_before_a_time_was_said_learns_it_by_text_message(office: Office) -> None:
    # given text messages are connected
    with store_scope(office.store.pk):
        save_connection(
            store=office.store, family="channel", connector="sandbox_sms", slug="sms",
            address="+49305550", settings={},
        )  # fmt: skip
    office.ada_leaves()

    # when Mara hangs up in the greeting, twice, and then hears the time
    office.calls(hangs_up="Gather")
    office.wait(minutes=2)
    office.calls(hangs_up="Gather")
    office.wait(minutes=2)
    office.calls(keys="1")

    # then she was told once, and the ledger has it
    with store_scope(office.store.pk):
        [told] = Message.objects.filter(kind="call_back")
        [verdict] = decide(office.store, [told])
    assert told.to_address == MARA
    assert verdict.answer == "send", verdict
    assert told.data["content"]["text"] == (
        "Lark: we are sorry that we missed your call. We will call you back by today at 11:00."
    )
    with store_scope(office.store.pk):
        rows = Call.objects.order_by("created_at").values_list("promise_told", flat=True)
        assert list(rows) == ["sms", "", "voice"]


def test_the_end_of_each_call_is_news_for_others_once(office: Office) -> None:
    office.ada_leaves()
    office.calls(keys="2")
    with store_scope(office.store.pk):
        [ended] = Event.objects.filter(name="call.ended")
    assert (ended.data["direction"], ended.data["outcome"]) == ("in", "voicemail")


def test_a_caller_who_is_answered_the_second_time_is_owed_nothing(office: Office) -> None:
    office.ada_leaves()
    office.calls(keys="1")
    office.wait(minutes=5)
    with store_scope(office.store.pk):
        set_available(user=office.ada, available=True)
    office.calls()
    assert office.promise() == (timedelta(hours=2), "met")
    assert office.conversation().due_for == ""
