"""Signatures: the one that fits best, kept by whom they belong to."""

from collections.abc import Iterator

import pytest

from shopbell.accounts.models import Store, User
from shopbell.conversations.actions import Reply, save_signature, send_reply
from shopbell.conversations.models import Signature
from shopbell.conversations.signatures import signature_for
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid
from shopbell.messaging.models import Message
from tests.backoffice.market import text_of
from tests.conversations.ground import agent, write
from tests.conversations.inbox_ground import Inbox
from tests.support.shop import add_smtp, make_store

PAGE = "/s/lark/inbox/signatures/"


@pytest.fixture
def store(db: None) -> Iterator[Store]:
    store = make_store()
    with store_scope(store.pk):
        yield store


@pytest.fixture
def ada(store: Store) -> User:
    return agent(store)


def test_the_one_that_fits_best_is_taken(store: Store, ada: User) -> None:
    inbox = add_smtp(store, 1)

    def taken(author: User | None = ada, locale: str = "de-AT") -> str:
        return signature_for(store, author, inbox_id=inbox.pk, locale=locale)

    assert taken() == f"{ada.name}\n{store.name}"
    assert taken(None) == store.name
    save_signature(user=None, inbox=None, locale="", text="{{agent.name}}\nAll of {{store.name}}")
    assert taken() == f"{ada.name}\nAll of {store.name}"
    assert taken(None) == f"All of {store.name}"
    save_signature(user=None, inbox=None, locale="de", text="Alle")
    assert (taken(), taken(locale="en")) == ("Alle", f"{ada.name}\nAll of {store.name}")
    save_signature(user=None, inbox=inbox, locale="", text="This inbox")
    assert taken() == "This inbox"
    save_signature(user=ada, inbox=None, locale="", text="Ada herself")
    assert (taken(), taken(None)) == ("Ada herself", "This inbox")


def test_there_is_one_for_the_same_people_inbox_and_language(store: Store, ada: User) -> None:
    first = save_signature(user=None, inbox=None, locale="", text="One")
    with pytest.raises(Conflict, match="this already"):
        save_signature(user=None, inbox=None, locale="", text="Two")
    with pytest.raises(Invalid, match="empty"):
        save_signature(user=ada, inbox=None, locale="", text=" ")
    save_signature(user=None, inbox=None, locale="", text="Better", row=first)
    assert Signature.objects.get().text == "Better"


def test_it_stands_below_an_answer_as_text_and_html(store: Store, ada: User) -> None:
    save_signature(user=None, inbox=None, locale="", text="**{{agent.name}}**\n<b>x</b>")
    entry = write(add_smtp(store, 1))
    send_reply(store=store, conversation=entry.conversation, author=ada, reply=Reply("Here."))
    content = Message.objects.get().data["content"]
    assert f"\n\n-- \n**{ada.name}**\n<b>x</b>" in content["text"]
    assert f"<strong>{ada.name}</strong>" in content["html"]
    assert "<b>x</b>" not in content["html"]


def test_everybody_keeps_their_own_and_a_supervisor_those_for_all(inbox: Inbox) -> None:
    agent_page, owner = inbox.market.person("agent"), inbox.market.person()
    assert "No signature yet" in text_of(agent_page, PAGE)
    values = {"whose": "me", "inbox": "", "locale": "", "text": "Kind regards\n{{agent.name}}"}
    assert agent_page.post(PAGE, values).status_code == 302
    assert "Kind regards" in text_of(agent_page, PAGE)
    # what is for everybody is not theirs to write, and a gap that nothing fills is refused
    assert agent_page.post(PAGE, values | {"whose": "all"}).status_code == 422
    refused = agent_page.post(PAGE, values | {"text": "{{customer.secret}}"})
    assert "There is no customer.secret" in refused.content.decode()
    assert agent_page.post(PAGE, values).status_code == 422
    assert owner.post(PAGE, values | {"whose": "all", "text": "All"}).status_code == 302
    with store_scope(inbox.market.bench.store.pk):
        shared = Signature.objects.get(user=None)
    assert agent_page.post(f"{PAGE}{shared.pk}/drop/").status_code == 404
    preview = agent_page.post(f"{PAGE}preview/", {"text": "**{{agent.name}}** <script>"})
    assert "<strong>Agent</strong> &lt;script&gt;" in preview.content.decode()
