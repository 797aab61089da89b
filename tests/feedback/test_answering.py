"""An answer: kept once, changed for a week, and a bad one is a conversation that is answered."""

from datetime import timedelta

import pytest
from django.test import Client

from shopbell.conversations.actions import Reply, send_reply, set_status
from shopbell.conversations.models import Conversation, Entry
from shopbell.events.models import Event
from shopbell.feedback.actions import LONGEST, answer_check, open_case
from shopbell.feedback.models import Check
from shopbell.feedback.queries import MOST_TIMES
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid
from shopbell.messaging.actions import resend_message
from shopbell.messaging.models import Message
from shopbell.orders.models import Order
from tests.backoffice.market import text_of
from tests.conversations.ground import agent
from tests.conversations.post import add_mailbox, deliver, mail
from tests.feedback.ground import Asking, link_in, page
from tests.support.shop import make_store, settle
from tests.support.smtp_sink import SmtpSink


def entries(asking: Asking, kind: str = "incoming") -> list[Entry]:
    with store_scope(asking.store.pk):
        return list(Entry.objects.filter(kind=kind).order_by("created_at", "id"))


def events(asking: Asking) -> list[Event]:
    with store_scope(asking.store.pk):
        return list(Event.objects.filter(name="check.answered").order_by("id"))


def test_a_good_answer_thanks_and_begins_nothing(asking: Asking) -> None:
    message = asking.ask()
    reply = asking.answer(message, "good", "Lovely mug")
    assert reply.status_code == 303
    shown = page(reply.headers["location"])
    assert "We are glad that everything is right." in shown
    assert "Lovely mug" in shown
    [check] = asking.checks()
    assert (check.answer, check.comment, check.conversation) == ("good", "Lovely mug", None)
    assert (check.order_id, check.customer_id) == (message.order_id, message.customer_id)
    assert check.asked_at == message.sent_at
    assert asking.cases() == []
    [told] = events(asking)
    assert told.subject_id == message.customer_id
    assert told.data["good"] is True


def test_a_bad_answer_is_a_conversation_with_order_and_words(asking: Asking) -> None:
    message = asking.ask()
    reply = asking.answer(message, "bad", "The handle is broken.\nAnd one is missing.")
    shown = page(reply.headers["location"])
    assert "Somebody reads it and writes back to you at m•••@example.com." in shown
    [check], [case] = asking.checks(), asking.cases()
    assert check.conversation == case
    assert (case.status, case.order_id, case.customer_id) == (
        "open",
        message.order_id,
        message.customer_id,
    )
    assert case.tags == ["delivery check"]
    assert case.subject == "Something is not right with order #1001"
    [entry] = entries(asking)
    assert entry.text == "The handle is broken.\nAnd one is missing."
    assert events(asking)[0].data["good"] is False


def test_without_a_word_it_asks_what_is_wrong_and_adds_what_comes(asking: Asking) -> None:
    message = asking.ask()
    reply = asking.answer(message, "bad")
    assert "Tell us what is wrong" in page(reply.headers["location"])
    assert [entry.text for entry in entries(asking)] == ["No, something is not right"]
    asking.answer(message, "bad", "The lid is missing")
    [check], [case] = asking.checks(), asking.cases()
    assert (check.conversation, check.comment) == (case, "The lid is missing")
    assert [e.text for e in entries(asking)] == ["No, something is not right", "The lid is missing"]


def test_the_same_answer_twice_is_one_and_opens_one_conversation(asking: Asking) -> None:
    message = asking.ask()
    for _ in range(3):
        asking.answer(message, "bad", "Broken")
    asking.answer(message, "bad", "")  # a second tap without words takes nothing back
    [check] = asking.checks()
    assert (check.times, check.comment) == (1, "Broken")
    assert len(events(asking)) == len(asking.cases()) == len(entries(asking)) == 1
    with store_scope(asking.store.pk):
        assert open_case(check=check) == open_case(check=check) == asking_case(asking)
    assert len(entries(asking)) == 1


def asking_case(asking: Asking) -> Conversation:
    return asking.cases()[0]


def test_an_answer_can_be_changed_for_a_week(asking: Asking) -> None:
    message = asking.ask()
    asking.answer(message, "bad", "One is missing")
    asking.answer(message, "good", "Found it in the box")
    [check], [case] = asking.checks(), asking.cases()
    assert (check.answer, check.comment, check.times) == ("good", "Found it in the box", 2)
    assert check.conversation == case
    last = entries(asking, "activity")[-1]
    assert last.text == ("The customer now says that everything is right: “Found it in the box”")
    first = check.answered_at
    with clock.at(first + timedelta(days=6, hours=23)):
        assert 'value="good" required checked' in page(link_in(message))
        asking.answer(message, "bad", "Now it broke")
    [check] = asking.checks()
    assert (check.answer, check.answered_at) == ("bad", first)
    assert len(asking.cases()) == 1

    with clock.at(first + timedelta(days=7, minutes=1)):
        shown = page(link_in(message))
        assert "cannot be changed any more" in shown
        assert "<form" not in shown
        late = asking.answer(message, "good", "All fine & well")
        assert late.status_code == 410
        assert "All fine &amp; well" in late.content.decode()  # nobody has to type it again
    assert asking.checks()[0].answer == "bad"


def test_a_slip_that_is_mended_at_once_begins_nothing(asking: Asking) -> None:
    message = asking.ask()
    for answer in ("bad", "good"):  # before the worker has looked
        Client().post(link_in(message), {"answer": answer})
    settle()
    assert asking.cases() == []
    assert asking.checks()[0].answer == "good"


def test_a_resolved_conversation_opens_again_when_more_is_wrong(asking: Asking) -> None:
    message = asking.ask()
    asking.answer(message, "bad", "Broken")
    with store_scope(asking.store.pk):
        set_status(conversation=asking_case(asking), status="resolved", by=None)
    asking.answer(message, "bad", "The new one is broken, too")
    [case] = asking.cases()
    assert case.status == "open"
    assert len(entries(asking)) == 2


def test_after_two_months_nobody_can_begin_to_answer(asking: Asking) -> None:
    message = asking.ask()
    assert message.sent_at is not None
    with clock.at(message.sent_at + timedelta(days=61)):
        assert "The time to answer is over" in page(link_in(message), 410)
        late = asking.answer(message, "bad", "It broke")
        assert late.status_code == 410
        assert "It broke" in late.content.decode()
    assert (asking.checks(), asking.cases()) == ([], [])


def test_nobody_fills_the_inbox_with_one_link(asking: Asking) -> None:
    message = asking.ask()
    answers = [asking.answer(message, "bad", f"No. {n}") for n in range(MOST_TIMES + 3)]
    assert [each.status_code for each in answers].count(303) == MOST_TIMES
    assert answers[-1].status_code == 410
    assert len(entries(asking)) == MOST_TIMES


def test_a_comment_that_is_too_long_is_kept_on_the_page_and_not_taken(asking: Asking) -> None:
    message = asking.ask()
    long = "ü" * 10_000
    reply = asking.answer(message, "bad", long)
    assert reply.status_code == 422
    shown = reply.content.decode()
    assert "at most 5000 characters" in shown
    assert long in shown
    assert 'value="bad" required checked' in shown
    assert asking.checks() == []
    # what just fits is taken, with line ends as a browser sends them
    fits = "a\r\n" + "b" * (LONGEST - 2)
    assert asking.answer(message, "bad", fits).status_code == 303
    assert len(asking.checks()[0].comment) == LONGEST


@pytest.mark.parametrize("answer", ["", "fine", "GOOD"])
def test_an_answer_that_is_none_is_asked_for_again(asking: Asking, answer: str) -> None:
    reply = asking.answer(asking.ask(), answer, "My words")
    assert reply.status_code == 422
    assert "Choose one of the two answers." in reply.content.decode()
    assert "My words" in reply.content.decode()
    assert asking.checks() == []


def test_html_in_a_comment_is_text_everywhere(asking: Asking) -> None:
    message = asking.ask()
    evil = "<script>alert(1)</script><b>bold</b>\x00"
    reply = asking.answer(message, "bad", evil)
    shown = "&lt;script&gt;alert(1)&lt;/script&gt;"
    client = asking.market.person()
    pages = [
        page(reply.headers["location"]),
        page(link_in(message)),
        text_of(client, "/s/lark/feedback/"),
        text_of(client, f"/s/lark/inbox/{asking_case(asking).number}/"),
    ]
    for each in pages:
        assert shown in each
        assert "<script>alert" not in each


def test_the_agents_answer_reaches_the_customer_and_theirs_comes_back(db: None) -> None:
    asking = Asking.begin()
    with SmtpSink() as sink:
        box = add_mailbox(asking.store, smtp=sink.port)
        order = asking.market.order(1001)
        message = asking.ask_about(order, data={"inbox": str(box.pk)})
        asking.answer(message, "bad", "The handle is broken")
        before = sink.count
        with store_scope(asking.store.pk):
            send_reply(
                store=asking.store,
                conversation=asking_case(asking),
                author=agent(asking.store),
                reply=Reply("We send you a new one today."),
            )
        settle()
        [told] = sink.wait_for(before + 1)[before:]
    assert told.recipients == ("mara1001@example.com",)
    assert told.subject == "Re: Something is not right with order #1001"
    assert "> The handle is broken" in told.body()
    deliver(box, mail("Thanks!", sender=told.recipients[0], to=str(told.parsed["Reply-To"])))
    assert [entry.text for entry in entries(asking)] == ["The handle is broken", "Thanks!"]
    assert len(asking.cases()) == 1


def test_who_has_a_phone_only_is_answered_there(asking: Asking) -> None:
    message = asking.ask_by_phone(email="", customer=None)
    asking.answer(message, "bad", "Broken")
    [case] = asking.cases()
    assert case.medium == "sms"
    with store_scope(asking.store.pk):
        assert case.threads.get().address == message.to_address


def test_who_was_asked_by_phone_and_has_a_mail_address_is_answered_by_mail(
    asking: Asking,
) -> None:
    message = asking.ask_by_phone()
    assert message.medium == "sms"
    asking.answer(message, "bad", "Broken")
    [case] = asking.cases()
    assert case.medium == "email"
    with store_scope(asking.store.pk):
        assert case.threads.get().address == "mara1001@example.com"


def test_while_the_bad_answer_is_open_nobody_asks_again(asking: Asking) -> None:
    message = asking.ask()
    asking.answer(message, "bad", "Broken")
    with store_scope(asking.store.pk):
        order = Order.objects.get()
    again = asking.ask_about(order)
    assert (again.state, again.reason) == ("held", "open_conversation")
    with store_scope(asking.store.pk):
        set_status(conversation=asking_case(asking), status="resolved", by=None)
    settle()
    with store_scope(asking.store.pk):
        assert Message.objects.get(pk=again.pk).state == "sent"


def test_an_action_refuses_what_the_page_would_not_send(asking: Asking) -> None:
    message = asking.ask()
    with store_scope(asking.store.pk):
        with pytest.raises(Invalid):
            answer_check(message=message, answer="maybe")
        with pytest.raises(Invalid):
            answer_check(message=message, answer="bad", comment="x" * (LONGEST + 1))
        with (
            clock.at(clock.now() + timedelta(days=61)),
            pytest.raises(Conflict),
        ):
            answer_check(message=message, answer="bad")
        assert not Check.objects.exists()


def test_a_message_that_was_deleted_asks_nothing(asking: Asking) -> None:
    message = asking.ask()
    with store_scope(asking.store.pk):
        Message.objects.filter(pk=message.pk).delete()
    page(link_in(message), 404)


def test_another_store_sees_nothing_of_it(asking: Asking) -> None:
    asking.answer(asking.ask(), "bad", "Broken")
    other = make_store("wren")
    with store_scope(other.pk):
        assert not Check.objects.exists()


def test_sent_again_it_is_the_same_question(asking: Asking) -> None:
    first = asking.ask()
    with store_scope(asking.store.pk):
        second = resend_message(message=first, by="Ada")
    settle()
    with store_scope(asking.store.pk):
        second.refresh_from_db()
    assert link_in(first) != link_in(second)
    asking.answer(second, "bad", "Broken")
    asking.answer(first, "bad", "Broken")
    assert len(asking.checks()) == len(asking.cases()) == len(entries(asking)) == 1
    assert 'value="bad" required checked' in page(link_in(first))


def test_by_the_next_channel_it_is_the_same_question(asking: Asking) -> None:
    first = asking.ask_by_phone(1001)
    second = asking.ask_about_again(first)
    asking.answer(first, "bad", "Broken")
    asking.answer(second, "good", "Mended")
    [check] = asking.checks()
    assert (check.answer, check.message_id, len(asking.cases())) == ("good", first.pk, 1)
