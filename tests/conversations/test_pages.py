"""The inbox as staff use it: what they see, what they may do, and that nothing runs in it."""

import json
import re
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shopbell.accounts.models import Store
from shopbell.conversations.bulk.working import run_bulk
from shopbell.conversations.models import Attachment, Conversation, Draft, Entry
from shopbell.conversations.ports import IncomingFile
from shopbell.customers.ports import Person
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from tests.backoffice.market import Market, text_of
from tests.conversations.inbox_ground import Inbox, fill, open_inbox

HTMX = {"HX-Request": "true"}
PAGES = "/s/lark/inbox/"


@pytest.fixture
def inbox(committed_db: None) -> Inbox:
    return open_inbox(Market.open())


def post(client: Client, path: str, code: int = 204, **values: object) -> dict[str, object]:
    answer = client.post(f"{PAGES}{path}", values, headers=HTMX)
    assert answer.status_code == code, answer.content.decode()[:3000]
    told: dict[str, object] = json.loads(answer.headers.get("HX-Trigger", "{}"))
    return told


def send(client: Client, text: str, code: int = 204, **values: object) -> dict[str, object]:
    values = {"mode": "reply", "text": text, "client_id": str(uuid.uuid4()), **values}
    return post(client, "1/reply/", code, **values)


def conversation(inbox: Inbox, number: int = 1) -> Conversation:
    with store_scope(inbox.market.bench.store.pk):
        return Conversation.objects.select_related("owner").get(number=number)


def said(inbox: Inbox, kind: str) -> list[str]:
    with store_scope(inbox.market.bench.store.pk):
        return list(Entry.objects.filter(kind=kind).values_list("text", flat=True))


def test_an_empty_inbox_says_where_conversations_come_from(inbox: Inbox) -> None:
    page = text_of(inbox.market.person(), PAGES)
    assert "Nobody waits" in page
    assert "Connect a mailbox or the chat" in page


def test_a_conversation_stands_between_what_we_told_and_who_it_is(inbox: Inbox) -> None:
    fill(inbox)
    page = text_of(inbox.market.person(), f"{PAGES}1/")
    assert "“Out for delivery” told by e-mail" in page
    assert "Internal note" in page
    assert "<strong>two stops away</strong>" in page
    assert "mara1001@example.com" in page
    assert "2 × Speckled cup" in page
    assert "Copy tracking link" in page
    thread = page.split('role="log"')[1]
    told, asked = thread.index("“On its way” told"), thread.index("Hi, it says")
    assert told < asked < thread.index("two stops away")


def test_what_can_be_set_up_is_listed_for_those_who_may(inbox: Inbox) -> None:
    fill(inbox)
    page = text_of(inbox.market.person(), f"{PAGES}setup/")
    assert "Saved replies" in page
    assert f"{PAGES}saved/" in page
    assert f"{PAGES}setup/" in text_of(inbox.market.person(), PAGES)
    page = text_of(inbox.market.person("light"), f"{PAGES}setup/")
    assert "Nothing to set up" in page
    assert "Set up the inbox" not in text_of(inbox.market.person("light"), PAGES)


def test_views_narrow_the_list(inbox: Inbox) -> None:
    fill(inbox)
    client = inbox.market.person()
    assert "Cracked cup" in text_of(client, f"{PAGES}?view=mine")
    assert "Norway" not in text_of(client, f"{PAGES}?view=mine")
    assert "Norway" in text_of(client, f"{PAGES}?view=nobody")
    assert "Cracked cup" not in text_of(client, f"{PAGES}?tag=late+parcel")
    assert "Cracked cup" in text_of(client, f"{PAGES}?channel=email")
    assert "Norway" in text_of(client, f"{PAGES}?q=norw")
    assert "two stops" not in text_of(client, f"{PAGES}?q=kern")
    assert "late parcel" in text_of(client, f"{PAGES}?q=kern")  # Mara Kern's
    assert "Nothing fits" in text_of(client, f"{PAGES}?q=zebra")


def test_an_answer_is_sent_once_however_often_it_comes(inbox: Inbox) -> None:
    inbox.write("Hello?")
    client, mark = inbox.market.person(), str(uuid.uuid4())
    for _ in range(3):
        assert "desk:sent" in send(client, "Yes?", client_id=mark)
    assert said(inbox, "reply") == ["Yes?"]
    assert conversation(inbox).status == "pending"


def test_who_was_overtaken_is_told_and_sends_again(inbox: Inbox) -> None:
    first = inbox.write("Hello?")
    last = inbox.write("Never mind!")
    client = inbox.market.person()
    told = send(client, "Let me look", 409, seen=str(first.pk))
    assert "written meanwhile" in str(told["toast"])
    send(client, "Good to hear", seen=str(last.pk))
    assert said(inbox, "reply") == ["Good to hear"]


def test_an_answer_by_mail_can_be_taken_back_into_the_composer(inbox: Inbox) -> None:
    inbox.write("Where is it?", by_mail=True, subject="Parcel")
    client = inbox.market.person()
    told = send(client, "On the moon")
    page = text_of(client, f"{PAGES}1/")
    assert "data-countdown" in page
    address = told["toast"]["undo"] if "toast" in told else page.split('hx-post="')  # type: ignore[index]
    if not isinstance(address, str):
        address = next(part.split('"')[0] for part in address if "/undo/" in part.split('"')[0])
    back = post(client, address.removeprefix(PAGES))
    assert back["desk:undone"] == {
        "number": 1, "text": "On the moon", "cc": "", "bcc": "", "files": [],
    }  # fmt: skip
    assert "On the moon" in text_of(client, f"{PAGES}1/")  # the draft
    assert said(inbox, "reply") == []


def test_send_and_resolve_and_send_and_snooze(inbox: Inbox) -> None:
    inbox.write("Hello?")
    client = inbox.market.person()
    send(client, "Done.", then="resolved")
    assert conversation(inbox).status == "resolved"
    send(client, "I ask the carrier.", then="snooze-tomorrow")
    row = conversation(inbox)
    assert row.status == "snoozed"
    assert row.snoozed_until is not None


def test_a_note_is_nothing_but_a_note(inbox: Inbox) -> None:
    inbox.write("Hello?")
    client = inbox.market.person()
    post(client, "1/draft/", mode="note", text="Be ki")
    send(client, "Be kind.", mode="note", then="resolved")
    assert said(inbox, "note") == ["Be kind."]
    assert conversation(inbox).status == "open"
    with store_scope(inbox.market.bench.store.pk):
        assert not Message.objects.exists()
        assert not Draft.objects.exists()


def test_a_draft_is_kept_in_its_writers_composer_and_seen_by_colleagues(inbox: Inbox) -> None:
    inbox.write("Hello?")
    client = inbox.market.person()
    post(client, "1/draft/", text="Dear Mara, I")
    assert "Dear Mara, I</textarea>" in text_of(client, f"{PAGES}1/")
    page = text_of(inbox.market.person("agent"), f"{PAGES}1/")
    assert "Dear Mara, I</textarea>" not in page
    assert "has a draft" in page
    post(client, "1/draft/", text="  ")
    assert "Dear Mara, I" not in text_of(client, f"{PAGES}1/")


def test_owner_tags_priority_and_status(inbox: Inbox) -> None:
    inbox.write("Hello?")
    client = inbox.market.person()
    post(client, "1/assign/", owner=inbox.ada.pk)
    post(client, "1/tags/", add="VIP")
    post(client, "1/tags/", add="late")
    post(client, "1/tags/", remove="vip")
    post(client, "1/priority/", priority=3)
    post(client, "1/status/", status="spam")
    row = conversation(inbox)
    assert (row.owner, row.tags, row.priority, row.status) == (inbox.ada, ["late"], 3, "spam")
    post(client, "1/status/", 422, status="gone")
    post(client, "1/assign/", 404, owner=999_999)


def test_several_at_once(inbox: Inbox) -> None:
    for number in range(3):
        inbox.write("Hello?", email=f"p{number}@example.com")
    client = inbox.market.person()
    told = post(client, "bulk/", do="resolve", numbers=[1, 3])
    assert "Resolved: 2 conversations." in str(told)
    assert [conversation(inbox, n).status for n in (1, 2, 3)] == ["resolved", "open", "resolved"]
    post(client, "bulk/", do="tag", tag="Check", numbers=[2])
    assert conversation(inbox, 2).tags == ["check"]
    assert "Mark as spam" in text_of(client, f"{PAGES}bulk/menu/")
    # it stands above the list with its undo, and on a page of its own
    assert "Tagged “check”: 1 conversation." in text_of(client, f"{PAGES}bulk/here/")
    undo = str(told["toast"]["undo"])  # type: ignore[index]
    assert "Undone: 2 conversations." in str(post(client, undo.removeprefix(PAGES)))
    assert conversation(inbox, 1).status == "open"
    assert "Undone: 2 conversations." in text_of(client, f"{PAGES}bulk/done/")
    post(client, undo.removeprefix(PAGES), 409)


def test_all_of_a_view_at_once_and_what_is_left_is_listed(inbox: Inbox) -> None:
    for number in range(23):
        inbox.write("Hello?", email=f"p{number}@example.com")
    client = inbox.market.person()
    post(client, "23/tags/", add="done")
    told = client.get(f"{PAGES}bulk/count/?view=open").headers["HX-Trigger"]
    assert json.loads(told) == {"desk:whole": {"count": 23}}
    Store.objects.update(policies={"desk": {"needs_reason": True}})
    said = post(client, "bulk/", do="resolve", all="?view=open", numbers=[1])
    assert "desk:bulk" in said
    assert "0 of 23" in text_of(client, f"{PAGES}bulk/here/")
    while run_bulk():
        pass
    page = text_of(client, f"{PAGES}bulk/here/")
    assert "23 left as they were: Cannot be resolved yet. Missing: contact reason." in page
    [key] = re.findall(r"bulk/([0-9a-f-]{36})/away", page)
    assert text_of(client, f"{PAGES}bulk/{key}/").count("Missing: contact reason") == 24
    post(client, "bulk/", 204, do="spam", all="?view=open&tag=done")
    assert conversation(inbox, 23).status == "spam"
    post(client, "bulk/", 422, do="spam", all="?view=open&q=from:")
    answer = client.post(f"{PAGES}bulk/{key}/away/", headers=HTMX)
    assert answer.status_code == 200


def test_a_light_agent_does_nothing_with_many_but_may_look(inbox: Inbox) -> None:
    inbox.write("Hello?")
    post(inbox.market.person(), "bulk/", do="resolve", numbers=[1])
    light = inbox.market.person("light")
    page = text_of(light, f"{PAGES}bulk/done/")
    assert "Resolved: 1 conversation." in page
    [key] = re.findall(r"bulk/([0-9a-f-]{36})/", page)
    assert "/undo/" not in text_of(light, f"{PAGES}bulk/{key}/")
    for path in ("bulk/", f"bulk/{key}/undo/", f"bulk/{key}/away/"):
        assert light.post(f"{PAGES}{path}", {"do": "spam"}, headers=HTMX).status_code == 403
    assert light.get(f"{PAGES}bulk/menu/").status_code == 403
    assert conversation(inbox).status == "resolved"


def test_two_of_one_customer_are_merged(inbox: Inbox) -> None:
    inbox.write("In the chat")
    inbox.write("By mail", by_mail=True, subject="Same thing", external_key="m-1")
    client = inbox.market.person()
    told = post(client, "2/merge/", into=1)
    assert told["desk:open"] == {"number": 1}
    assert "By mail" in text_of(client, f"{PAGES}1/")
    assert "By mail" in text_of(client, f"{PAGES}2/")  # the old address leads to the survivor
    # the line of the timeline offers to undo it, once
    [undo] = set(re.findall(r"1/regroupings/[0-9a-f-]{36}/undo/", text_of(client, f"{PAGES}1/")))
    assert undo not in text_of(inbox.market.person("light"), f"{PAGES}1/")
    assert inbox.market.person("light").post(f"{PAGES}{undo}").status_code == 403
    assert "What came from #2 is there again." in str(post(client, undo))
    assert "#2 was taken out again" in text_of(client, f"{PAGES}1/")
    assert "Taken out of #1 again" in text_of(client, f"{PAGES}2/")
    assert undo not in text_of(client, f"{PAGES}1/")
    post(client, undo, 409)


def test_a_thread_is_split_off_and_a_stranger_to_the_case_is_not(inbox: Inbox) -> None:
    inbox.write("In the chat")
    inbox.write("By mail", by_mail=True, subject="Another thing", external_key="m-1")
    client = inbox.market.person()
    post(client, "2/merge/", into=1)
    with store_scope(inbox.market.bench.store.pk):
        thread = conversation(inbox).threads.get(external_key="m-1")
    told = post(client, "1/split/", thread=thread.pk)
    assert "Split off as #3." in str(told)
    assert "By mail" in text_of(client, f"{PAGES}3/")
    post(client, "1/split/", 404, thread=thread.pk)
    post(client, "1/split/", 404, thread="x")
    post(client, "3/link/", into=1)
    assert "Linked conversations" in text_of(client, f"{PAGES}1/")
    post(client, "3/link/", 404, into=99)
    post(client, "1/unlink/", into=3)
    assert "Linked conversations" not in text_of(client, f"{PAGES}3/")
    post(client, "3/merge/", into=1)
    post(client, "1/move/", thread=thread.pk)
    assert "By mail" in text_of(client, f"{PAGES}4/")
    post(client, "1/move/", 404, thread=thread.pk, into=4)


def test_the_last_notification_is_sent_again_from_the_card(inbox: Inbox) -> None:
    fill(inbox)
    with store_scope(inbox.market.bench.store.pk):
        customer = conversation(inbox).customer
        last = Message.objects.filter(customer=customer).exclude(kind="reply")[0]
        before = Message.objects.filter(kind=last.kind).count()
        Message.objects.filter(pk=last.pk).update(state="sent")
    client = inbox.market.person()
    post(client, "1/resend/", message=last.pk)
    with store_scope(inbox.market.bench.store.pk):
        assert Message.objects.filter(kind=last.kind).count() == before + 1
    post(client, "1/resend/", 404, message=uuid.uuid4())


def test_it_is_put_aside_until_tomorrow_or_until_the_customer_writes(inbox: Inbox) -> None:
    inbox.write("Hello?")
    client = inbox.market.person()
    post(client, "1/snooze/", until="tomorrow")
    row = conversation(inbox)
    assert row.status == "snoozed"
    assert row.snoozed_until is not None
    inbox.write("Never mind")
    assert conversation(inbox).status == "open"


def test_others_here_are_seen(inbox: Inbox) -> None:
    inbox.write("Hello?")
    owner, colleague = inbox.market.person(), inbox.market.person("agent")
    owner.post(f"{PAGES}1/here/", headers=HTMX)
    colleague.post(f"{PAGES}1/here/", {"typing": "1"}, headers=HTMX)
    assert "Agent is writing" in text_of(owner, f"{PAGES}1/here/")
    assert "Owner is looking" in text_of(colleague, f"{PAGES}1/")


def test_older_ones_come_by_page_and_stay_when_the_list_is_renewed(inbox: Inbox) -> None:
    for number in range(45):
        inbox.write(f"Question {number}", email=f"p{number}@example.com")
    client = inbox.market.person()
    page = text_of(client, PAGES)
    assert "Question 44" in page
    assert "Question 2<" not in page
    older = page.split('id="desk-older"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    rest = client.get(older, headers={**HTMX, "HX-Target": "desk-older"}).content.decode()
    assert "Question 2<" in rest
    assert "Question 44" not in rest
    renewed = client.get(f"{PAGES}?shown=45", headers={**HTMX, "HX-Target": "desk-list"})
    assert "Question 0<" in renewed.content.decode()


def test_a_file_is_given_to_staff_of_its_store_only_and_never_runs(inbox: Inbox) -> None:
    """S-11, S-12."""
    fill(inbox)
    with store_scope(inbox.market.bench.store.pk):
        files = {file.content_type: file.pk for file in Attachment.objects.all()}
    client = inbox.market.person()
    html = client.get(f"{PAGES}files/{files['text/html']}/?show")
    assert html.headers["Content-Type"] == "application/octet-stream"
    assert html.headers["Content-Disposition"].startswith("attachment")
    assert html.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in html.headers["Content-Security-Policy"]
    picture = client.get(f"{PAGES}files/{files['image/png']}/?show")
    assert picture.headers["Content-Type"] == "image/png"
    stranger = Market.open("wren").person()
    for key in files.values():
        assert stranger.get(f"{PAGES}files/{key}/").status_code == 404
        assert stranger.get(f"/s/wren/inbox/files/{key}/").status_code == 404
        assert Client().get(f"{PAGES}files/{key}/").status_code == 302


def test_a_mail_is_shown_harmless(inbox: Inbox) -> None:
    fill(inbox)
    page = text_of(inbox.market.person(), f"{PAGES}2/")
    frame = text_of(inbox.market.person(), page.split('data-src="')[1].split('"')[0])
    answer = inbox.market.person().get(frame.split('src="')[1].split('"')[0])
    html = answer.content.decode()
    assert "<b>cracked</b>" in html
    for bad in ("onclick", "<script", "tracker.example", "<form", "<input"):
        assert bad not in html
    assert "data:image/png;base64," in html
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups")
    assert "img-src data:;" in policy
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in frame


@pytest.mark.parametrize("path", ["status", "assign", "tags", "priority", "snooze", "reply"])
def test_a_light_agent_reads_and_changes_nothing(inbox: Inbox, path: str) -> None:
    inbox.write("Hello?")
    light = inbox.market.person("light")
    page = text_of(light, f"{PAGES}1/")
    assert "data-composer" not in page
    assert "inbox/1/status/" not in page
    assert light.post(f"{PAGES}1/{path}/", headers=HTMX).status_code == 403
    assert light.get(f"{PAGES}1/{path}/").status_code in (403, 405)


def test_hostile_words_are_only_words(inbox: Inbox) -> None:
    """S-05: in words, names, subjects and files, on every page that shows them."""
    evil = '<img src=x onerror=alert(1)> javascript:alert(1) https://a.example/"onmouseover=x'
    file = IncomingFile(evil, "text/plain", b"x")
    named = Person(source="test", email="eve@mail.example", first_name=evil, last_name="<script>")
    inbox.write(evil, sender_name="<script>alert(1)</script>")
    inbox.write(evil, by_mail=True, subject=evil, quoted=evil, files=(file,), person=named,
                email="eve@mail.example", sender_name=evil)  # fmt: skip
    client = inbox.market.person()
    client.post(f"{PAGES}2/tags/", {"add": "<img src=x>"}, headers=HTMX)
    send(client, evil, mode="note")
    addresses = (
        f"{PAGES}1/", f"{PAGES}2/", PAGES, f"{PAGES}?q=onerror", f"{PAGES}choices/",
        "/s/lark/customers/", "/s/lark/",
    )  # fmt: skip
    for address in addresses:
        page = text_of(client, address)
        for bad in ("<img src=x", "<script>alert", 'href="javascript'):
            assert bad not in page, (address, bad)
        assert not re.search('<[^>]*"onmouseover', page), address


def test_what_the_list_can_be_filtered_by_is_fetched_when_wanted(inbox: Inbox) -> None:
    fill(inbox)
    client = inbox.market.person()
    client.post(f"{PAGES}1/tags/", {"add": "lost parcel"}, headers=HTMX)
    assert "lost+parcel" not in text_of(client, f"{PAGES}?channel=chat").split("<ul")[0]
    offered = text_of(client, f"{PAGES}choices/?channel=chat")
    assert "?channel=chat&amp;tag=lost+parcel" in offered
    assert '<option value="tag:&quot;lost parcel&quot;">' in offered
    assert '<option value="lost parcel">' in offered
    assert f"owner={inbox.ada.pk}" in offered
    assert Client().get(f"{PAGES}choices/").status_code == 302


def queries(client: Client, address: str, headers: dict[str, str] | None = None) -> int:
    client.get(address, headers=headers)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address, headers=headers).status_code == 200
    asked = [query["sql"] for query in seen.captured_queries]
    return len([sql for sql in asked if sql.startswith("SELECT") and "set_config" not in sql])


def opening(client: Client) -> int:
    return queries(client, f"{PAGES}1/", {**HTMX, "HX-Target": "desk-case"})


def test_the_number_of_queries_does_not_grow(inbox: Inbox) -> None:
    fill(inbox)
    client = inbox.market.person()
    few = queries(client, PAGES), queries(client, f"{PAGES}1/"), opening(client)
    for number in range(12):
        entry = inbox.write(f"More {number}", email="mara1001@example.com")
        inbox.reply(entry, "Yes")
        inbox.write("Me too", email=f"other{number}@example.com")
    assert (queries(client, PAGES), queries(client, f"{PAGES}1/"), opening(client)) == few
    assert few[0] <= 10
    assert few[1] <= 39
    assert few[2] <= 33


def test_a_saved_reply_fills_itself_in_and_never_leaves_with_a_gap(inbox: Inbox) -> None:
    inbox.write("Hello?")
    client = inbox.market.person()
    wrong = {"name": "Hi", "text": "Hi {{customer.shoe_size}}"}
    assert client.post(f"{PAGES}saved/", wrong).status_code == 422
    good = {"name": "Parcel", "text": "Hi {{customer.first_name}}, see {{ order.tracking_link }}"}
    assert client.post(f"{PAGES}saved/", good).status_code == 302
    assert "Parcel" in text_of(client, f"{PAGES}saved/")
    assert client.post(f"{PAGES}saved/", good).status_code == 409
    [offer] = client.get(f"{PAGES}1/saved/").json()["replies"]
    assert offer["text"] == "Hi Mara, see {{ order.tracking_link }}"
    assert offer["missing"] == ["order.tracking_link"]
    assert "still missing" in str(send(client, offer["text"], 422)["toast"])
    assert said(inbox, "reply") == []


def test_saved_replies_are_changed_and_thrown_away(inbox: Inbox) -> None:
    client = inbox.market.person()
    client.post(f"{PAGES}saved/", {"name": "Parcel", "text": "On its way"})
    address = text_of(client, f"{PAGES}saved/").split('href="/s/lark/inbox/saved/')[1].split('"')[0]
    assert "On its way" in text_of(client, f"{PAGES}saved/{address}")
    client.post(f"{PAGES}saved/{address}", {"name": "Parcel", "text": "It has left"})
    assert "It has left" in text_of(client, f"{PAGES}saved/")
    client.post(f"{PAGES}saved/{address}drop/")
    assert "No saved reply yet" in text_of(client, f"{PAGES}saved/")
    assert inbox.market.person("light").get(f"{PAGES}saved/").status_code == 403


def test_a_conversation_is_linked_from_its_customer_its_order_and_the_search(inbox: Inbox) -> None:
    fill(inbox)
    client = inbox.market.person()
    row = conversation(inbox)
    for address in (f"orders/{row.order_id}/", f"customers/{row.customer_id}/"):
        assert "/s/lark/inbox/1/" in text_of(client, f"/s/lark/{address}")
    hits = client.get("/s/lark/search?q=cracked").json()["results"]
    assert [hit["url"] for hit in hits if hit["group"] == "Conversations"] == ["/s/lark/inbox/2/"]
