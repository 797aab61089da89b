"""A step's message goes from channel to channel as a notification's does."""

from collections.abc import Iterator
from typing import Any

import pytest

from shopbell.journeys.definition import read_definition
from shopbell.journeys.models import Draft
from shopbell.journeys.steps import Send
from shopbell.journeys.words import by_which
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.messaging.ports import Outcome, OutcomeKind
from shopbell.messaging.windows import open_windows
from tests.journeys.ground import Shop, work
from tests.messaging.test_fallback import pass_minutes
from tests.support.people import add_people, client_of
from tests.support.strict import StrictChannel, strict_channel
from tests.support.talk import MIA, written

ADA = "ada@example.com"
SEND = {"do": "send", "text": "cart_reminder", "media": ["whatsapp", "email"]}
DEFINITION: dict[str, Any] = {
    "trigger": {"event": "cart.changed", "where": {"completed": False}},
    "steps": [{**SEND, "waits": {"whatsapp": 15}}],
}


@pytest.fixture
def line(shop: Shop) -> Iterator[StrictChannel]:
    with strict_channel() as channel:
        inbox = channel.connect(shop.store)
        with store_scope(shop.store.pk):
            open_windows(inbox, [written("Hello")])
        yield channel


def reminded(shop: Shop, **changes: Any) -> None:
    """Let Ada, who may be written to on both, leave a cart."""
    shop.own({**DEFINITION, **changes})
    shop.subscribe(ADA, phone=MIA)
    shop.subscribe(ADA, "whatsapp", phone=MIA)
    shop.leave_cart(ADA)
    work()


def ways(shop: Shop) -> list[tuple[str, str]]:
    with store_scope(shop.store.pk):
        rows = Message.objects.order_by("created_at", "id")
        return list(rows.values_list("medium", "state"))


def test_what_is_not_delivered_in_its_minutes_goes_by_the_next_channel(
    shop: Shop, line: StrictChannel
) -> None:
    reminded(shop)
    assert ways(shop) == [("whatsapp", "sent")]
    pass_minutes(14)
    assert ways(shop) == [("whatsapp", "sent")]
    pass_minutes(1)
    assert ways(shop) == [("whatsapp", "sent"), ("email", "sent")]
    pass_minutes(60)
    assert len(ways(shop)) == 2


def test_without_minutes_only_a_refusal_goes_on_and_the_gate_is_asked_again(
    shop: Shop, line: StrictChannel
) -> None:
    line.answer = Outcome(OutcomeKind.PERMANENT, code="blocked", detail="Not today")
    shop.own({**DEFINITION, "steps": [SEND]})
    shop.subscribe(ADA, "whatsapp", phone=MIA)  # and not by mail
    shop.leave_cart(ADA)
    work()
    pass_minutes(0)
    assert ways(shop) == [("whatsapp", "failed"), ("email", "skipped")]
    assert shop.told()[1][2] == "no_consent"


def test_the_minutes_are_typed_in_the_editor(shop: Shop) -> None:
    owner = client_of(add_people(shop.store).user("owner"))
    page = owner.post("/s/lark/journeys/new/", {"name": "Mine"})["Location"]
    owner.post(page, {"do": "add send top"})
    typed = {"f.text": "cart_reminder", "f.media.1": "whatsapp", "f.media.2": "email"}
    seen: Any = owner.post(
        page, {"do": "done", "open": "send-1", **typed, "f.media.1.wait": "soon"}, follow=True
    )
    assert "Minutes from 1 to 10,080" in seen.content.decode()
    waits = {"f.media.1.wait": "15", "f.media.2.wait": "30"}
    seen = owner.post(page, {"do": "done", "open": "send-1", **typed, **waits}, follow=True)
    assert "by WhatsApp, not delivered in 15 minutes: e-mail" in seen.content.decode()
    with store_scope(shop.store.pk):
        [step] = Draft.objects.get().definition["steps"]
    # behind the last channel there is none to wait for
    assert step["waits"] == {"whatsapp": 15}
    [read] = read_definition({"trigger": "order.placed", "steps": [step]}).steps.values()
    assert isinstance(read, Send)
    assert by_which(read) == "WhatsApp, not delivered in 15 minutes: e-mail"
