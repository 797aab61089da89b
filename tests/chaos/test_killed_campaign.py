"""A campaign whose workers are killed again and again, paused and resumed in between (R-10).

Each person gets it at most once, everybody is in exactly one state at the end, and the numbers are
those of the mail server but for what was being handed over at a kill: that is said to be in doubt.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from django.db import connection

from shopbell.accounts.models import Store
from shopbell.campaigns import actions
from shopbell.campaigns.actions import Plan
from shopbell.campaigns.models import Campaign, Place, Stage
from shopbell.campaigns.report import report_of
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.messaging.handing import BULK_IN_FLIGHT
from shopbell.messaging.lanes import AT_ONCE
from shopbell.messaging.models import Message
from tests.campaigns.ground import SAID, add_people_who_agree, add_profiles
from tests.chaos.ground import Progress, end_leases
from tests.chaos.test_killed_workers import wait_for
from tests.support.nest import Nest
from tests.support.smtp_sink import SmtpSink

# `make chaos` takes the whole of it; on each commit a part.
WHOLE = bool(os.environ.get("CHAOS_WHOLE"))
MANY, KILLS, PAUSES = (20_000, 20, 4) if WHOLE else (4_000, 5, 2)
SEED = 20261123


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    """Return a mail server that takes everything at once."""
    with SmtpSink() as server:
        yield server


def start(store: Store) -> Campaign:
    """Let many people have agreed, and begin."""
    add_people_who_agree(store, MANY)
    add_profiles(store)
    with store_scope(store.pk):
        Store.objects.filter(pk=store.pk).update(
            policies={**store.policies, "campaign_limit": MANY}
        )
        store.refresh_from_db()
        row = actions.start_campaign(name="Spring", by=None)
        actions.write_variant(campaign=row, variant="A", texts=SAID)
        actions.change_plan(campaign=row, name="Spring", plan=Plan(holdout=1))
        return actions.submit_campaign(store=store, campaign=row, by=None)


def test_everybody_is_counted_once_though_workers_are_killed(
    store: Store, sink: SmtpSink, nest: Nest, capsys: pytest.CaptureFixture[str]
) -> None:
    # given a campaign to thousands of people
    row = start(store)
    chance = random.Random(SEED)
    progress = Progress(lambda: sink.count, end_work)
    begun = time.monotonic()
    workers = [nest.hatch(), nest.hatch()]

    # when a worker is killed every few hundred mails, and the campaign is paused now and then
    for number in range(1, KILLS + 1):
        wait_for(lambda n=number: progress.reached(n * int(MANY * 0.9) // KILLS), nest, 90)  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.05))
        victim = chance.randrange(2)
        nest.kill(workers[victim])
        if number % (KILLS // PAUSES) == 0:
            pause_and_go_on(row, chance)
        workers[victim] = nest.hatch()
    wait_for(lambda: progress.reached(MANY) or is_done(row), nest, 120)
    seconds = time.monotonic() - begun

    # then everybody is in one state that will not change, and nobody got it twice
    taken = Counter(mail.recipients[0] for mail in sink.messages)
    with store_scope(store.pk):
        done = Campaign.objects.get(pk=row.pk)
        report = report_of(done)
        states = Counter(Message.objects.values_list("state", flat=True))
    with capsys.disabled():
        print(
            f"\n    {MANY:,} people, killed {KILLS}×, paused {PAUSES}×, {seconds:.0f} s:"
            f" {dict(report.numbers)}, taken {taken.total():,}, twice"
            f" {taken.total() - len(taken)}",
            end=" ",
        )
    assert done.stage == Stage.DONE
    assert report.people == MANY == done.people
    assert set(report.numbers) <= {Place.SENT, Place.IN_DOUBT, Place.HOLDOUT}
    assert max(taken.values()) == 1
    assert report.of(Place.SENT) == states["sent"]
    assert report.of(Place.IN_DOUBT) == states["in_doubt"] <= KILLS * BULK_IN_FLIGHT * AT_ONCE
    assert report.of(Place.SENT) <= taken.total()
    assert taken.total() <= report.of(Place.SENT, Place.IN_DOUBT)


def pause_and_go_on(row: Campaign, chance: random.Random) -> None:
    """Pause for a moment, and go on."""
    with store_scope(row.store_id):
        actions.pause_campaign(campaign=row, by=None)
    time.sleep(chance.uniform(0.1, 0.4))
    with store_scope(row.store_id):
        actions.resume_campaign(campaign=row)


def is_done(row: Campaign) -> bool:
    """Return whether nobody is left."""
    with store_scope(row.store_id):
        return Campaign.objects.get(pk=row.pk).stage == Stage.DONE


def end_work() -> None:
    """Let what dead workers held be free now; what living ones hold is taken from them as well."""
    end_leases("messaging_message", "state = 'claimed'")
    end_leases("campaigns_campaign")
    with unscoped("test"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE campaigns_recipient SET queued_at = queued_at - interval '1 minute'"
            " WHERE state = 'queued'"
        )
