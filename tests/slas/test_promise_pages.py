"""The page of promises, and where agents see what is due."""

import pytest

from shopbell.conversations.models import Entry
from shopbell.kit.db.scope import store_scope
from shopbell.slas.models import Policy
from tests.backoffice.market import Market, text_of
from tests.conversations.inbox_ground import Inbox, open_inbox
from tests.support.shop import settle

PAGES = "/s/lark/inbox/setup/promises/"
FORM = {"name": "Mail", "first": "4 h", "next": "1,5 h", "channels": ["email"], "is_active": "on"}


@pytest.fixture
def inbox(committed_db: None) -> Inbox:
    return open_inbox(Market.open())


def names(inbox: Inbox) -> list[str]:
    with store_scope(inbox.market.bench.store.pk):
        return list(Policy.objects.order_by("position").values_list("name", flat=True))


def test_promises_are_made_ordered_changed_and_thrown_away(inbox: Inbox) -> None:
    person = inbox.market.person()
    assert "Chat: first answer within 2 min" in text_of(person, PAGES)
    person.post(f"{PAGES}usual/")
    assert names(inbox) == ["Chat", "Instagram", "Messengers", "E-mail and forms"]
    assert person.post(f"{PAGES}add/", FORM).status_code == 302
    page = text_of(person, PAGES)
    assert "1 h 30 min" in page
    assert "every minute counts" in page  # there are no hours yet
    with store_scope(inbox.market.bench.store.pk):
        row = Policy.objects.get(name="Mail")
    assert (row.first_minutes, row.next_minutes, row.media) == (240, 90, ["email"])
    for _ in range(2):
        person.post(f"{PAGES}{row.pk}/move/", {"to": "up"})
    assert names(inbox) == ["Chat", "Instagram", "Mail", "Messengers", "E-mail and forms"]
    assert 'value="1 h 30 min"' in text_of(person, f"{PAGES}{row.pk}/")
    person.post(f"{PAGES}{row.pk}/", FORM | {"name": "Letters"})
    assert names(inbox)[2] == "Letters"
    person.post(f"{PAGES}{row.pk}/drop/")
    assert "Letters" not in names(inbox)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"first": "soon"}, "is not understood"),
        ({"first": "", "next": ""}, "at least one of the three"),
        ({"first": "0"}, "between one minute and a year"),
    ],
)
def test_mistakes_are_told_beside_their_field(
    inbox: Inbox, change: dict[str, str], sentence: str
) -> None:
    answer = inbox.market.person().post(f"{PAGES}add/", FORM | change)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert inbox.market.person("agent").get(PAGES).status_code == 403


def test_the_list_and_the_conversation_show_what_is_due_and_the_next_due_comes_first(
    inbox: Inbox,
) -> None:
    person = inbox.market.person()
    assert "Nothing is due" in text_of(person, "/s/lark/inbox/?view=due")
    person.post(f"{PAGES}usual/")
    inbox.write("By mail, four hours", by_mail=True, external_key="t-1")
    inbox.write("By chat, two minutes", email="tom@example.com")
    settle()
    page = text_of(person, "/s/lark/inbox/?view=due")
    assert page.index("By chat, two minutes") < page.index("By mail, four hours")
    assert "in 2 min" in page
    assert "First answer" in text_of(person, "/s/lark/inbox/1/")
    with store_scope(inbox.market.bench.store.pk):
        asked = Entry.objects.get(conversation__number=2, kind="incoming")
    inbox.reply(asked, "Hello Tom")
    settle()
    assert "in time" in text_of(person, "/s/lark/inbox/2/")
    assert "By chat" not in text_of(person, "/s/lark/inbox/?view=due")
