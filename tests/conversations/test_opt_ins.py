"""The permission to tell by WhatsApp: given by the chat link's words, or noted by an agent."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from shopbell.connections.actions import store_requests
from shopbell.connections.models import Connection
from shopbell.consent.invitations import INVITATIONS, accepted, invitation
from shopbell.consent.models import ConsentEvent
from shopbell.conversations.models import Conversation
from shopbell.events.pump import PUMPS
from shopbell.kit.db.scope import store_scope
from tests.connectors.channels.whatsapp_cloud.fake import MetaFake
from tests.messaging.test_turns import connect
from tests.support.people import client_of, people_of

pytestmark = pytest.mark.usefixtures("committed_db")
MIA = "491701234567"


@pytest.fixture
def people() -> Any:
    return people_of("lark")


@pytest.fixture
def meta() -> Iterator[MetaFake]:
    with MetaFake() as fake:
        yield fake


@pytest.fixture
def inbox(people: Any, meta: MetaFake) -> Connection:
    return connect(people.store, meta)


def write(inbox: Connection, meta: MetaFake, text: str) -> None:
    """Let Mia write by WhatsApp, through the stored webhook."""
    body = json.dumps(meta.message(MIA, text)).encode()
    with store_scope(inbox.store_id):
        store_requests(connection=inbox, topic="whatsapp.messages", bodies={text: body})
    for _ in range(10):
        if not sum(PUMPS[name].run() for name in ("intake", "messages", "events")):
            return


def events(inbox: Connection) -> list[tuple[str, str, str, str]]:
    with store_scope(inbox.store_id):
        return [
            (event.action, event.purpose, event.channel, event.wording)
            for event in ConsentEvent.objects.order_by("occurred_at", "id")
        ]


def test_sending_the_words_of_the_chat_link_is_the_opt_in(
    inbox: Connection, meta: MetaFake
) -> None:
    write(inbox, meta, "Hello, is the blue cup still there?")
    assert events(inbox) == []
    words = f"{invitation('de')}. Danke!"
    write(inbox, meta, words)
    assert events(inbox) == [("granted", "order_updates", "whatsapp", words)]
    write(inbox, meta, invitation("en"))  # again changes nothing
    assert len(events(inbox)) == 1


def test_only_the_words_themselves_count() -> None:
    for language, words in INVITATIONS.items():
        assert accepted(words) == language
        assert accepted(f" {words.upper()}!") == language
    assert accepted("Did you get my “Yes, tell me about my orders here”?") == ""
    assert accepted("Yes") == ""


def test_an_agent_notes_an_opt_in_with_words_and_source(
    inbox: Connection, meta: MetaFake, people: Any
) -> None:
    write(inbox, meta, "Please write to me here when it leaves")
    with store_scope(inbox.store_id):
        number = Conversation.objects.get().number
    client = client_of(people.user("agent"))
    shown = client.get(f"/s/lark/inbox/{number}/")
    assert "Note an opt-in" in shown.text
    address = f"/s/lark/inbox/{number}/opt-in/"
    refused = client.post(address, {"medium": "whatsapp", "source": "phone", "wording": " "})
    assert refused.status_code == 422
    by_mail = {"medium": "email", "source": "chat", "wording": "x"}
    assert client.post(address, by_mail).status_code == 422
    assert events(inbox) == []
    given = {"medium": "whatsapp", "source": "chat", "wording": "Please write to me here"}
    client.post(address, given)
    assert events(inbox) == [("granted", "order_updates", "whatsapp", "Please write to me here")]
    assert "agent: chat" in client.get(f"/s/lark/inbox/{number}/").text
    client.post(address, {"medium": "whatsapp", "action": "withdraw"})
    assert [event[0] for event in events(inbox)] == ["granted", "withdrawn"]
    assert client_of(people.user("light")).post(address, given).status_code == 403
