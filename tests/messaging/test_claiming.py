"""Claims take no more than they ask for, whatever plan the database makes of them."""

import pytest
from django.db import connection

from shopbell.events.pump import claim
from shopbell.kit import clock
from tests.messaging.ground import queue, write_texts
from tests.support.shop import make_store

pytestmark = pytest.mark.usefixtures("committed_db")
_PLANS = ("hashjoin", "mergejoin", "hashagg", "sort", "material", "indexscan", "bitmapscan")


def test_a_claim_keeps_its_limit_though_its_subquery_could_be_run_again() -> None:
    store = make_store()
    write_texts(store)
    queue(store, [f"c{n}@mail.example" for n in range(12)], due_at=clock.now())
    with connection.cursor() as cursor:
        for name in _PLANS:
            cursor.execute(f"SET enable_{name} = off")
        try:
            taken = [
                len(
                    claim(
                        table="messaging_message", columns="t.id", where="state = 'queued'",
                        also="state = 'claimed'", limit=5,
                    )
                )
                for _ in range(3)
            ]  # fmt: skip
        finally:
            for name in _PLANS:
                cursor.execute(f"RESET enable_{name}")
    assert taken == [5, 5, 2]
