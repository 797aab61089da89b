"""The phone on pages: calling, noting, who is calling, what was said, setting up."""

from datetime import timedelta

from django.test import Client

from shopbell.calls.models import Call, Line
from shopbell.conversations.models import Conversation
from shopbell.kit.db.scope import store_scope
from tests.calls.ground import ADA, MARA, MONDAY, Office
from tests.calls.ground import office as office
from tests.connectors.channels.twilio_voice.fake import MP3, Phone

HTMX = {"HX-Request": "true"}


def browser(office: Office) -> Client:
    client = Client(headers=HTMX)
    client.force_login(office.ada)
    return client


def test_an_agent_calls_from_the_conversation_and_notes_how_it_ended(office: Office) -> None:
    # given
    office.ada_leaves()
    office.calls(keys="1")
    client, page = browser(office), f"/s/lark/inbox/{office.conversation().number}/"
    shown = client.get(page).content.decode()
    assert "Missed call" in shown
    assert "Asked to be called back by" in shown
    assert "Call</button>" in shown

    # when
    office.wait(minutes=5)
    office.twilio.phones[MARA] = Phone(seconds=61)
    assert client.post(f"{page}call/", {"number": MARA}).status_code == 204
    refused = client.post(f"{page}call/", {"number": MARA})
    office.settle()
    office.twilio.run_queued()
    office.settle()

    # then
    assert refused.status_code == 409
    assert "Called and reached" in client.get(page).content.decode()
    dialog = f"/s/lark/calls/{office.last_call().pk}/outcome/"
    assert "Reached: we spoke" in client.get(dialog).content.decode()
    told = {"outcome": "reached", "notes": "Wants the blue one.", "call_back_at": ""}
    assert client.post(dialog, told).status_code == 204
    assert "Wants the blue one." in client.get(page).content.decode()
    assert client.post(dialog, {"outcome": "nonsense"}).status_code == 422


def test_nobody_is_called_who_does_not_belong_to_the_conversation(office: Office) -> None:
    office.ada_leaves()
    office.calls(keys="1")
    page = f"/s/lark/inbox/{office.conversation().number}/call/"
    refused = browser(office).post(page, {"number": "+19005550100"})
    assert refused.status_code == 422
    assert "does not belong" in str(refused.headers) + refused.content.decode()


def test_the_first_call_of_an_agent_asks_for_their_own_number_and_keeps_it(office: Office) -> None:
    office.ada_leaves()
    office.calls(keys="1")
    client, page = browser(office), f"/s/lark/inbox/{office.conversation().number}/"
    assert client.post("/s/lark/calls/mine/", {"number": ""}).status_code == 204
    assert "Your number:" in client.get(page).content.decode()
    assert client.post(f"{page}call/", {"number": MARA, "mine": "0800"}).status_code == 422
    assert client.post(f"{page}call/", {"number": MARA, "mine": ADA}).status_code == 204
    assert "Your number:" not in client.get(page).content.decode()


def test_a_call_over_another_phone_is_written_down_with_a_promise(office: Office) -> None:
    client = browser(office)
    form = client.get("/s/lark/calls/log/").content.decode()
    assert "Who called?" in form
    told = {
        "client_id": "01890000-0000-7000-8000-000000000001",
        "direction": "in", "number": "+49 1511 2340001", "at": "", "minutes": "4",
        "outcome": "reached", "notes": "Asks for a longer cable.",
        "call_back_at": (MONDAY + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M"),
    }  # fmt: skip
    for _ in range(2):
        assert client.post("/s/lark/calls/log/", told).status_code == 204
    office.settle()
    assert office.count(Call) == 1
    row = office.conversation()
    assert (row.customer_id, row.due_for) == (office.mara.pk, "news")
    assert office.promise() == (timedelta(hours=5), "running")
    assert office.lines()[0] == (
        "reply", "Called, +49 1511 2340001, 4 min 0 s.\n\nAsks for a longer cable.",
    )  # fmt: skip

    # and what makes no sense is refused with the form as it was
    answer = client.post("/s/lark/calls/log/", told | {"number": "abc", "client_id": ""})
    assert answer.status_code == 422


def test_while_it_rings_the_page_is_told_who_calls(office: Office) -> None:
    seen: list[str] = []
    client = browser(office)
    usual = office.twilio.door

    def looking(url: str, body: bytes, headers: dict[str, str]) -> str:
        answer = usual(url, body, headers)
        office.settle()
        if not seen:
            page = client.get(f"/s/lark/calls/{office.last_call().pk}/notice/")
            seen.append(page.content.decode())
        return answer

    office.twilio.door = looking
    office.calls()
    assert "Mara" in seen[0]
    assert "is calling" in seen[0]
    after = client.get(f"/s/lark/calls/{office.last_call().pk}/notice/")
    assert after.status_code == 204


def test_a_recording_is_played_in_parts_by_who_may_read(office: Office) -> None:
    office.ada_leaves()
    office.calls(keys="2")
    client = browser(office)
    page = client.get(f"/s/lark/inbox/{office.conversation().number}/").content.decode()
    address = f"/s/lark/calls/{office.last_call().pk}/recording/"
    assert f'src="{address}"' in page
    whole = client.get(address)
    assert (whole.content, whole["Content-Type"]) == (MP3, "audio/mpeg")
    part = client.get(address, headers={"range": "bytes=3-9"})
    assert (part.status_code, part.content) == (206, MP3[3:10])
    assert client.get(address, headers={"range": "bytes=9000-"}).status_code == 416
    assert Client().get(address).status_code == 302


def test_the_line_is_set_up_and_callers_hear_it(office: Office) -> None:
    # given
    client = Client()
    client.force_login(office.ada)
    page = f"/s/lark/inbox/setup/phone/lines/{office.line.pk}/"
    assert "Press 1" not in client.get("/s/lark/inbox/setup/phone/").content.decode()
    told = {
        "calendar": "", "team": "", "rings": "on", "ring_seconds": "15",
        "offers_call_back": "on", "call_back_minutes": "30", "voicemail_seconds": "60",
        "en-busy": "All hands are in the dough at {store}.",
    }  # fmt: skip

    # when
    assert client.post(page, told).status_code == 302

    # then
    office.twilio.phones[ADA] = Phone(answers=False, status="busy")
    heard = office.calls(keys="1")
    assert "All hands are in the dough at Lark." in heard.text
    assert "Press 2" not in heard.text
    assert "by today at 09:30" in heard.text
    assert office.count(Line) == 1
    wrong = client.post(page, told | {"ring_seconds": "900"})
    assert wrong.status_code == 422
    phone = f"/s/lark/inbox/setup/phone/people/{office.ada.pk}/"
    assert client.post(phone, {"number": "12"}).status_code == 422
    assert client.post(phone, {"number": "+49 30 55500778", "rings": "on"}).status_code == 302


def test_a_withheld_number_is_offered_a_message_only_and_a_number_of_two_links_nobody(
    office: Office,
) -> None:
    office.ada_leaves()
    heard = office.calls("anonymous", keys="2")
    assert "call you back" not in heard.text
    call = office.last_call()
    assert (call.number, call.outcome, call.promised_at) == ("", "voicemail", None)
    assert call.customer is not None
    office.calls("+266696687", hangs_up="Gather")
    assert office.count(Conversation) == 2  # nobody knows whether it is the same person

    # and a number that two customers have
    with store_scope(office.store.pk):
        type(office.mara).objects.create(first_name="Ben", email="ben@shop.example", phone=MARA)
    office.calls(keys="1")
    found = office.last_call().customer
    assert found is not None
    assert found.email == ""
