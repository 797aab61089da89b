"""A worker that is killed in the middle of a bulk action: each conversation is done just once."""

import random
import time
from collections import Counter

from shopbell.accounts.models import Store
from shopbell.conversations.actions import start_bulk
from shopbell.conversations.models import BulkAction, BulkItem, Conversation, Entry, EntryKind
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from tests.chaos.ground import count, end_leases
from tests.chaos.test_killed_workers import wait_for
from tests.conversations.ground import agent
from tests.conversations.test_bulk import many
from tests.support.nest import Nest

MANY = 200
KILLS, EACH = 3, 40


def test_each_conversation_is_done_once_though_workers_are_killed(store: Store, nest: Nest) -> None:
    # given two hundred conversations and somebody who resolves them all
    many(store, MANY)
    with store_scope(store.pk):
        start_bulk(rows=Conversation.objects.all(), verb="resolve", given={}, by=agent(store))
    chance = random.Random(20261122)

    # when the worker is killed three times on the way
    def done() -> int:
        return count(BulkItem, outcome="done")

    for number in range(1, KILLS + 1):
        pid = nest.hatch()
        wait_for(lambda wanted=number * EACH: done() >= wanted, nest)  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.05))
        nest.kill(pid)
        wait_for(_lease_ended, nest)
    assert KILLS * EACH <= done() < MANY
    nest.hatch()
    wait_for(lambda: count(BulkAction, state="finished") == 1, nest)

    # then all of them are resolved, and nobody was resolved twice
    assert done() == MANY
    with store_scope(store.pk):
        assert Conversation.objects.filter(status="resolved").count() == MANY
        told = Entry.objects.filter(kind=EntryKind.ACTIVITY).values_list("conversation", flat=True)
        assert Counter(told).most_common(1)[0][1] == 1
        assert len(told) == MANY


def _lease_ended() -> bool:
    """End the dead worker's lease, once the database has noticed that it is dead."""
    end_leases("conversations_bulkaction")
    return count(BulkAction, lease_until__gt=clock.now()) == 0
