"""Approved templates under their connection: fetched, submitted, chosen, and how they read."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from shopbell.connections.models import Connection
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Permanent
from shopbell.messaging.approved import approved_for, kept_use, use_of
from shopbell.messaging.approving import run_syncing, sync_templates
from shopbell.messaging.models import ApprovedTemplate, ApprovedText
from shopbell.messaging.template_news import PLACE
from tests.connectors.channels.whatsapp_cloud.fake import MetaFake
from tests.messaging.test_turns import connect

pytestmark = pytest.mark.usefixtures("committed_db")
BODY = "Hi {{1}}, your order {{2}} comes {{3}}."
BUTTONS = [
    {"type": "QUICK_REPLY", "text": "Thanks"},
    {"type": "URL", "text": "Track", "url": "https://lark.example/t/{{1}}"},
]


@pytest.fixture
def people() -> Any:
    from tests.support.people import people_of

    return people_of("lark")


@pytest.fixture
def meta() -> Iterator[MetaFake]:
    with MetaFake(with_window=False) as fake:
        fake.add_template(
            "order_shipped", "",
            components=[{"type": "BODY", "text": BODY}, {"type": "BUTTONS", "buttons": BUTTONS}],
        )  # fmt: skip
        fake.add_template("offer", "Hi {{1}}, news.", category="MARKETING", status="PENDING")
        yield fake


@pytest.fixture
def inbox(people: Any, meta: MetaFake) -> Connection:
    return connect(people.store, meta)


@pytest.fixture
def agent(people: Any) -> Any:
    from tests.support.people import client_of

    return client_of(people.user("owner"))


def page(inbox: Connection, *rest: str) -> str:
    return f"/s/lark/connections/{inbox.pk}/templates/{'/'.join(rest)}"


def templates(inbox: Connection) -> dict[str, ApprovedTemplate]:
    with store_scope(inbox.store_id):
        return {row.name: row for row in ApprovedTemplate.objects.filter(connection=inbox)}


def test_templates_are_fetched_and_what_is_gone_is_marked(
    inbox: Connection, meta: MetaFake, people: Any
) -> None:
    assert sync_templates(people.store, inbox) == 2
    known = templates(inbox)
    assert known["order_shipped"].status == "approved"
    assert known["order_shipped"].content["body"] == BODY
    assert (known["offer"].status, known["offer"].category) == ("pending", "marketing")
    # when one is approved and the other deleted at the provider
    meta.templates[1]["status"] = "APPROVED"
    del meta.templates[0]
    sync_templates(people.store, inbox)
    known = templates(inbox)
    assert known["offer"].status == "approved"
    assert known["order_shipped"].gone_at is not None
    # and when the key has ended, what we know stays
    meta.lost = True
    with pytest.raises(Permanent):
        sync_templates(people.store, inbox)
    assert templates(inbox)["offer"].gone_at is None


def test_they_are_fetched_once_a_day_and_again_soon_after_trouble(
    inbox: Connection, meta: MetaFake
) -> None:
    run_syncing()
    assert len(templates(inbox)) == 2
    meta.add_template("third", "Hello.")
    run_syncing()
    assert len(templates(inbox)) == 2  # not before tomorrow
    _last_asked(inbox, timedelta(hours=25))
    meta.lost = True
    run_syncing()
    meta.lost = False
    run_syncing()
    assert len(templates(inbox)) == 2
    _last_asked(inbox, timedelta(minutes=31), trouble="it was away")
    run_syncing()
    assert len(templates(inbox)) == 3


def _last_asked(inbox: Connection, ago: timedelta, trouble: str = "") -> None:
    with store_scope(inbox.store_id):
        place = {"asked_at": (clock.now() - ago).isoformat(), "trouble": trouble}
        Connection.objects.filter(pk=inbox.pk).update(sync={PLACE: place})


def test_a_template_is_chosen_filled_from_the_order_and_previewed(
    inbox: Connection, agent: Any
) -> None:
    # given the page that fetches
    done = agent.post(page(inbox, "sync"), follow=True)
    assert "2 templates fetched." in done.text
    assert "order_shipped" in done.text
    # when a template is chosen for the dispatch notice, its gaps have sensible suggestions
    form = agent.get(page(inbox, "for", "dispatched", ""), {"template": "order_shipped"})
    assert "customer.first_name" in form.text
    assert "shipment.expected_text" in form.text
    typed = {
        "template": "order_shipped",
        "body_0": '{{ customer.first_name | default: "there" }}',
        "body_1": "{{ order.number }}",
        "body_2": "{{ shipment.expected_text }}",
        "buttons_0": '{{ links.track | split: "/" | last }}',
    }
    shown = agent.post(page(inbox, "for", "dispatched", "preview"), typed)
    assert "Hi Nora, your order #4833 comes Tuesday, 24 November, 14–17 h." in shown.text
    assert "Track → https://lark.example/t/sample" in shown.text
    saved = agent.post(page(inbox, "for", "dispatched", "save"), typed, follow=True)
    assert "is told by “order_shipped”" in saved.text
    with store_scope(inbox.store_id):
        found = approved_for([inbox.pk], ["dispatched"])[inbox.pk, "dispatched"]
        assert found.text.buttons == [typed["buttons_0"]]
        # then the end of the link fills the second button, where the gap is
        use = kept_use(found.templates["en"], header=[], body=["a", "b", "c"], buttons=["x"])
        told = use_of({"approved": use})
    assert told is not None
    assert told.buttons == ("", "x")
    # and it can be taken back
    agent.post(page(inbox, "for", "dispatched", "forget"))
    with store_scope(inbox.store_id):
        assert not ApprovedText.objects.exists()


def test_a_picture_on_top_is_that_of_the_first_item_or_a_fixed_one(
    inbox: Connection, agent: Any, meta: MetaFake, people: Any
) -> None:
    # given a template with a picture on top
    header = {"type": "HEADER", "format": "IMAGE"}
    meta.add_template("cup", "", components=[header, {"type": "BODY", "text": "It is coming."}])
    sync_templates(people.store, inbox)
    assert "picture on top" in agent.get(page(inbox, "")).text
    # when it is chosen, the picture of the first item is suggested
    form = agent.get(page(inbox, "for", "dispatched", ""), {"template": "cup"})
    assert "Address of the picture on top" in form.text
    assert "order.lines[0].image_url" in form.text
    suggested = "{{ order.lines[0].image_url | default: store.logo_url }}"
    for value, words in (
        (suggested, "https://"),
        ("https://cdn.lark.example/always.jpg", "always.jpg"),
        ("/here.jpg", "needs a public address"),
    ):
        typed = {"template": "cup", "header_0": value}
        shown = agent.post(page(inbox, "for", "dispatched", "preview"), typed)
        assert words in shown.text
    agent.post(page(inbox, "for", "dispatched", "save"), {"template": "cup", "header_0": suggested})
    with store_scope(inbox.store_id):
        assert ApprovedText.objects.get().header == [suggested]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"body_1": " "}, "Fill every gap"),
        ({"body_1": "{{ order.number"}, ""),
        ({"template": "gone"}, None),
    ],
)
def test_what_cannot_be_sent_is_not_kept(
    inbox: Connection, agent: Any, people: Any, wrong: dict[str, str], words: str | None
) -> None:
    sync_templates(people.store, inbox)
    typed = {"template": "order_shipped", "body_0": "a", "body_1": "b", "body_2": "c",
             "buttons_0": "d", **wrong}  # fmt: skip
    answer = agent.post(page(inbox, "for", "dispatched", "save"), typed)
    assert answer.status_code == (302 if words is None else 422)
    if words:
        assert words in answer.text
    with store_scope(inbox.store_id):
        assert not ApprovedText.objects.exists()


def test_a_new_template_is_submitted_and_waits(
    inbox: Connection, agent: Any, meta: MetaFake
) -> None:
    assert "counts as marketing" in agent.get(page(inbox, "new", "")).text
    given = {
        "name": "order_late", "language": "en", "category": "utility",
        "body": "Hi {{1}}, your order {{2}} is late, sorry.", "examples": "Mia\n#1001",
        "button": "Track", "link": "https://lark.example/t/{{1}}",
    }  # fmt: skip
    for changes, words in (
        ({"examples": "Mia"}, "Give 2 examples"),
        ({"body": "{{1}}, hello."}, "neither begin nor end"),
        ({"body": "Hi {{2}}, hello."}, "Number the gaps"),
        ({"name": "Order Late"}, "small letters"),
        ({"link": ""}, "A button needs words and an address"),
    ):
        refused = agent.post(page(inbox, "new", "submit"), {**given, **changes})
        assert refused.status_code == 422
        assert words in refused.text
    agent.post(page(inbox, "new", "submit"), given)
    assert templates(inbox)["order_late"].status == "pending"
    again = agent.post(page(inbox, "new", "submit"), given)
    assert "already exists" in again.text
    assert len(meta.templates) == 3


def test_the_connection_leads_there_and_shows_the_chat_link(inbox: Connection, agent: Any) -> None:
    shown = agent.get(f"/s/lark/connections/{inbox.pk}/")
    assert page(inbox) in shown.text
    assert "https://wa.me/4930555000?text=Yes%2C%20tell%20me" in shown.text
    picture = agent.get(f"/s/lark/connections/{inbox.pk}/chat-link.svg")
    assert picture["Content-Type"] == "image/svg+xml"
    assert b"<svg" in picture.content
