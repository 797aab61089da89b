"""Imports from the terminal, and the history of a shop from its page: the same work, told aloud."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from shopbell.accounts.models import Store
from shopbell.connections.actions import save_connection
from shopbell.connections.models import Connection
from shopbell.events.models import Event
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid, NotFound, Temporary
from shopbell.operations.importing import import_csv, import_shop_history
from shopbell.orders.models import Order
from tests.connectors.shops.ground import fixture
from tests.support.people import client_of, people_of
from tests.support.shop import make_store
from tests.support.site import Answer, Site, site

pytestmark = pytest.mark.usefixtures("committed_db")

FILE = "Order number,Email,Item,Quantity\n1,a@example.com,Cup,1\n2,b@example.com,Cup,many\n"


@pytest.fixture
def store(committed_db: None) -> Store:
    return make_store()


def orders_of(store: Store) -> list[str]:
    with store_scope(store.pk):
        return list(Order.objects.order_by("number").values_list("number", flat=True))


def test_a_file_with_mistakes_is_imported_only_when_told_so(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, mend = tmp_path / "orders.csv", tmp_path / "mend.csv"
    path.write_text(FILE)
    # a dry run writes nothing
    assert import_csv("orders", path, store_slug="lark", dry_run=True, mend=mend) == 1
    said = capsys.readouterr().out
    assert "Row 3, “Quantity”: “many” must be a whole number" in said
    assert "1 order can be imported" in said
    assert "b@example.com" in mend.read_text()
    assert orders_of(store) == []
    # neither does a run with mistakes in it
    assert import_csv("orders", path, store_slug="lark") == 1
    assert orders_of(store) == []
    # until the good rows are wished for
    assert import_csv("orders", path, store_slug="lark", good_rows=True) == 0
    assert "Done: 1 order imported" in capsys.readouterr().out
    assert orders_of(store) == ["1"]


def test_headings_nobody_knows_are_named(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("A,B\n1,2\n")
    with pytest.raises(Invalid, match="The headings are: A, B"):
        import_csv("orders", path, store_slug="lark")
    with pytest.raises(NotFound):
        import_csv("orders", path, store_slug="wren")


@pytest.fixture
def shop() -> Iterator[tuple[Site, threading.Event]]:
    """A WooCommerce shop with three orders, one a page, that can refuse."""
    refuse = threading.Event()

    def answer(method: str, target: str) -> Answer:
        if "/orders" not in target:
            return 200, {"X-WP-Total": "0", "X-WP-TotalPages": "1"}, b"[]"
        page = int(target.partition("&page=")[2].partition("&")[0] or 1)
        if page == 3 and refuse.is_set():
            return 401, {}, b'{"code": "woocommerce_rest_cannot_view"}'
        order = fixture("woocommerce", "order") | {"id": page, "number": str(page)}
        headers = {"X-WP-Total": "3", "X-WP-TotalPages": "3"}
        return 200, headers, json.dumps([order]).encode()

    with site(answer) as running:
        yield running, refuse


def connect(store: Store, running: Site) -> Connection:
    settings: dict[str, Any] = {
        "url": "https://lark.example",
        "webhook_secret": "hook secret",
        "consumer_key": "ck_1",
        "consumer_secret": "cs_1",
        "api_base": running.url,
    }
    with store_scope(store.pk):
        return save_connection(
            store=store, family="shop", connector="woocommerce", slug="main", settings=settings
        )


def test_the_history_of_a_shop_is_read_and_goes_on_where_it_stopped(
    store: Store,
    shop: tuple[Site, threading.Event],
    capsys: pytest.CaptureFixture[str],
) -> None:
    running, refuse = shop
    connect(store, running)
    refuse.set()
    with pytest.raises(Temporary, match="run this again"):
        import_shop_history(store_slug="lark", shop_slug="main")
    assert orders_of(store) == ["1", "2"]
    refuse.clear()
    before = len(running.seen)
    assert import_shop_history(store_slug="lark", shop_slug="main") == 0
    assert orders_of(store) == ["1", "2", "3"]
    assert "Done: 3 read" in capsys.readouterr().out
    assert len([seen for seen in running.seen[before:] if "/orders" in seen[1]]) == 1
    with store_scope(store.pk):
        assert not Event.objects.filter(name__startswith="order.").exists()
    with pytest.raises(NotFound):
        import_shop_history(store_slug="lark", shop_slug="other")


def test_the_page_starts_it_and_shows_how_far_it_is(
    shop: tuple[Site, threading.Event],
) -> None:
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.models import ProcrastinateJob

    people = people_of("lark")
    row = connect(people.store, shop[0])
    client = client_of(people.user("owner"))
    with connection.cursor() as cursor:  # what connecting queued by itself is another test's
        cursor.execute("DELETE FROM procrastinate_jobs")
    with store_scope(people.store.pk):
        Connection.objects.filter(pk=row.pk).update(sync={})
    assert "Import the history" in client.get("/s/lark/import/").content.decode()
    start = f"/s/lark/import/history/{row.pk}"
    assert client.post(start).status_code == 302
    assert client.post(start).status_code == 302  # twice is once
    [job] = ProcrastinateJob.objects.filter(task_name="orders.import_history")
    waiting = client.get("/s/lark/import/").content.decode()
    assert "Being read" in waiting
    assert f"{start}/progress" in waiting
    app.tasks[job.task_name](**job.args)
    polled = client.get(f"{start}/progress")
    assert polled["HX-Refresh"] == "true"
    assert "3 of 3" in polled.content.decode()
    assert "History is here" in client.get("/s/lark/import/").content.decode()
    assert client_of(people.user("supervisor")).post(start).status_code == 403
    connections.close_all()
