"""The automatic acknowledgement: once, only to people, and of no use for abuse."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.conversations.models import Conversation, Entry
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from tests.conversations.post import add_mailbox, deliver, mail
from tests.support.shop import make_store
from tests.support.smtp_sink import SinkMessage, SmtpSink

pytestmark = pytest.mark.django_db
PASS = "mx.example; dmarc=pass header.from=mail.example"


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def store() -> Store:
    policies = {"desk": {"undo_seconds": 0, "acknowledgement": "Thank you, we **answer** soon."}}
    return make_store(policies=policies)


@pytest.fixture
def inbox(store: Store, sink: SmtpSink) -> Connection:
    return add_mailbox(store, smtp=sink.port)


def acknowledged(store: Store) -> int:
    with store_scope(store.pk):
        return Message.objects.filter(business_key__startswith="acknowledged:").count()


def test_a_proved_sender_is_told_that_the_mail_has_come(
    store: Store, inbox: Connection, sink: SmtpSink
) -> None:
    deliver(inbox, mail("Buy pills", message_id="<a@x.example>", Authentication_Results=PASS))
    left: SinkMessage
    [left] = sink.wait_for(1)
    assert left.recipients == ("mara@mail.example",)
    assert left.parsed["Auto-Submitted"] == "auto-replied"
    assert left.parsed["In-Reply-To"] == "<a@x.example>"
    assert left.subject == "Lark: #1"
    assert b"pills" not in left.data
    # an answer to it goes on in the same conversation
    deliver(inbox, mail("One more thing", In_Reply_To=str(left.parsed["Message-ID"])))
    with store_scope(store.pk):
        entries = Entry.objects.filter(kind="incoming")
        assert len({entry.conversation_id for entry in entries}) == 1
    assert acknowledged(store) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},  # nobody vouches for the sender, who never bought here
        {"Authentication_Results": "mx.example; dmarc=fail"},
        {"Authentication_Results": PASS, "Auto_Submitted": "auto-generated"},
        {"Authentication_Results": PASS, "Precedence": "bulk"},
        {"Authentication_Results": PASS, "X_Loop": "hello@mail.example"},
        {"Authentication_Results": PASS, "List_Id": "<x.example>"},
        {"Authentication_Results": PASS, "Return_Path": "<>"},
        {"Authentication_Results": PASS, "sender": "noreply@mail.example"},
        {"Authentication_Results": PASS, "sender": "hello+x@lark.example"},
    ],
)
def test_machines_and_unproved_senders_get_nothing(
    store: Store, inbox: Connection, headers: dict[str, str]
) -> None:
    """S-16, S-44: a null sender, X-Loop, Precedence and the like are never answered by itself."""
    deliver(inbox, mail(**headers))
    assert acknowledged(store) == 0


def test_forged_mails_give_one_acknowledgement_in_ten_minutes_and_five_a_day(
    store: Store, inbox: Connection
) -> None:
    """S-44: as many conversations as somebody may open in a victim's name."""
    store.policies = {"desk": store.policies["desk"] | {"follow_up": "new"}}
    store.save()
    begun = clock.now()
    for wave, given in enumerate((1, 2, 3, 4, 5, 5)):
        with time_machine.travel(begun + timedelta(minutes=11 * wave), tick=False):
            for number in range(4):
                subject = f"Spam {wave} {number}"
                deliver(inbox, mail("Spam", subject=subject, Authentication_Results=PASS))
                with store_scope(store.pk):
                    Conversation.objects.update(status="resolved")
        assert acknowledged(store) == given
    with store_scope(store.pk):
        assert Conversation.objects.count() == 24


def test_two_shops_that_acknowledge_each_other_fall_silent(
    store: Store, inbox: Connection, sink: SmtpSink
) -> None:
    """S-16: two installations end after one mail; three would be allowed."""
    other = make_store("wren", policies=store.policies)
    their_inbox = add_mailbox(other, smtp=sink.port)
    deliver(
        inbox,
        mail(sender="hello@wren.example", message_id="<a@x>", Authentication_Results=PASS),
    )
    [first] = sink.wait_for(1)
    deliver(their_inbox, b"Authentication-Results: " + PASS.encode() + b"\r\n" + first.data)
    assert (acknowledged(store), acknowledged(other), sink.count) == (1, 0, 1)
