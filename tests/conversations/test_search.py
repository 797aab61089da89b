"""Conversations are found by what was said, by whom, about which order, and by filters."""

from datetime import timedelta

import pytest
from django.db import connection

from shopbell.conversations.actions import add_note, assign, merge_conversations, set_tags
from shopbell.conversations.models import Conversation
from shopbell.conversations.ports import IncomingFile
from shopbell.conversations.queries import Filters, newest_matching
from shopbell.conversations.search import finding
from shopbell.conversations.search.asking import ask
from shopbell.conversations.search.keeping import keep_anew
from shopbell.conversations.search.words import fold, kept_words
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from tests.backoffice.market import Market, text_of
from tests.conversations.inbox_ground import Inbox, fill, open_inbox

PAGES = "/s/lark/inbox/"


@pytest.fixture
def inbox(db: None) -> Inbox:
    return open_inbox(Market.open())


def found(inbox: Inbox, text: str, **start: object) -> list[int]:
    """Return the numbers of the conversations a text finds, newest first."""
    store = inbox.market.bench.store
    with store_scope(store.pk):
        filters = Filters(**({"status": ""} | start))  # type: ignore[arg-type]
        asked = ask(text, start=filters, viewer=inbox.ada, zone="Europe/Berlin")
        assert asked.troubles == []
        rows = newest_matching(asked.filters, Conversation.objects.all(), 40)
    return [row.number for row in rows]


def troubles(inbox: Inbox, text: str) -> str:
    with store_scope(inbox.market.bench.store.pk):
        asked = ask(text, start=Filters(), viewer=inbox.ada, zone="Europe/Berlin")
    return " ".join(asked.troubles)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("Two parcels were DAMAGED", "damage"),
        ("Two parcels were damaged", "parcel two"),
        ("Où est ma commande, elle est abîmée", "abimee"),
        ("Die Größe passt nicht", "GROSSE"),
        ("Die Größe passt nicht", "größe"),
        ("Meine Bestellungen fehlen", "bestellung"),
        ("Write to zoe.o'neil+shop@mail.example", "zoe.o'neil+shop@mail.ex"),
        ("The code is AB-1234/x", "ab-1234/x"),
        ("The code is AB-1234", "1234"),
        ("Заказ не пришёл", "пришел"),
        ("注文した商品が届きません", "商品"),
        ("refund", "refu"),
    ],
)
def test_words_are_found_whatever_their_form(inbox: Inbox, said: str, asked: str) -> None:
    inbox.write("Something else entirely", email="other@shop.example")
    inbox.write(said, email="one@shop.example")
    assert found(inbox, asked) == [2]


def test_what_nobody_said_is_not_found(inbox: Inbox) -> None:
    inbox.write("Where is my order?")
    assert found(inbox, "zeppelin") == []
    assert found(inbox, "order zeppelin") == []
    assert found(inbox, "& | ! :* '") == []


def test_words_may_stand_in_different_messages_notes_and_answers(inbox: Inbox) -> None:
    entry = inbox.write("The kettle leaks")
    inbox.reply(entry, "We send a **replacement**")
    with store_scope(inbox.market.bench.store.pk):
        conversation = Conversation.objects.get()
        add_note(conversation=conversation, author=inbox.ada, text="Third one from this batch")
    assert found(inbox, "kettle replacement batch") == [1]


def test_people_are_found_by_name_and_address_and_told_from_what_is_said(inbox: Inbox) -> None:
    inbox.write("Is Mara there?", email="tom@shop.example")
    inbox.write("Hello", email="mara.weber@shop.example")
    assert found(inbox, "mara.weber@shop.example") == [2]
    assert found(inbox, "weber") == [2]
    assert found(inbox, "from:mara.weber") == [2]
    assert found(inbox, "from:tom@shop.example hello") == []


def test_orders_and_parcels_lead_to_the_conversations_of_their_customer(inbox: Inbox) -> None:
    fill(inbox)
    for asked in ("1001", "#1001", "order:1001", "order:#1001", "00340434161094251001"):
        assert found(inbox, asked) == [1], asked
    assert found(inbox, "order:9999") == []


def test_a_number_that_became_known_later_is_found_too(inbox: Inbox) -> None:
    inbox.write("Hi", email="mara1001@example.com")
    inbox.market.order(1001)
    assert found(inbox, "#1001") == [1]


def test_files_are_found_by_name_and_by_being_there(inbox: Inbox) -> None:
    inbox.write("Nothing attached", email="a@shop.example")
    file = IncomingFile("Rechnung_Müller.pdf", "application/pdf", b"%PDF-1.4")
    inbox.write("See this", email="b@shop.example", files=(file,))
    assert found(inbox, "has:file") == [2]
    assert found(inbox, "rechnung_muller.pdf") == [2]


def test_filters_narrow_and_go_together(inbox: Inbox) -> None:
    fill(inbox)
    store = inbox.market.bench.store
    with store_scope(store.pk):
        late = Conversation.objects.get(number=1)
        assert late.tags == ["late parcel"]
    assert found(inbox, 'tag:"late parcel"') == [1]
    assert found(inbox, "owner:me") == [2, 1]
    assert found(inbox, "owner:nobody is:open in:chat") == [4, 3]
    assert found(inbox, "channel:mail") == [2]
    assert found(inbox, 'late tag:"late parcel" before:2020') == []
    assert found(inbox, "after:yesterday is:open norway") == [3]
    assert found(inbox, "before:1d") == []


def test_what_is_not_understood_is_said_plainly(inbox: Inbox) -> None:
    assert "Nobody here is called “bob”" in troubles(inbox, "owner:bob")
    assert "no channel" in troubles(inbox, "in:pigeon")
    assert "is no day" in troubles(inbox, "before:soonish")
    assert "is no day" in troubles(inbox, "after:2026-13")
    assert "is: knows open" in troubles(inbox, "is:lovely")
    assert "has: knows file" in troubles(inbox, "has:fun")
    page = text_of(inbox.market.person(), f"{PAGES}?q=before:soonish")
    assert "Not understood" in page
    assert "“soonish” is no day" in page


def test_the_list_shows_where_the_words_are_and_offers_to_take_filters_off(inbox: Inbox) -> None:
    inbox.write("The <b>first</b> message, about a broken kettle", email="a@shop.example")
    inbox.write("Another message", email="a@shop.example")
    page = text_of(inbox.market.person(), f"{PAGES}?q=kettles+from:a@shop.example")
    assert "a broken <mark>kettle</mark>" in page
    assert "&lt;b&gt;first&lt;/b&gt;" in page
    assert "from: a@shop.example" in page
    assert "?q=kettles" in page


def test_the_box_offers_filters_with_what_there_is(inbox: Inbox) -> None:
    fill(inbox)
    page = text_of(inbox.market.person(), f"{PAGES}choices/")
    for offered in ("from:", "is:waiting", "in:chat", "owner:me", "tag:&quot;late parcel&quot;"):
        assert f'<option value="{offered}">' in page


def test_merging_takes_the_words_along(inbox: Inbox) -> None:
    inbox.write("The teapot dripped", visitor="v1")
    inbox.write("About the saucer", by_mail=True)
    with store_scope(inbox.market.bench.store.pk):
        first, second = Conversation.objects.order_by("number")
        merge_conversations(conversation=first, into=second, by=inbox.ada)
    assert found(inbox, "teapot saucer") == [2]


def test_common_and_rare_words_are_found_the_newest_first(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given fewer conversations are looked through one by one than there are
    monkeypatch.setattr(finding, "NEWEST", 3)
    for number in range(6):
        inbox.write("common" + (" rare" if number < 2 else ""), email=f"p{number}@shop.example")
        with store_scope(inbox.market.bench.store.pk):
            row = Conversation.objects.get(number=number + 1)
            row.last_message_at = clock.now() - timedelta(days=10 - number)
            set_tags(conversation=row, tags=["odd"] if number % 2 else ["even"], by=inbox.ada)
            Conversation.objects.filter(pk=row.pk).update(last_message_at=row.last_message_at)
    assert found(inbox, "common") == [6, 5, 4, 3, 2, 1]
    assert found(inbox, "rare") == [2, 1]
    assert found(inbox, "rare tag:odd") == [2]
    assert found(inbox, "tag:even") == [5, 3, 1]


def test_no_store_finds_what_was_said_in_another(inbox: Inbox) -> None:
    inbox.write("A secret about the teapot", email="a@shop.example")
    other = open_inbox(Market.open("wren"))
    other.write("Nothing of the kind", email="a@shop.example")
    assert found(other, "teapot") == []
    assert found(other, "from:a@shop.example") == [1]
    with store_scope(other.market.bench.store.pk):
        mark = f"{inbox.market.bench.store.pk}:teapot"
        with connection.cursor() as cursor:
            cursor.execute("SELECT conversations_saying(quote_literal(%s)::tsquery, 9)", [mark])
            assert cursor.fetchall() == []


def test_kept_words_can_be_written_anew(inbox: Inbox) -> None:
    inbox.write("The kettle leaks")
    with store_scope(inbox.market.bench.store.pk):
        conversation = Conversation.objects.get()
        assert keep_anew([conversation.pk]) == 1
        assign(conversation=conversation, by=inbox.ada, owner=inbox.ada)
    assert found(inbox, "kettle owner:me") == [1]


def test_words_fold_the_same_way_whoever_typed_them() -> None:
    assert fold("Ｓmørrebrød ŁÓDŹ Straße") == "smorrebrod lodz strasse"
    assert kept_words(["re: A-1 a-1"]) == ["re", "a-1", "a", "1"]
    assert max(map(len, kept_words(["x" * 5000]))) == 60


def test_an_inbox_that_nobody_wrote_to_finds_nothing(inbox: Inbox) -> None:
    assert found(inbox, "anything") == []
    assert found(inbox, "has:file") == []


def test_a_view_is_kept_counted_and_thrown_away(inbox: Inbox) -> None:
    fill(inbox)
    owner, light = inbox.market.person(), inbox.market.person("light")
    answer = owner.post(f"{PAGES}views/", {"name": "Late", "tag": "late parcel"})
    assert answer.status_code == 302
    page = text_of(owner, answer["Location"])
    assert ">Late</h2>" in page
    assert 'aria-current="page"><span>Late</span><span class="count">1</span>' in page
    assert "<span>Late</span>" not in text_of(inbox.market.person("agent"), PAGES)
    found = owner.get("/s/lark/search", {"q": "late"}).content.decode()
    assert "Kept view of the inbox" in found
    assert light.post(f"{PAGES}views/", {"name": "Mine", "tag": "x"}).status_code == 403
    drop = page.split('action="/s/lark/inbox/views/')[2].split('"')[0]
    assert owner.post(f"{PAGES}views/{drop}").status_code == 302
    assert "<span>Late</span>" not in text_of(owner, PAGES)


def test_a_shared_view_is_for_all_and_changed_by_who_may(inbox: Inbox) -> None:
    fill(inbox)
    owner, agent = inbox.market.person(), inbox.market.person("agent")
    for query in ("is:open", "is:open in:chat"):
        owner.post(f"{PAGES}views/", {"name": "Chats", "q": query, "shared": "on"})
    page = text_of(agent, PAGES)
    assert page.count("<span>Chats</span>") == 1
    assert owner.post(f"{PAGES}views/", {"name": "Nothing"}).status_code == 422
    assert owner.post(f"{PAGES}views/", {"name": "", "q": "x"}).status_code == 422
