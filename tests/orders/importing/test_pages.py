"""A file from upload to orders, as a person at the pages does it, with the jobs as they run."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from shopbell.customers.models import Customer
from shopbell.events.models import Event
from shopbell.kit.db.scope import store_scope
from shopbell.orders.actions import record_facts
from shopbell.orders.importing.runs import check_file
from shopbell.orders.models import ImportRun, Order, Product, Shipment
from tests.support.people import People, client_of, people_of

pytestmark = pytest.mark.usefixtures("committed_db")

ORDERS = """Bestellnummer;E-Mail;Vorname;Datum;Zahlung;Gesamtbetrag;Artikel;Menge;Einzelpreis;Land
#1001;mara@example.com;Mara;21.11.2026 10:00;bezahlt;49,90;Tasse;2;22,45;Deutschland
#1001;;;;;;Löffel;1;5,00;
#1002;tom@example.com;Tom;22.11.2026;offen;1.204,00;Teller;1;1204,00;AT
"""
BAD = """Order number,Email,Total,Item,Quantity,Unit price
1,a@example.com,10.00,Cup,1,10.00
2,b@example.com,ten,Cup,many,10.00
3,c@example.com,10.00,Cup,1,10.999
4,d@example.com,10.00,=HYPERLINK("x"),-1,10.00
1,a@example.com,10.00,Cup,1,10.00
"""


@pytest.fixture
def lark(committed_db: None) -> People:
    return people_of("lark")


def run_jobs() -> None:
    """Do what is queued, in this thread, so that its connection is closed with the test's."""
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.models import ProcrastinateJob

    with connection.cursor() as cursor:
        for job in ProcrastinateJob.objects.filter(status="todo").order_by("id"):
            app.tasks[job.task_name](**job.args)
            cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job.pk])


def upload(client: Client, noun: str, text: str | bytes, store: str = "lark") -> Any:
    content = text.encode() if isinstance(text, str) else text
    file = SimpleUploadedFile("orders.csv", content, content_type="text/csv")
    return client.post(f"/s/{store}/import/upload", {"noun": noun, "file": file})


def brought(client: Client, noun: str, text: str) -> str:
    """Upload, take the guessed columns and have the rows checked; returns the run's address."""
    answer = upload(client, noun, text)
    assert answer.status_code == 302, answer.content.decode()
    page = client.get(answer.url).content.decode()
    chosen = dict(re.findall(r'<select name="(column-\d+)".*?value="([^"]*)" selected', page))
    assert client.post(f"{answer.url}columns", chosen).status_code == 302
    assert "hx-get" in client.get(answer.url).content.decode()
    run_jobs()
    return str(answer.url)


def test_a_file_is_looked_at_checked_and_imported_when_told_so(lark: People) -> None:
    client = client_of(lark.user("supervisor"))
    assert "Look at the file" in client.get("/s/lark/import/").content.decode()
    # when a file is uploaded
    address = upload(client, "orders", ORDERS).url
    page = client.get(address).content.decode()
    # then its first rows and the guessed columns are shown, and nothing is imported
    assert "Löffel" in page
    assert "separated by semicolon" in page
    address = brought(client, "orders", ORDERS)
    assert "<strong>2</strong> orders can be imported" in client.get(address).content.decode()
    with store_scope(lark.store.pk):
        assert not Order.objects.exists()
    # when it is confirmed
    assert client.post(f"{address}confirm").status_code == 302
    run_jobs()
    # then both orders are here, quietly
    assert "Imported: 2 orders." in client.get(address).content.decode()
    with store_scope(lark.store.pk):
        first, second = Order.objects.order_by("number")
        assert (first.source, first.number, first.total) == ("csv/file", "#1001", 4990)
        assert [(x.title, x.quantity, x.total) for x in first.lines.all()] == [
            ("Tasse", 2, 4490), ("Löffel", 1, 500),
        ]  # fmt: skip
        assert (second.total, second.payment) == (120400, "pending")
        assert Customer.objects.count() == 2
        assert not Event.objects.filter(name__startswith="order.").exists()
        assert not bytes(ImportRun.objects.get(state="done").content)


def test_every_mistake_is_told_with_its_row_and_column(lark: People) -> None:
    client = client_of(lark.user("owner"))
    address = brought(client, "orders", BAD)
    page = client.get(address).content.decode()
    assert "<strong>1</strong> order can be imported" in page
    with store_scope(lark.store.pk):
        run = ImportRun.objects.get()
        told = {(m["row"], m["column"]): m["said"] for m in run.mistakes}
    assert told[3, "Total"] == "must be an amount, as in 49.90 or 49,90"
    assert told[3, "Quantity"] == "must be a whole number, as in 2"
    assert "could mean" in told[4, "Unit price"]
    assert "at least 0" in told[5, "Quantity"]
    assert "row 2 already" in told[6, ""]
    # the rows to mend can be downloaded, and hold no formula
    mend = client.get(f"{address}rows-to-mend.csv")
    text = mend.content.decode("utf-8-sig")
    assert '"\'=HYPERLINK(""x"")"' in text
    assert "Row 3, “Total”: “ten” must be an amount" in text
    assert "a@example.com,10.00,Cup,1,10.00,6," in text
    # when the good rows are imported, the bad ones are not
    client.post(f"{address}confirm")
    run_jobs()
    with store_scope(lark.store.pk):
        assert list(Order.objects.values_list("number", flat=True)) == ["1"]


def test_importing_a_file_again_doubles_nothing(lark: People) -> None:
    client = client_of(lark.user("owner"))
    for _ in range(2):
        address = brought(client, "orders", ORDERS)
        client.post(f"{address}confirm")
        run_jobs()
    with store_scope(lark.store.pk):
        assert Order.objects.count() == 2


def test_when_the_last_row_fails_nothing_of_the_file_is_here(
    lark: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(lark.user("owner"))
    rows = "".join(f"{n},p{n}@example.com,Cup,1\n" for n in range(1, 452))
    address = brought(client, "orders", f"Order number,Email,Item,Quantity\n{rows}")
    client.post(f"{address}confirm")

    # given a database that gives way in the middle, after two batches were written
    def falling(**values: Any) -> None:
        record_facts(**values)
        if any(fact.source_id == "401" for fact in values["facts"]):
            raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("shopbell.orders.importing.writing.record_facts", falling)
        run_jobs()
    with store_scope(lark.store.pk):
        assert not Order.objects.exists()
        assert not Customer.objects.exists()
        assert ImportRun.objects.get().state == "failed"
    page = client.get(address).content.decode()
    assert "Nothing was imported" in page
    assert "Check it again" in page
    # and it can be tried again to a good end
    again = client.get(f"{address}?columns=1").content.decode()
    chosen = dict(re.findall(r'<select name="(column-\d+)".*?value="([^"]*)" selected', again))
    client.post(f"{address}columns", chosen)
    run_jobs()
    client.post(f"{address}confirm")
    run_jobs()
    with store_scope(lark.store.pk):
        assert Order.objects.count() == 451


def test_customers_products_and_parcels_come_in_too(lark: People) -> None:
    client = client_of(lark.user("owner"))
    files = {
        "orders": ORDERS,
        "customers": "E-Mail,Vorname,Newsletter\nzoe@example.com,Zoë,ja\n,Ghost,nein\n",
        "products": "Product ID,Title,Variant ID,SKU,Price,Stock\n"
        "7,Cup,71,C-O,22.45,4\n7,,72,C-B,23,0\n",
        "shipments": "Order number,Tracking number,Carrier,Status,Status at\n"
        "1001,JD014600006281230000,dhl,zugestellt,23.11.2026\n9999,X1,dhl,unterwegs,\n",
    }
    for noun, text in files.items():
        address = brought(client, noun, text)
        client.post(f"{address}confirm")
        run_jobs()
    with store_scope(lark.store.pk):
        assert Customer.objects.get(email="zoe@example.com").first_name == "Zoë"
        assert Event.objects.filter(name="customer.consent_reported").count() == 1
        cup = Product.objects.get()
        assert [(v["source_id"], v["price"]) for v in cup.variants] == [("71", 2245), ("72", 2300)]
        parcel = Shipment.objects.select_related("order").get()
        assert parcel.order is not None
        assert (parcel.order.number, parcel.status) == ("#1001", "delivered")
        refused = {run.noun: run.mistakes for run in ImportRun.objects.all() if run.bad}
    assert refused["customers"][0]["said"] == "needs an id, an email or a phone"
    assert "no order that is known here" in refused["shipments"][0]["said"]


def test_columns_that_are_needed_or_chosen_twice_are_asked_for(lark: People) -> None:
    client = client_of(lark.user("owner"))
    address = upload(client, "orders", "A,B\n1,2\n").url
    none = client.post(f"{address}columns", {})
    assert none.status_code == 422
    assert "Choose the column with the" in none.content.decode()
    twice = client.post(f"{address}columns", {"column-0": "number", "column-1": "number"})
    assert "same meaning" in twice.content.decode()
    with store_scope(lark.store.pk):
        assert ImportRun.objects.get().state == "mapping"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"   \n", "empty"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"A,B\n", "no rows"),
        (b",,\n1,2,3\n", "first row is empty"),
        (b'A,B\n"' + b"x" * 200_000, "cannot be read"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(
    lark: People, content: bytes, said: str
) -> None:
    answer = upload(client_of(lark.user("owner")), "orders", content)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    with store_scope(lark.store.pk):
        assert not ImportRun.objects.exists()


def test_a_file_can_be_put_aside_and_a_step_is_done_once(lark: People) -> None:
    client = client_of(lark.user("owner"))
    address = brought(client, "orders", ORDERS)
    with store_scope(lark.store.pk):
        run = ImportRun.objects.get()
    check_file(lark.store.pk, run.pk)  # a job that comes twice changes nothing
    assert client.post(f"{address}stop").status_code == 302
    assert client.post(f"{address}confirm").status_code == 409
    with store_scope(lark.store.pk):
        run.refresh_from_db()
        assert (run.state, bytes(run.content)) == ("stopped", b"")


def test_strange_bytes_are_imported_or_refused_never_an_error(lark: People) -> None:
    client = client_of(lark.user("owner"))
    text = "Order number,Email,Item,Quantity,Note\n" + "".join(
        f"{n},a{n}@example.com,{word},1,{word}\n"
        for n, word in enumerate(
            ["nul \0", "\u202ertl", "👨‍👩‍👧‍👦", "x" * 65_536, "a" + "\u0301" * 300, "İı ＝1"],
            start=1,
        )
    )
    address = brought(client, "orders", text)
    assert client.get(address).status_code == 200
    client.post(f"{address}confirm")
    run_jobs()
    with store_scope(lark.store.pk):
        assert ImportRun.objects.get().state == "done"
        assert Order.objects.count() == 5


def test_files_of_another_store_are_not_there(lark: People) -> None:
    wren = people_of("wren")
    address = upload(client_of(lark.user("owner")), "orders", ORDERS).url
    other = client_of(wren.user("owner"))
    number = address.rstrip("/").rsplit("/", 1)[1]
    assert other.get(address).status_code == 404
    assert other.get(f"/s/wren/import/{number}/").status_code == 404
    assert other.post(f"/s/wren/import/{number}/confirm").status_code == 404
    assert client_of(lark.user("agent")).get("/s/lark/import/").status_code == 403
