"""Permissions and blocks from a list: only with their proof, checked first, and no welcome."""

import pytest

from shopbell.consent.choosing import save_topic
from shopbell.consent.importing import BLOCKS, CONSENTS, import_list, read_list
from shopbell.consent.models import ConsentEvent, Suppression
from shopbell.consent.queries import address_hash
from shopbell.customers.models import Customer
from shopbell.events.models import Event
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from tests.support.people import client_of, people_of
from tests.support.shop import make_store

pytestmark = pytest.mark.django_db
LIST = b"""email;source;date;wording;action
Mara@shop.example;Market stall 2024;21.03.2024;I want offers.;
jo@shop.example;;21.03.2024;;
kim@shop.example;unknown;21.03.2024;;
lee@shop.example;Old shop;;;
nobody;Old shop;21.03.2024;;
ada@shop.example;Old shop;21.03.2199;;
eve@shop.example;Old shop;22.03.2024;;unsubscribed
"""


def test_rows_without_a_source_or_a_date_are_refused_with_their_number() -> None:
    people = people_of("lark")
    with store_scope(people.store.pk):
        report = read_list(store=people.store, noun=CONSENTS, content=LIST)
        assert [(read.row, read.address) for read in report.good] == [
            (2, "mara@shop.example"), (8, "eve@shop.example"),
        ]  # fmt: skip
        assert [row for row, _ in report.refused] == [3, 4, 5, 6, 7]
        assert "source" in report.refused[1][1]
        assert not Customer.objects.exists()  # looking writes nothing
        with pytest.raises(Invalid, match="no column source, date"):
            read_list(store=people.store, noun=CONSENTS, content=b"email,name\na@b.example,A\n")


def test_what_is_imported_carries_its_proof_and_starts_no_welcome() -> None:
    people = people_of("lark")
    with store_scope(people.store.pk):
        for written in (2, 0):  # the same list twice says nothing new
            report = import_list(
                store=people.store, noun=CONSENTS, content=LIST, by="ada", file_name="old.csv"
            )
            assert (report.written, report.known) == (written, 2 - written)
        event = ConsentEvent.objects.get(action="granted")
        assert (event.source, event.wording) == ("Market stall 2024", "I want offers.")
        assert event.occurred_at.year == 2024
        assert event.proof == {"list": "old.csv", "row": 2, "imported_by": "ada"}
        told = Event.objects.filter(name="consent.changed")
        assert [row.data["dated"] for row in told] == [False, False]
        assert not Event.objects.filter(name="customer.added").exists()


def test_blocks_are_kept_as_hashes_and_no_address_is() -> None:
    people = people_of("lark")
    content = b"email,reason,scope\nmara@shop.example,hard bounce,\njo@shop.example,,marketing\n"
    with store_scope(people.store.pk):
        for _ in range(2):
            import_list(
                store=people.store, noun=BLOCKS, content=content, by="ada", file_name="b.csv"
            )
        rows = {row.address_hash: (row.reason, row.scope) for row in Suppression.objects.all()}
        assert rows == {
            address_hash(people.store, "email", "mara@shop.example"): ("hard_bounce", "*"),
            address_hash(people.store, "email", "jo@shop.example"): ("manual", "marketing"),
        }
        assert not Customer.objects.exists()


def test_the_page_checks_first_and_imports_when_told_so() -> None:
    people = people_of("lark")
    path = "/s/lark/customers/permissions/import/"
    assert client_of(people.user("agent")).get(path).status_code == 403
    admin = client_of(people.user("admin"))
    assert path in admin.get("/s/lark/customers/").content.decode()
    assert "What the rows need" in admin.get(path).content.decode()
    sent = {"noun": CONSENTS, "name": "old.csv", "content": LIST.decode()}
    shown = admin.post(path, sent).content.decode()
    assert "Good rows: 2. Refused: 5." in shown
    with store_scope(people.store.pk):
        assert not ConsentEvent.objects.exists()
    assert admin.post(path, {**sent, "go": "yes"}).status_code == 302
    with store_scope(people.store.pk):
        assert ConsentEvent.objects.count() == 2
    assert admin.post(path, {**sent, "content": "x"}).status_code == 422


def test_topics_of_a_row_are_wanted_the_others_are_not_and_unknown_ones_are_refused() -> None:
    store = make_store("lark")
    with store_scope(store.pk):
        save_topic(names={"en": "Tea"}, key="tea")
        save_topic(names={"en": "Sale"}, key="sale")
        told = (
            "email,source,date,topics,action\n"
            "a@shop.example,Fair in Bremen,2026-05-02,Tea,\n"
            "b@shop.example,Fair in Bremen,2026-05-02,,\n"
            "c@shop.example,Fair in Bremen,2026-05-02,coffee,\n"
            "b@shop.example,Fair in Bremen,2026-06-02,sale,withdrawn\n"
        )
        report = import_list(
            store=store, noun="consents", content=told.encode(), by="ada", file_name="x.csv"
        )
        assert report.refused == [(4, "there is no topic coffee")]
        said = {
            (row.customer.email, row.topic): row.action
            for row in ConsentEvent.objects.select_related("customer")
        }
    assert said == {
        ("a@shop.example", ""): "granted",
        ("a@shop.example", "tea"): "granted",
        ("a@shop.example", "sale"): "withdrawn",
        ("b@shop.example", ""): "granted",
        ("b@shop.example", "sale"): "withdrawn",
    }
