"""STOP, START and HELP by text: obeyed at once, answered once, no ticket; the ledger says why."""

from typing import Any

import pytest

from shopbell.accounts.actions import add_staff
from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.consent.actions import record_consent, suppress_address
from shopbell.consent.models import Suppression
from shopbell.consent.optouts import decide_plea
from shopbell.consent.queries import current_consents, is_granted, opt_outs
from shopbell.conversations.actions.replies import Reply, send_reply
from shopbell.conversations.models import Conversation
from shopbell.customers.models import Customer
from shopbell.events.models import Event
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.actions import Draft, queue_messages, release_held
from shopbell.messaging.models import Message
from shopbell.messaging.segments import segments
from tests.support.people import client_of
from tests.support.shop import make_store
from tests.support.talk import MIA, connect, entries, settle_talk, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return make_store()


@pytest.fixture
def sms(store: Store) -> Connection:
    return connect(store, "sandbox_sms")


@pytest.fixture
def mia(store: Store) -> Customer:
    with store_scope(store.pk):
        return Customer.objects.create(email="mia@mail.example", phone=MIA, first_name="Mia")


def tell(store: Store, mia: Customer, key: str, *media: str, **changes: Any) -> Message:
    """Queue a notice to Mia, written out, and let it be worked off."""
    draft = Draft(
        business_key=key,
        kind="order_shipped",
        purpose="order_updates",
        media=media or ("sms",),
        customer=mia,
        to_address=MIA,
        origin="staff",
        data={"content": {"subject": "Hi", "text": "Your parcel is on its way."}},
    )
    with store_scope(store.pk):
        queue_messages(drafts=[draft])
    settle_talk()
    with store_scope(store.pk):
        return Message.objects.get(business_key=key)


def messages(store: Store, **wanted: Any) -> list[Message]:
    with store_scope(store.pk):
        return list(Message.objects.filter(**wanted).order_by("created_at"))


def test_a_stop_blocks_the_number_is_confirmed_once_and_opens_no_ticket(
    store: Store, sms: Connection, mia: Customer
) -> None:
    # given
    tell(store, mia, "first")
    # when
    write(sms, "Stop!")
    later = tell(store, mia, "second")
    # then
    day = f"{clock.now():%-d %b %Y}"
    assert (later.state, later.reason) == ("suppressed", "opted_out")
    assert later.reason_text == f"The customer answered STOP! by SMS on {day}."
    [entry] = entries(store)
    assert (entry.nature, entry.data["wish"]) == ("opt_out", "stop")
    assert (entry.conversation.status, entry.conversation.waiting_since) == ("resolved", None)
    [told] = messages(store, kind="opt_out")
    assert (told.state, told.to_address) == ("sent", MIA)
    assert segments(told.text).parts == 1
    with store_scope(store.pk):
        assert not Event.objects.filter(name="conversation.started").exists()


def test_a_stop_withdraws_permission_with_its_proof(
    store: Store, sms: Connection, mia: Customer
) -> None:
    # given
    with store_scope(store.pk):
        record_consent(
            customer=mia, purpose="order_updates", channel="whatsapp", action="granted", source="t"
        )
    # when
    write(sms, "arrêt")
    # then
    with store_scope(store.pk):
        held = current_consents([mia.pk])
        event = held[mia.pk, "order_updates", "whatsapp"]
        assert not is_granted(held, (mia.pk, "order_updates", "whatsapp"))
        assert event.proof == {"words": "arrêt", "number": MIA, "had": True}
        assert not is_granted(held, (mia.pk, "marketing", "sms"))


def test_a_stop_counts_on_every_channel_by_number_and_the_next_notice_goes_by_mail(
    store: Store, sms: Connection, mia: Customer
) -> None:
    # given
    connect(store, "sandbox_whatsapp")
    connect(store, "sandbox_email")
    # when
    write(sms, "STOP")
    with store_scope(store.pk):
        queue_messages(
            drafts=[
                Draft(
                    business_key="k",
                    kind="reply",
                    purpose="order_updates",
                    media=("whatsapp", "sms", "email"),
                    customer=mia,
                    data={"content": {"text": "Hello."}},
                )
            ]
        )
        found = Message.objects.get(business_key="k")
        from shopbell.messaging.gate import decide

        [verdict] = decide(store, [found])
    # then
    assert verdict.route is not None
    assert verdict.route.medium == "email"
    assert "The customer answered STOP by SMS on" in verdict.text
    assert verdict.text.endswith("So it goes by e-mail.")


def test_the_same_stop_twice_is_one_confirmation(store: Store, sms: Connection) -> None:
    write(sms, "STOP", provider_id="a")
    write(sms, "STOP", provider_id="a")
    write(sms, "STOPALL", provider_id="b")
    assert len(messages(store, kind="opt_out")) == 1
    with store_scope(store.pk):
        assert Suppression.objects.filter(lifted_at=None).count() == 2  # SMS and WhatsApp


def test_start_brings_back_what_stop_took_and_no_more(
    store: Store, sms: Connection, mia: Customer
) -> None:
    # given
    with store_scope(store.pk):
        record_consent(
            customer=mia, purpose="marketing", channel="sms", action="granted", source="t"
        )
        suppress_address(store=store, medium="sms", address=MIA, reason="manual", scope="marketing")
    write(sms, "STOP")
    # when
    write(sms, "Start")
    # then
    with store_scope(store.pk):
        held = current_consents([mia.pk])
        assert is_granted(held, (mia.pk, "marketing", "sms"))
        assert not is_granted(held, (mia.pk, "marketing", "whatsapp"))
        assert [row.reason for row in Suppression.objects.filter(lifted_at=None)] == ["manual"]
    assert [row.state for row in messages(store, kind="opt_in")] == ["sent"]
    assert tell(store, mia, "again").state == "sent"


def test_a_yes_is_a_start_only_after_a_stop(store: Store, sms: Connection) -> None:
    write(sms, "Yes")
    write(sms, "STOP")
    write(sms, "Yes")
    assert [entry.nature for entry in entries(store)] == ["", "opt_out", "opt_in"]


def test_help_is_told_who_writes_once_a_day(store: Store, sms: Connection) -> None:
    write(sms, "HELP")
    write(sms, "info")
    [told] = messages(store, kind="who_writes")
    assert store.name in told.text
    assert "STOP" in told.text
    assert [entry.nature for entry in entries(store)] == ["who_writes"] * 2


def test_help_in_a_chat_wants_help(store: Store) -> None:
    write(connect(store, "sandbox_whatsapp"), "help")
    [entry] = entries(store)
    assert (entry.nature, entry.conversation.status) == ("", "open")


def test_a_stop_in_an_open_conversation_stays_there_and_the_conversation_as_it_is(
    store: Store, sms: Connection
) -> None:
    write(sms, "Where is my tea?")
    write(sms, "STOP")
    first, second = entries(store)
    assert first.conversation_id == second.conversation_id
    assert second.conversation.status == "open"


def test_what_the_provider_answered_itself_is_not_answered_again(store: Store) -> None:
    from tests.connectors.channels.twilio_sms.fake import FakeTwilio

    with FakeTwilio() as twilio:
        sms = connect_twilio(store, twilio)
        for text in ("STOP", "stopp"):
            deliver(sms, twilio, text)
        settle_talk()
        assert [text.body for text in twilio.sent] == []  # blocked by the first
        deliver(sms, twilio, "START")
        deliver(sms, twilio, "stopp")
        settle_talk()
        assert len(twilio.sent) == 1  # Twilio knows no German


def connect_twilio(store: Store, twilio: Any) -> Connection:
    from shopbell.connections.actions import save_connection

    return save_connection(
        store=store,
        family="channel",
        connector="twilio_sms",
        slug="sms",
        settings=twilio.settings(),
    )


def deliver(sms: Connection, twilio: Any, text: str) -> None:
    from urllib.parse import urlencode

    from shopbell.connections.actions import store_requests

    form = twilio.inbound_form(twilio.text(MIA, text, deliver=False))
    with store_scope(sms.store_id):
        body = urlencode(form).encode()
        store_requests(connection=sms, topic="sms.message", bodies={form["MessageSid"]: body})
    settle_talk()


def test_a_plea_holds_what_goes_to_the_number_until_a_person_has_decided(
    store: Store, sms: Connection, mia: Customer
) -> None:
    # when
    write(sms, "please stop texting me")
    held = tell(store, mia, "held")
    # then
    assert (held.state, held.reason) == ("held", "asked")
    assert "Wrote “please stop texting me” by SMS on" in held.reason_text
    [entry] = entries(store)
    assert (entry.nature, entry.data["wish"]) == ("", "asks")
    assert entry.conversation.status == "open"


@pytest.mark.parametrize(("stop", "state"), [(True, "suppressed"), (False, "sent")])
def test_the_decision_lets_it_go_or_ends_it(
    store: Store, sms: Connection, mia: Customer, stop: bool, state: str
) -> None:
    # given
    write(sms, "You have the wrong number")
    tell(store, mia, "held")
    # when
    with store_scope(store.pk):
        decide_plea(
            store=store, number=MIA, stop=stop, what="Ada ended it", source="", at=clock.now()
        )
        release_held(reason="asked")
    settle_talk()
    # then
    assert [row.state for row in messages(store, business_key="held")] == [state]
    with store_scope(store.pk):
        assert bool(opt_outs(store, MIA)) == stop


def test_the_inbox_asks_and_a_person_decides(store: Store, sms: Connection, mia: Customer) -> None:
    # given
    agent = client_of(
        add_staff(store=store, email="ada@lark.example", name="Ada", role="agent").user
    )
    write(sms, "Please don't text me")
    tell(store, mia, "held")
    address = f"/s/{store.slug}/inbox/1/"
    # when
    asked = agent.get(address).content.decode()
    agent.post(f"{address}plea/", {"stop": "1"}, headers={"HX-Request": "true"})
    settle_talk()
    # then
    assert "want no more messages?" in asked
    [held] = messages(store, business_key="held")
    assert (held.state, held.reason) == ("suppressed", "opted_out")
    assert "The customer asked for no more messages on" in agent.get(address).content.decode()


def test_who_writes_again_after_a_stop_gets_an_answer_and_no_notices(
    store: Store, sms: Connection, mia: Customer
) -> None:
    # given
    write(sms, "STOP")
    early = answer(store, "Hm?")
    write(sms, "Where is my tea?")
    # when
    late = answer(store, "Here.")
    # then
    assert (early.state, late.state) == ("suppressed", "sent")
    assert tell(store, mia, "notice").state == "suppressed"


def answer(store: Store, text: str) -> Message:
    """Answer in the one conversation, without the seconds of undo."""
    with store_scope(store.pk):
        row = Conversation.objects.get()
        entry = send_reply(store=store, conversation=row, author=None, reply=Reply(text))
        assert entry.outgoing is not None
        Message.objects.filter(pk=entry.outgoing.pk).update(due_at=clock.now())
    settle_talk()
    with store_scope(store.pk):
        return Message.objects.get(pk=entry.outgoing.pk)
