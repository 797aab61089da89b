"""Workers that hand out at the same moment: each conversation once, nobody over the capacity."""

import threading
from collections import Counter

from django.db import connection

from shopbell.assignments.handing import hand_out
from shopbell.assignments.models import Routing
from shopbell.conversations.actions import assign
from shopbell.conversations.models import Conversation, Entry
from shopbell.events.models import Event
from shopbell.kit.db.scope import store_scope
from tests.assignments.ground import Floor

WORKERS, CUSTOMERS = 6, 30


def test_workers_never_give_twice_nor_more_than_somebody_takes(committed_db: None) -> None:
    # given thirty customers who wait, and room for sixteen
    floor = Floor()
    for name, capacity in (("Ada", 7), ("Bob", 5), ("Cleo", 4)):
        floor.agent(name, capacity)
    floor.ask(*(f"customer{number}" for number in range(CUSTOMERS)))
    with store_scope(floor.store.pk):
        Routing.objects.create(inbox=floor.chat, mode="least_loaded")
    begin = threading.Barrier(WORKERS + 1)
    given: list[int] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            begin.wait(10)
            for _ in range(3):
                with store_scope(floor.store.pk):
                    given.append(hand_out())
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    def take_by_hand() -> None:
        begin.wait(10)
        try:
            with store_scope(floor.store.pk):
                row = Conversation.objects.order_by("-number")[0]
                assign(conversation=row, by=floor.people["Ada"], owner=floor.people["Ada"])
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    # when six workers hand out while somebody takes one by hand
    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    threads.append(threading.Thread(target=take_by_hand))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    # then everything was given once, and everybody has what they take (and what they took)
    assert failed == []
    with store_scope(floor.store.pk):
        owned = Counter(
            Conversation.objects.exclude(owner=None).values_list("owner__name", flat=True)
        )
        told = Event.objects.filter(name="conversation.assigned").count()
        lines = Entry.objects.filter(kind="activity", text__startswith="Given to").count()
    assert owned["Bob"] == 5
    assert owned["Cleo"] == 4
    assert owned["Ada"] in (7, 8)  # what was taken by hand may come on top
    assert sum(given) == lines == told - 1
    assert sum(owned.values()) == told
