"""A shop with people who allowed offers by e-mail, and campaigns to them.

People are written by one statement as they lie in the tables, so that a million are made in
moments. A newcomer's mistake: `work()` before `know_people()`. Without a profile nobody is in an
audience.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection as database

from shopbell.accounts.models import Staff, Store
from shopbell.campaigns import actions
from shopbell.campaigns.actions import Plan
from shopbell.campaigns.models import Campaign, Place, Recipient
from shopbell.campaigns.policy import change_limit
from shopbell.customers.models import Customer
from shopbell.events.pump import PUMPS
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.messaging.models import Message
from shopbell.segments.actions import save_segment
from shopbell.segments.bits import REACH, consent_bit
from shopbell.segments.membership import fill_profiles
from shopbell.segments.models import Segment
from tests.support.people import add_people
from tests.support.shop import add_smtp, make_store
from tests.support.smtp_sink import SmtpSink

SAID = {
    "en": {
        "subject": "Spring is here",
        "blocks": [
            {"kind": "text", "text": "Hello {{ customer.first_name | default: 'there' }}!"},
            {"kind": "button", "label": "Have a look", "url": "https://lark.example/spring"},
        ],
    }
}


def add_people_who_agree(store: Store, many: int, *, first: int = 0, agree: bool = True) -> None:
    """Add customers `p<number>@mail.example`, with permission for offers by e-mail."""
    with store_scope(store.pk), database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_customer (id, store_id, first_name, last_name, email, phone,"
            " locale, country, timezone, first_seen_at, last_seen_at, order_count)"
            " SELECT uuidv7(), %s, 'Mara', 'Lind', 'p' || n || '@mail.example', '', 'en', 'DE', '',"
            " now(), now(), 0 FROM generate_series(%s::int, %s::int) n",
            [store.pk, first, first + many - 1],
        )
        if agree:
            cursor.execute(
                "INSERT INTO consent_consentevent (id, store_id, customer_id, purpose, channel,"
                " topic, action, wording, language, source, proof, actor, occurred_at, recorded_at)"
                " SELECT uuidv7(), c.store_id, c.id, 'marketing', 'email', '', 'granted', '', 'en',"
                " 'a test', '{}', '', now(), now() FROM ("
                " SELECT store_id, id FROM customers_customer WHERE store_id = %s"
                " EXCEPT SELECT store_id, customer_id FROM consent_consentevent) c",
                [store.pk],
            )


def know_people(store: Store) -> None:
    """Make the profiles that audiences are counted by."""
    with store_scope(store.pk):
        while fill_profiles():
            pass


@dataclass(slots=True)
class Shop:
    """The store and what can be done in it."""

    store: Store
    sink: SmtpSink
    people: dict[str, Staff] = field(default_factory=dict)

    def draft(
        self, texts: Mapping[str, Any] | None = None, name: str = "Spring", **plan: Any
    ) -> Campaign:
        """Begin a campaign that says something, as the supervisor."""
        with store_scope(self.store.pk):
            row = actions.start_campaign(name=name, by=self.people["supervisor"].user)
            actions.write_variant(campaign=row, variant="A", texts=texts or SAID)
            return actions.change_plan(campaign=row, name=name, plan=Plan(**plan))

    def submit(self, row: Campaign) -> Campaign:
        """Submit it as the supervisor."""
        with store_scope(self.store.pk):
            by = self.people["supervisor"].user
            return actions.submit_campaign(store=self.store, campaign=row, by=by)

    def start(self, **about: Any) -> Campaign:
        """Begin a campaign and submit it."""
        return self.submit(self.draft(**about))

    def segment(self, name: str, *conditions: dict[str, Any]) -> Segment:
        """Make a segment."""
        with store_scope(self.store.pk):
            return save_segment(name=name, definition={"all": list(conditions)}, by=None)

    def again(self, row: Campaign) -> Campaign:
        """Read a campaign anew."""
        with store_scope(self.store.pk):
            return Campaign.objects.get(pk=row.pk)

    def places(self, row: Campaign) -> dict[str, int]:
        """Return how many recipients are in which state, with the reason if there is one."""
        found: dict[str, int] = {}
        with store_scope(self.store.pk):
            for each in Recipient.objects.filter(campaign_id=row.pk):
                told = each.reason if each.state == Place.LEFT_OUT else ""
                name = f"{each.state} {told}".strip()
                found[name] = found.get(name, 0) + 1
        return found

    def mails(self) -> list[str]:
        """Return who got a mail, in order."""
        return sorted(mail.recipients[0] for mail in self.sink.messages)

    def customer(self, number: int) -> Customer:
        """Return one of the people."""
        with store_scope(self.store.pk):
            return Customer.objects.get(email=f"p{number}@mail.example")


def open_shop(sink: SmtpSink, slug: str = "lark") -> Shop:
    """Make a store without quiet hours, where one person may write to many alone."""
    store = make_store(
        slug,
        policies={"quiet_from": "00:00", "quiet_until": "00:00"},
        postal_address="1 High Street\n10115 Berlin",
    )
    people = add_people(store).staff
    with store_scope(store.pk):
        change_limit(store=store, limit=1_000_000)
    add_smtp(store, sink.port)
    return Shop(store, sink, people)


def work(rounds: int = 40) -> None:
    """Run the worker until nothing moves."""
    before: tuple[int, ...] = ()
    for _ in range(rounds):
        _let_be_due("campaigns_campaign", "stage <> 'scheduled'")
        _let_be_due("messaging_message", "state = 'queued' AND reason = 'pace'")
        for name in ("events", "campaigns", "outbox", "fallback"):
            if name in PUMPS:
                PUMPS[name].run()
        now = _counts()
        if now == before:
            return
        before = now
    raise AssertionError("the campaign does not come to rest")


def _counts() -> tuple[int, ...]:
    with unscoped("a test counts"), database.cursor() as cursor:
        cursor.execute(
            "SELECT hashtextextended(coalesce(string_agg(x, ','), ''), 0) FROM ("
            " SELECT state || count(*) AS x FROM campaigns_recipient GROUP BY state UNION ALL"
            " SELECT state || count(*) FROM messaging_message GROUP BY state UNION ALL"
            " SELECT stage || count(*) FROM campaigns_campaign GROUP BY stage ORDER BY x) y"
        )
        return tuple(cursor.fetchone())


def _let_be_due(table: str, where: str) -> None:
    with unscoped("a test moves time"), database.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET due_at = clock_timestamp() - interval '1 second' WHERE {where}"
        )


def pass_time(**by: float) -> None:
    """Let so much time pass for campaigns, their people and messages; then the worker works."""
    by_seconds = f"interval '{timedelta(**by).total_seconds()} seconds'"
    moved = {
        "campaigns_campaign": ("due_at", "began_at", "gathered_at", "tested_at", "begins_at"),
        "campaigns_recipient": ("due_at", "queued_at"),
        "campaigns_minute": ("at",),
        "messaging_message": ("due_at", "lease_until", "handed_at", "not_after", "created_at"),
    }
    with unscoped("a test moves time"), database.cursor() as cursor:
        for table, columns in moved.items():
            # By way of another century: two rows may be just so far apart, and minutes are unique.
            for step in ("- interval '36500 days'", f"+ interval '36500 days' - {by_seconds}"):
                sets = ", ".join(f"{c} = {c} {step}" for c in columns)
                cursor.execute(f"UPDATE {table} SET {sets}")
    work()


def messages(shop: Shop) -> list[Message]:
    """Return the messages of campaigns."""
    with store_scope(shop.store.pk):
        return list(Message.objects.filter(kind="campaign").order_by("to_address"))


def in_a_day() -> Any:
    """Return this hour tomorrow."""
    return clock.now() + timedelta(days=1)


def add_profiles(store: Store) -> None:
    """Write profiles of people who agree as they would be made, by one statement: for a million."""
    bit = consent_bit("marketing", "email")
    with store_scope(store.pk), database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO segments_profile (id, store_id, customer_id, first_seen_at, spent,"
            " granted, orders, open_orders, reachable, has_email, has_phone, country, language,"
            " made_at) SELECT uuidv7(), store_id, id, first_seen_at, 0, %s, 0, 0, %s, true, false,"
            " 'DE', 'en', now() FROM customers_customer WHERE store_id = %s",
            [bit, REACH["email"], store.pk],
        )
