"""Limits, approval and the pages: who may ask, who decides, what is offered and said."""

import json
import re
import uuid
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shopbell.accounts.actions import change_store
from shopbell.accounts.models import Staff
from shopbell.connections.models import Connection, ConnectionState
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Forbidden, Invalid
from shopbell.orders.ports import Deed
from shopbell.remedies.actions import approve_remedy, decline_remedy
from shopbell.remedies.models import Remedy, State
from tests.api.callers import make_key
from tests.backoffice.market import text_of
from tests.remedies.ground import Counter, open_counter

HTMX = {"HX-Request": "true"}
CASE = "/s/lark/inbox/1/"


@pytest.fixture
def counter(committed_db: None) -> Iterator[Counter]:
    with open_counter() as opened:
        yield opened


def limits(counter: Counter, each: str, day: str = "100.00") -> None:
    rows = [{"role": "agent", "action": "refund", "currency": "EUR", "each": each, "day": day}]
    change_store(store=counter.store, policies={"remedies": {"limits": rows}})


def browser(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff.user)
    return client


def dialog(counter: Counter, deed: str = "refund") -> str:
    return f"/s/lark/requests/ask/{counter.order().pk}/{deed}/"


def filled(**values: object) -> dict[str, object]:
    return {"case": 1, "client_id": uuid.uuid4(), "reason": "damaged", "tell": "on"} | values


def only(counter: Counter) -> Remedy:
    with store_scope(counter.store.pk):
        return Remedy.objects.get()


def test_an_agent_asks_in_the_dialog_and_it_is_shown_beside_the_order(counter: Counter) -> None:
    ada = browser(counter.agent)
    page = text_of(ada, CASE)
    assert re.findall(r">([A-Za-z ]+)…</button>", page) == ["Refund", "Cancel order", "Coupon"]
    shown = text_of(ada, dialog(counter) + "?case=1")
    assert "Up to 49.90" in shown
    assert "Speckled cup" in shown
    line = re.search(r'name="(line-[0-9a-f-]+)"', shown)
    assert line is not None
    answer = ada.post(dialog(counter), filled(amount="12,50", **{line[1]: 1}), headers=HTMX)
    assert answer.status_code == 204, answer.content.decode()
    assert "dialog:close" in json.loads(answer.headers["HX-Trigger"])
    counter.work()
    page = text_of(ada, CASE)
    assert "Refund of €12.50" in page
    assert "Arrived damaged" in page
    assert only(counter).items == [{"line_id": "91001", "quantity": 1}]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"amount": "49.91"}, "At most €49.90"),
        ({"amount": "a lot"}, "Write it as a number"),
        ({"amount": "-1"}, "Enter more than nothing"),
        ({"amount": "nan"}, "Write it as a number"),
        ({"reason": "because"}, "Select a valid choice"),
    ],
)
def test_a_mistake_is_shown_in_the_dialog(
    counter: Counter, change: dict[str, str], said: str
) -> None:
    values = filled(amount="10") | change
    answer = browser(counter.agent).post(dialog(counter), values, headers=HTMX)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    with store_scope(counter.store.pk):
        assert not Remedy.objects.exists()


def test_what_is_above_the_limit_waits_and_a_supervisor_approves(counter: Counter) -> None:
    # given an agent who may decide about ten euros
    limits(counter, "10.00")
    remedy = counter.ask(amount=1001)
    assert remedy.state == State.WAITING
    counter.work()
    assert counter.admin.refunds == []

    # then the conversation says so, and Ada cannot approve it herself
    ada, sam = browser(counter.agent), browser(counter.supervisor)
    page = text_of(ada, CASE)
    assert "waits for approval" in page
    assert "Approve</button>" not in page.replace("\n", "")
    assert ada.post(f"/s/lark/requests/{remedy.pk}/approve/", headers=HTMX).status_code == 403

    # when Sam sees it among the requests and approves
    assert "€10.00 at once" in text_of(sam, "/s/lark/requests/")
    order = text_of(sam, f"/s/lark/orders/{counter.order().pk}/")
    assert "Asked of the shop" in order
    assert "Waits for approval" in order
    assert sam.post(f"/s/lark/requests/{remedy.pk}/approve/", headers=HTMX).status_code == 204
    counter.work()
    assert counter.again(remedy).state == State.DONE
    assert any("approved" in line for line in counter.said("activity"))
    again = sam.post(f"/s/lark/requests/{remedy.pk}/approve/", headers=HTMX)
    assert again.status_code == 409


def test_nobody_approves_an_own_request_or_more_than_the_own_limit(counter: Counter) -> None:
    rows = [{"role": "supervisor", "action": "refund", "currency": "EUR", "each": "20.00"}]
    change_store(store=counter.store, policies={"remedies": {"limits": rows}})
    own = counter.ask(by=counter.supervisor, amount=2500)
    with store_scope(counter.store.pk), pytest.raises(Forbidden, match="own request"):
        approve_remedy(store=counter.store, remedy=own, by=counter.supervisor)
    with store_scope(counter.store.pk):
        decline_remedy(remedy=own, by=counter.supervisor)
        assert counter.again(own).state == State.DECLINED
    limits(counter, "5.00")
    change_store(
        store=counter.store,
        policies={"remedies": {"limits": [*counter.store.policies["remedies"]["limits"], *rows]}},
    )
    much = counter.ask(amount=2001)
    with store_scope(counter.store.pk), pytest.raises(Forbidden, match="more than you"):
        approve_remedy(store=counter.store, remedy=much, by=counter.supervisor)


def test_the_day_has_a_limit_too(counter: Counter) -> None:
    limits(counter, "20.00", day="25.00")
    assert counter.ask(amount=2000).state == State.QUEUED
    over = counter.ask(amount=600)
    assert over.state == State.WAITING
    assert "in a day" in over.why_waits
    assert counter.ask(amount=500).state == State.QUEUED


def test_what_is_declined_frees_its_money_and_says_why(counter: Counter) -> None:
    limits(counter, "10.00")
    remedy = counter.ask(amount=4990)
    with pytest.raises(Conflict):
        counter.ask(amount=1)
    sam = browser(counter.supervisor)
    path = f"/s/lark/requests/{remedy.pk}/decline/"
    assert sam.post(path, {"why": "Ask for a picture first"}, headers=HTMX).status_code == 204
    assert any("Ask for a picture first" in line for line in counter.said("activity"))
    assert counter.ask(amount=1000).state == State.QUEUED


def test_only_the_customers_own_conversation_hears_of_it(counter: Counter) -> None:
    from shopbell.conversations.models import Conversation
    from tests.conversations.ground import write

    with store_scope(counter.store.pk):
        chat = counter.case.inbox
        assert chat is not None
        other = write(chat, "Hello", email="somebody.else@example.com")
        number = Conversation.objects.get(pk=other.conversation_id).number
    values = filled(amount="10", case=number)
    answer = browser(counter.agent).post(dialog(counter), values, headers=HTMX)
    assert answer.status_code == 204
    assert only(counter).conversation is None


def test_a_light_agent_sees_and_does_nothing(counter: Counter) -> None:
    counter.ask(amount=1000)
    light = counter.market.person("light")
    page = text_of(light, CASE)
    assert "Refund…" not in page
    assert light.post(dialog(counter), filled(amount="1"), headers=HTMX).status_code == 403


def test_a_shop_that_is_switched_off_offers_nothing(counter: Counter) -> None:
    with store_scope(counter.store.pk):
        Connection.objects.filter(family="shop").update(state=ConnectionState.OFF)
    assert "Refund…" not in text_of(browser(counter.agent), CASE)
    with pytest.raises(Conflict, match="cannot be asked"):
        counter.ask(amount=1000)


def test_limits_reasons_and_texts_are_set_up_on_a_page(counter: Counter) -> None:
    owner = counter.market.person()
    path = "/s/lark/requests/setup/"
    page = text_of(owner, path)
    values = dict(re.findall(r'name="([a-z-]+)" value="([^"]*)"', page))
    texts = {f"text-{deed}": f"Done: {deed}" for deed in Deed}
    values |= texts | {"reasons": "Arrived damaged\nBecause of us", "agent-refund-each": "7,50"}
    wrong = owner.post(path, values | {"agent-refund-day": "much"})
    assert wrong.status_code == 422
    assert owner.post(path, values).status_code == 302
    counter.store.refresh_from_db()
    assert counter.ask(amount=750).state == State.QUEUED
    assert counter.ask(amount=751).state == State.WAITING
    assert counter.ask(amount=100, reason="because-of-us").reason_title == "Because of us"
    with pytest.raises(Invalid):
        counter.ask(amount=100, reason="goodwill")
    assert browser(counter.agent).get(path).status_code == 403


def test_opening_a_conversation_asks_as_often_however_much_was_done(counter: Counter) -> None:
    ada = browser(counter.agent)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            text_of(ada, CASE)
        return len(seen)

    queries()
    few = queries()
    counter.market.order(1001, financial_status="paid")
    for amount in (100, 200, 300):
        counter.ask(amount=amount)
    assert queries() <= few


def test_programs_ask_and_decide_with_an_agents_limits(counter: Counter) -> None:
    limits(counter, "10.00")
    key = make_key(counter.store, "remedies:*")
    client = Client(headers={"Authorization": f"Bearer {key}"})

    def ask(path: str, body: dict[str, object]) -> tuple[int, dict[str, object]]:
        found = client.post(f"/api/v1/remedies{path}", body, content_type="application/json")
        return found.status_code, found.json()

    wish = {"order": "#1001", "action": "refund", "amount": "5.00", "reason": "late",
            "author": "agent@lark.example", "conversation": 1}  # fmt: skip
    status, made = ask("", wish)
    assert (status, made["state"], made["amount"]) == (201, "queued", "5.00")
    counter.work()
    assert client.get(f"/api/v1/remedies/{made['id']}").json()["state"] == "done"

    # the owner's name gives a key no more than an agent may; nobody's name always waits
    status, waits = ask("", wish | {"author": "owner@lark.example", "amount": "11.00"})
    assert (status, waits["state"]) == (201, "waiting")
    status, nobody = ask("", wish | {"author": "", "amount": "1.00"})
    assert nobody["state"] == "waiting"
    path = f"/{waits['id']}/approve"
    assert ask(path, {"by": "owner@lark.example"})[0] == 403
    assert ask(path, {"by": "supervisor@lark.example"})[0] == 200
    assert ask(f"/{nobody['id']}/decline", {"by": "supervisor@lark.example"})[0] == 200
    found = client.get("/api/v1/remedies?order=%231001&state=declined").json()["items"]
    assert [row["id"] for row in found] == [nobody["id"]]
    assert ask("", wish | {"amount": "500"})[0] == 422
    assert ask("", wish | {"conversation": 99})[0] == 422
    assert ask("", wish | {"order": "nothing"})[0] == 422


def test_the_card_tells_parcels_money_and_what_was_said(counter: Counter) -> None:
    counter.market.dispatch(1001)
    counter.ask(amount=1000)
    counter.work()
    page = text_of(browser(counter.agent), CASE)
    for said in ("00340434161094251001", "Copy the tracking number", "€39.90 paid in all",
                 "€10.00 refunded", "English", "Send “On its way” again",
                 "Send “Order confirmed” again"):  # fmt: skip
        assert said in page, said
    assert re.findall(r">([A-Za-z ]+)…</button>", page) == [
        "Refund", "Send again", "Coupon", "Return",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        (Deed.CANCEL, "is cancelled"),
        (Deed.COUPON, "Here is a coupon over €5.00"),
        (Deed.RESHIP, "The new order is #7"),
        (Deed.RETURN, "Your return for order #1001 is registered"),
    ],
)
def test_every_deed_is_done_at_the_shop_and_told(counter: Counter, deed: Deed, said: str) -> None:
    if deed in (Deed.RESHIP, Deed.RETURN):
        counter.market.dispatch(1001)
    remedy = counter.ask(deed, amount=500 if deed == Deed.COUPON else None)
    counter.work()
    if deed == Deed.CANCEL:  # a job of the shop's: looked at a little later
        counter.again(remedy, due_at=clock.now())
        counter.work()
    assert counter.again(remedy).state == State.DONE, counter.again(remedy).problem
    assert any(said in line for line in counter.said("reply"))
