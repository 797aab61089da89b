"""The page of teams, the switch at one's name, and the rule that only the owner answers."""

import uuid

import pytest
from django.test import Client

from shopbell.assignments.models import Agent, Routing
from shopbell.conversations.models import Conversation, Team
from shopbell.kit.db.scope import store_scope
from tests.backoffice.market import Market, text_of
from tests.conversations.inbox_ground import Inbox, open_inbox
from tests.support.shop import settle

PAGES = "/s/lark/inbox/setup/teams/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def inbox(committed_db: None) -> Inbox:
    return open_inbox(Market.open())


def look(inbox: Inbox) -> Conversation:
    with store_scope(inbox.market.bench.store.pk):
        return Conversation.objects.select_related("owner", "team").get(number=1)


def answer(client: Client) -> int:
    body = {"mode": "reply", "text": "Hello", "client_id": str(uuid.uuid4())}
    return client.post("/s/lark/inbox/1/reply/", body, headers=HTMX).status_code


def test_a_team_is_made_gets_an_inbox_and_is_offered_in_the_conversation(inbox: Inbox) -> None:
    person = inbox.market.person()
    assert "No team yet" in text_of(person, PAGES)
    form = {"name": "Repairs", "members": [inbox.ada.pk], "mode": "round_robin"}
    assert person.post(f"{PAGES}add/", form | {"grace_minutes": 20}).status_code == 302
    with store_scope(inbox.market.bench.store.pk):
        team = Team.objects.get()
    page = text_of(person, PAGES)
    assert "Handed out in turn" in page
    assert "Given back after 20 min" in page
    person.post(f"{PAGES}inboxes/{inbox.chat.pk}/", {"gives_to": str(team.pk), "mode": "off"})
    person.post("/s/lark/availability/", {"available": "yes"}, headers=HTMX)
    inbox.write("Hello?")
    settle()
    assert (look(inbox).owner, look(inbox).team) == (inbox.ada, team)
    page = text_of(person, "/s/lark/inbox/1/")
    assert "Given to Owner: next in turn" in page
    assert f'value="{team.pk}"' in page
    person.post("/s/lark/inbox/1/team/", {"team": ""}, headers=HTMX)
    assert look(inbox).team is None
    listed = text_of(person, f"/s/lark/inbox/?team={team.pk}")
    assert "Nothing fits" in listed
    person.post(f"{PAGES}{team.pk}/drop/")
    assert "No team yet" in text_of(person, PAGES)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"name": ""}, "required"), ({"grace_minutes": 0}, "greater than"), ({"mode": "x"}, "valid")],
)
def test_mistakes_are_told_beside_their_field(
    inbox: Inbox, change: dict[str, object], sentence: str
) -> None:
    form = {"name": "Repairs", "mode": "off", "grace_minutes": 15} | change
    page = inbox.market.person().post(f"{PAGES}add/", form)
    assert page.status_code == 422
    assert sentence in page.content.decode()


def test_people_switch_themselves_and_supervisors_say_how_much_they_take(inbox: Inbox) -> None:
    agent = inbox.market.person("agent")
    assert 'value="no" checked' in text_of(agent, "/s/lark/orders/")
    told = agent.post("/s/lark/availability/", {"available": "yes"}, headers=HTMX)
    assert 'value="yes" checked' in told.content.decode()
    assert "is-here" in told.content.decode()
    assert agent.post("/s/lark/availability/here/", headers=HTMX).status_code == 204
    assert agent.get(PAGES).status_code == 403
    with store_scope(inbox.market.bench.store.pk):
        row = Agent.objects.get()
    boss = inbox.market.person("supervisor")
    boss.post(f"{PAGES}people/{row.user_id}/", {"capacity": 4, "chat": 2})
    with store_scope(inbox.market.bench.store.pk):
        row.refresh_from_db()
        assert (row.capacity, row.capacities) == (4, {"chat": 2})
        assert not Routing.objects.exists()
    light = text_of(inbox.market.person("light"), "/s/lark/inbox/")
    assert "Do you take conversations?" not in light


def test_only_the_owner_answers_where_the_store_wants_it_so(inbox: Inbox) -> None:
    inbox.reply(inbox.write("Hello?"), "One moment")
    inbox.write("And?")
    agent, boss = inbox.market.person("agent"), inbox.market.person("supervisor")
    boss.post(f"{PAGES}rule/", {"only_owner_answers": "on"})
    assert "only the owner answers" in text_of(agent, "/s/lark/inbox/1/")
    assert answer(agent) == 409
    assert agent.post("/s/lark/inbox/1/assign/", {"owner": ""}, headers=HTMX).status_code == 409
    note = {"mode": "note", "text": "I know her", "client_id": str(uuid.uuid4())}
    assert agent.post("/s/lark/inbox/1/reply/", note, headers=HTMX).status_code == 204
    assert "you may answer all the same" in text_of(boss, "/s/lark/inbox/1/")
    assert answer(boss) == 204
    boss.post(f"{PAGES}rule/", {})
    assert answer(agent) == 204
