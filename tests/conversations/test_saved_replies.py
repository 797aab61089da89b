"""Saved replies: for a team and a language, with a tag and a status, and how they are used."""

import json
import uuid

import pytest
from django.test import Client

from shopbell.conversations.actions import Also, save_reply, set_tags
from shopbell.conversations.models import Conversation, SavedReply, Team, TeamMember
from shopbell.kit.db.scope import store_scope
from tests.backoffice.market import Market, text_of
from tests.conversations.inbox_ground import Inbox, open_inbox

HTMX = {"HX-Request": "true"}
PAGES = "/s/lark/inbox/"


@pytest.fixture
def inbox(committed_db: None) -> Inbox:
    return open_inbox(Market.open())


@pytest.fixture
def owner(inbox: Inbox) -> Client:
    return inbox.market.person()


def offered(owner: Client) -> list[str]:
    return [each["name"] for each in json.loads(owner.get(f"{PAGES}1/saved/").content)["replies"]]


def send(owner: Client, text: str, *saved: SavedReply) -> None:
    told = {
        "mode": "reply",
        "text": text,
        "client_id": str(uuid.uuid4()),
        "saved": [str(row.pk) for row in saved],
    }
    answer = owner.post(f"{PAGES}1/reply/", told, headers=HTMX)
    assert answer.status_code == 204, answer.content


def test_they_are_offered_to_the_team_and_in_the_language(inbox: Inbox, owner: Client) -> None:
    inbox.write("Wo ist mein Paket?")
    with store_scope(inbox.market.bench.store.pk):
        Conversation.objects.update(locale="de-AT")
        team = Team.objects.create(name="Returns")
        save_reply(name="Hello", text="Hello")
        save_reply(name="Sorry", text="Sorry", also=Also(locale="en"))
        save_reply(name="Sorry", text="Leider", also=Also(locale="de"))
        save_reply(name="Label", text="Here is the label", also=Also(team=team))
    assert offered(owner) == ["Sorry (de)", "Hello"]
    with store_scope(inbox.market.bench.store.pk):
        TeamMember.objects.create(team=team, user=inbox.ada)
    assert offered(owner) == ["Sorry (de)", "Hello", "Label"]


def test_use_and_change_are_counted_and_tag_and_status_follow(inbox: Inbox, owner: Client) -> None:
    inbox.write("Where is it?")
    with store_scope(inbox.market.bench.store.pk):
        row = save_reply(
            name="Tomorrow",
            text="It comes tomorrow, {{customer.first_name}}.",
            also=Also(tag="Late", status="resolved"),
        )
        set_tags(conversation=Conversation.objects.get(), tags=["vip"], by=None)
    send(owner, "Hello!\n\nIt comes  tomorrow, Mara.", row)
    send(owner, "It comes on Friday, Mara.", row)
    with store_scope(inbox.market.bench.store.pk):
        row = SavedReply.objects.get()
        assert (row.used_count, row.edited_count) == (2, 1)
        found = Conversation.objects.get()
        assert (found.tags, found.status) == (["late", "vip"], "resolved")
    page = text_of(owner, f"{PAGES}saved/")
    assert "Used 2 times, 1 of them changed before sending" in page
    assert "adds the tag “late”" in page


def test_they_come_without_signs_for_channels_that_would_show_them(
    inbox: Inbox, owner: Client
) -> None:
    inbox.write("Where is it?")
    with store_scope(inbox.market.bench.store.pk):
        row = save_reply(name="Soon", text="It comes **tomorrow**, {{customer.first_name}}.")
    [found] = json.loads(owner.get(f"{PAGES}1/saved/").content)["replies"]
    assert found["text"] == "It comes **tomorrow**, Mara."
    assert found["plain"] == "It comes tomorrow, Mara."
    send(owner, "It comes tomorrow, Mara.", row)  # that is no change of it
    with store_scope(inbox.market.bench.store.pk):
        assert SavedReply.objects.get().edited_count == 0


def test_they_are_set_up_with_language_team_tag_and_status(inbox: Inbox, owner: Client) -> None:
    with store_scope(inbox.market.bench.store.pk):
        team = Team.objects.create(name="Returns")
    told = {"name": "A", "text": "B", "locale": "de", "team": str(team.pk), "tag": "x"}
    assert owner.post(f"{PAGES}saved/", told | {"locale": "not a language"}).status_code == 422
    assert owner.post(f"{PAGES}saved/", told | {"status": "resolved"}).status_code == 302
    with store_scope(inbox.market.bench.store.pk):
        row = SavedReply.objects.get()
        assert (row.locale, row.team, row.tag, row.status) == ("de", team, "x", "resolved")
    assert "only for Returns" in text_of(owner, f"{PAGES}saved/")
