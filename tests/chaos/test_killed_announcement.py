"""A worker that is killed while an announcement goes out: each is written to once, none is lost."""

import random
import time
from collections import Counter

from shopbell.accounts.models import Staff, Store
from shopbell.announcements import actions
from shopbell.announcements.actions.drafting import Manner
from shopbell.announcements.audience import Affected
from shopbell.announcements.models import Recipient, Telling
from shopbell.announcements.policy import change_limit
from shopbell.announcements.report import report_of
from shopbell.announcements.words import Words
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.orders.actions import record_facts
from tests.chaos.ground import SHOP, Progress, count, end_leases, order_facts, unfinished
from tests.chaos.test_killed_workers import wait_for
from tests.support.nest import Nest
from tests.support.smtp_sink import SmtpSink

MANY = 600
KILLS, EACH = 3, 100


def test_each_is_told_once_though_workers_are_killed(
    store: Store, sink: SmtpSink, nest: Nest
) -> None:
    # given six hundred affected customers
    with store_scope(store.pk):
        facts = [order_facts(number) for number in range(MANY)]
        record_facts(source=SHOP, facts=facts, historic=True)
        owner = Staff.objects.select_related("user").get().user
        change_limit(store=store, limit=MANY)
        row = actions.start_announcement(
            name="Warehouse", affected=Affected(orders=("open",)), by=owner
        )
        telling = row.tellings.get()
        said = {"en": Words("About {{ order.number }}", "It comes a day later.")}
        actions.write_telling(telling=telling, manner=Manner(said, ("email",), True))
        actions.submit_telling(store=store, telling=telling, by=owner)
    chance = random.Random(20261122)

    # when the worker is killed three times on the way
    for number in range(1, KILLS + 1):
        pid = nest.hatch()
        wait_for(lambda wanted=number * EACH: _queued() >= wanted, nest)  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.05))
        nest.kill(pid)
        wait_for(_leases_ended, nest)
    nest.hatch()
    wait_for(lambda: count(Telling, stage="done") == 1, nest)
    progress = Progress(lambda: sink.count, _end_claims)
    wait_for(lambda: progress.reached(0) and unfinished() == 0, nest, seconds=120)

    # then everybody has one message, which left, and the numbers add up
    assert _queued() == MANY == count(Message, kind="announcement")
    with store_scope(store.pk):
        report = report_of(Telling.objects.get())
    assert (report.people, report.told, report.under_way) == (MANY, MANY, 0)
    taken = Counter(mail.recipients[0] for mail in sink.messages)
    assert len(taken) == MANY


def _queued() -> int:
    return count(Recipient, state="queued")


def _leases_ended() -> bool:
    """End the dead worker's lease, once the database has noticed that it is dead."""
    end_leases("announcements_telling", "stage = 'sending'")
    return count(Telling, stage="sending", lease_until__gt=clock.now()) == 0


def _end_claims() -> None:
    end_leases("messaging_message", "state = 'claimed'")
