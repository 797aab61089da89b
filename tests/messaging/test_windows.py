"""What may be written to somebody now on a channel with a reply window, and what goes instead."""

from datetime import timedelta
from typing import Any

import pytest

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.consent.actions import record_consent
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.actions import queue_messages
from shopbell.messaging.approved import reads_like
from shopbell.messaging.gate import decide
from shopbell.messaging.models import ApprovedTemplate, ApprovedText, Message
from shopbell.messaging.ports import CHANNELS, Capabilities, Medium
from shopbell.messaging.windows import open_windows, standing
from tests.messaging.ground import KIND, draft, only, send_due, write_texts
from tests.support.shop import make_store
from tests.support.strict import StrictChannel, strict_channel
from tests.support.talk import MIA, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def line() -> Any:
    with strict_channel() as channel:
        yield channel


@pytest.fixture
def store() -> Store:
    return make_store()


@pytest.fixture
def inbox(store: Store, line: StrictChannel) -> Connection:
    """A WhatsApp-like number: 24 hours, then approved templates only."""
    write_texts(store, media=("email", "whatsapp"))
    return line.connect(store)


def queue(store: Store, **fields: Any) -> Message:
    with store_scope(store.pk):
        made = draft("mia@mail.example", MIA, media=("whatsapp", "email"), **fields)
        assert made.customer is not None
        record_consent(
            customer=made.customer, purpose="order_updates", channel="whatsapp",
            action="granted", source="test",
        )  # fmt: skip
        queue_messages(drafts=[made])
        return Message.objects.select_related("customer", "order").get()


def approve(inbox: Connection, **changes: Any) -> None:
    """Let the provider approve of a template that tells `KIND`."""
    with store_scope(inbox.store_id):
        ApprovedTemplate.objects.create(
            connection=inbox, name="a_note", language="en_GB",
            **{"category": "utility", "status": "approved",
               "content": {"body": "Hello {{1}}, we have news: {{2}}"}} | changes,
        )  # fmt: skip
        ApprovedText.objects.create(
            connection=inbox, kind=KIND, name="a_note",
            body=["{{ store.name }}", "{{ 'now' | upcase }}"],
        )  # fmt: skip


def wrote(inbox: Connection, hours_ago: float) -> None:
    with store_scope(inbox.store_id):
        at = clock.now() - timedelta(hours=hours_ago)
        open_windows(inbox, [written("Hello", at=at)])


def test_within_the_window_our_own_text_goes(
    store: Store, inbox: Connection, line: StrictChannel
) -> None:
    wrote(inbox, 23)
    queue(store)
    send_due()
    assert [message.text for message in line.sent] == ["Hello from us"]
    assert line.sent[0].approved is None


def test_outside_the_window_the_approved_template_goes_with_its_gaps_filled(
    store: Store, inbox: Connection, line: StrictChannel
) -> None:
    wrote(inbox, 25)
    approve(inbox)
    queue(store)
    send_due()
    [message] = line.sent
    assert message.approved is not None
    assert (message.approved.name, message.approved.language) == ("a_note", "en_GB")
    assert message.approved.body == (store.name, "NOW")
    assert only(store).text == f"Hello {store.name}, we have news: NOW"


def test_without_a_template_the_next_channel_is_asked(
    store: Store, inbox: Connection, line: StrictChannel
) -> None:
    with store_scope(store.pk):
        queue(store)
        [verdict] = decide(store, [only(store)])
    assert "No approved template tells this by WhatsApp" in verdict.text


@pytest.mark.parametrize("status", ["pending", "rejected", "paused", "disabled"])
def test_a_template_that_is_not_approved_now_is_none(
    store: Store, inbox: Connection, line: StrictChannel, status: str
) -> None:
    approve(inbox, status=status)
    queue(store)
    send_due()
    assert line.sent == []


def test_a_template_that_counts_as_marketing_needs_that_permission(
    store: Store, inbox: Connection, line: StrictChannel
) -> None:
    approve(inbox, category="marketing")
    queue(store)
    send_due()
    assert line.sent == []
    assert "counts as marketing" in only(store).reason_text


def test_a_gap_that_stays_empty_holds_the_message(
    store: Store, inbox: Connection, line: StrictChannel
) -> None:
    approve(inbox)
    with store_scope(store.pk):
        ApprovedText.objects.update(body=["{{ store.name }}", "{{ '' }}"])
    queue(store)
    send_due()
    held = only(store)
    assert (held.state, held.reason) == ("held", "missing_variable")


def test_without_an_opt_in_nothing_is_told_even_within_the_window(
    store: Store, inbox: Connection, line: StrictChannel
) -> None:
    wrote(inbox, 1)
    queue(store)
    with store_scope(store.pk):
        record_consent(
            customer=Customer.objects.get(), purpose="order_updates", channel="whatsapp",
            action="withdrawn", source="test",
        )  # fmt: skip
    send_due()
    assert line.sent == []
    assert "has not opted in to WhatsApp" in only(store).reason_text


def test_the_window_of_people_is_longer_than_that_of_machines() -> None:
    able = Capabilities(
        medium=Medium.INSTAGRAM, reply_window=timedelta(hours=24), human_window=timedelta(days=7)
    )
    now = clock.now()
    assert standing(able, now - timedelta(hours=1), now).is_open
    late = standing(able, now - timedelta(days=2), now)
    assert (late.is_open, late.is_late) == (False, True)
    over = standing(able, now - timedelta(days=8), now)
    assert (over.is_open, over.is_late) == (False, False)
    assert not standing(able, None, now).is_open


def test_a_template_reads_like_what_the_customer_gets() -> None:
    template = ApprovedTemplate(
        content={"header_kind": "text", "header": "Order {{1}}", "body": "Hi {{1}}. {{1}}!",
                 "footer": "Lark"},
    )  # fmt: skip
    use = {"header": ["#1001"], "body": ["Mia"], "buttons": []}
    assert reads_like(template, use) == "Order #1001\n\nHi Mia. Mia!\n\nLark"


def test_the_sandbox_approves_of_everything_we_tell() -> None:
    assert CHANNELS.get("sandbox_whatsapp").capabilities.approves_all
