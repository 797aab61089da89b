"""The whole story: chosen, agreed by two, told once, held, answered, corrected, looked back on."""

from django.test import Client

from shopbell.announcements import actions
from shopbell.announcements.models import Link, State
from shopbell.announcements.outlook import outlook
from shopbell.announcements.queries import telling_of
from shopbell.announcements.report import echo_of
from shopbell.consent.actions import suppress_address
from shopbell.conversations.models import Conversation, SavedReply
from shopbell.kit.db.scope import store_scope
from tests.announcements.ground import Strike
from tests.conversations.post import deliver, mail, work


def test_a_strike_is_announced_to_those_it_affects(strike: Strike) -> None:
    # given parcels with DHL: two of Mara's, one of somebody blocked, and one outside Berlin
    mara = {"id": 7, "email": "mara@mail.example", "first_name": "Mara", "last_name": "Kern"}
    strike.ship(1001, email="mara@mail.example", customer=mara)
    strike.ship(1002, email="mara@mail.example", customer=mara)
    strike.ship(1003)
    strike.ship(1004, postcode="20095")
    with store_scope(strike.store.pk):
        suppress_address(
            store=strike.store,
            medium="email",
            address="mara1003@example.com",
            reason="hard_bounce",
            scope="*",
        )
    strike.limit(1)
    before = strike.sink.count

    # when a supervisor writes to those in Berlin, the page shows what the gate would say
    row = strike.draft()
    with store_scope(strike.store.pk):
        seen = outlook(strike.store, telling_of(row, 1))
    assert (seen.people, seen.by_medium) == (2, [("email", 1)])
    assert seen.not_told == [("The address does not exist", 1)]

    # then a second person has to agree, who is not the author
    assert strike.submit(row).stage == "waiting"
    strike.tell()
    assert strike.sink.count == before
    page = _window(strike, "supervisor").post(_address(strike, row, "1/approve/"))
    assert page.status_code == 403
    page = _window(strike, "admin").post(_address(strike, row, "1/approve/"))
    assert page.status_code == 302

    # and each is told once, with their own orders, however often the worker looks
    strike.tell()
    strike.tell()
    [left] = strike.sink.wait_for(before + 1)[before:]
    assert left.subject == "Your order #1001, #1002 is late"
    assert "#1001, #1002 comes later & we are sorry." in left.body()
    assert "comes later &amp; we are sorry." in left.body("html")
    report = strike.report(row)
    assert (report.people, report.told, report.not_told, report.under_way) == (2, 1, 1, 0)
    assert report.people == sum(each.total for each in report.rows) + report.pending

    # and the notifications it replaces wait for those people, for others they do not
    strike.market.scan(1001)
    strike.market.scan(1004)
    [held] = strike.messages(kind="out_for_delivery", order__number="#1001")
    assert (held.state, held.reason) == ("held", "incident")
    assert "DHL strike" in held.reason_text
    [free] = strike.messages(kind="out_for_delivery", order__number="#1004")
    assert free.state == "sent"

    # when Mara answers, it is an ordinary conversation that knows the strike
    deliver(strike.inbox, mail("And when?", to=str(left.parsed["Reply-To"])))
    with store_scope(strike.store.pk):
        case = Conversation.objects.get()
        assert case.tags == ["dhl strike"]
        assert Link.objects.get().answers
        saved = SavedReply.objects.get()
        assert saved.tag == "dhl strike"
    page = _window(strike, "agent").get(f"/s/lark/inbox/{case.number}/")
    shown = page.content.decode()
    assert "DHL strike</strong> affects this customer" in shown
    assert "They were told by e-mail" in shown
    assert "Answer in these words" in shown

    # when it is corrected, exactly those hear it who were told
    with store_scope(strike.store.pk):
        telling = actions.begin_follow_up(announcement=row, by=strike.people["supervisor"].user)
        telling.texts = {"en": {"subject": "It is over", "text": "DHL works again.", "mail": ""}}
        telling.in_quiet_hours = True  # whatever the hour at which this runs
        telling.save()
    assert strike.submit(row, 2).stage == "sending"
    strike.tell()
    left = strike.sink.wait_for(before + 3)[-1]
    assert (left.recipients, left.subject) == (
        ("mara@mail.example",),
        "It is over",
    )
    assert strike.report(row, 2).people == 1

    # when it is over, what was held is judged anew, and the words for agents are gone
    with store_scope(strike.store.pk):
        released = actions.end_announcement(
            store=strike.store, announcement=row, by=strike.people["admin"].user
        )
    work()
    assert released == 1
    [late] = strike.messages(kind="out_for_delivery", order__number="#1001")
    assert late.state == "sent"
    row = strike.again(row)
    assert row.state == State.OVER
    with store_scope(strike.store.pk):
        assert not SavedReply.objects.exists()
        echo = echo_of(row)
    assert (echo.before, echo.after, echo.answers) == (0, 1, 1)

    # and the report leads to the ledger
    report_page = _window(strike, "agent").get(_address(strike, row)).content.decode()
    assert "under a minute" in report_page
    ledger = _window(strike, "agent").get(
        f"/s/lark/messages/?telling={row.tellings.all()[0].pk}&state=suppressed"
    )
    shown = ledger.content.decode()
    assert "mara1003@example.com" in shown or "#1003" in shown
    assert "Your order" not in shown


def _window(strike: Strike, role: str) -> Client:
    client = Client()
    client.force_login(strike.people[role].user)
    return client


def _address(strike: Strike, row: object, more: str = "") -> str:
    return f"/s/{strike.store.slug}/announcements/{row.pk}/{more}"  # type: ignore[attr-defined]
