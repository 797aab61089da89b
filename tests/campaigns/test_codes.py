"""Codes: one for each person, none twice, whoever takes them at the same time."""

import threading

import pytest
from django.db import connection

from shopbell.campaigns.codes import add_codes, drop_free_codes, stock_of, take_codes
from shopbell.campaigns.models import Campaign, Code, Recipient
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid
from tests.campaigns.ground import Shop, work

TEXTS = {
    "en": {
        "subject": "For you",
        "blocks": [{"kind": "coupon", "text": "For you", "code": "{{ coupon.code }}"}],
    }
}


def add(shop: Shop, row: Campaign, typed: str) -> int:
    with store_scope(shop.store.pk):
        return add_codes(campaign=row, typed=typed)


def test_everybody_gets_a_code_of_their_own_and_who_gets_none_is_told(shop: Shop) -> None:
    # given twelve people and ten codes
    row = shop.draft(texts=TEXTS)
    assert add(shop, row, "\n".join(f"SPRING-{n:02}" for n in range(10))) == 10
    # when
    shop.submit(row)
    work()
    # then ten mails, each with another code
    assert shop.places(row) == {"sent": 10, "left_out no_code": 2, "left_out no_consent": 1}
    bodies = [mail.data.decode() for mail in shop.sink.messages]
    for n in range(10):
        assert sum(f"SPRING-{n:02}" in body for body in bodies) == 1
    # and the rest of the codes is counted
    with store_scope(shop.store.pk):
        assert (stock_of(row).all, stock_of(row).free) == (10, 0)


def test_codes_are_read_from_a_paste_and_from_the_first_column_of_a_table(shop: Shop) -> None:
    row = shop.draft(texts=TEXTS)
    assert add(shop, row, "A-1\r\nA-2\n\nA-2\n") == 2
    assert add(shop, row, '\ufeffCode;Value\nA-2;10\n"A-3";10\n') == 1
    assert add(shop, row, "A-4,A\nA-5,B") == 2
    with store_scope(shop.store.pk):
        assert sorted(Code.objects.values_list("value", flat=True)) == [
            "A-1", "A-2", "A-3", "A-4", "A-5",
        ]  # fmt: skip
        assert drop_free_codes(campaign=row) == 5


@pytest.mark.parametrize("typed", ["", "Code\n", "A-1\nnot a code\n", "<b>", "x" * 61])
def test_what_is_no_code_is_refused_with_its_line_and_nothing_is_added(
    shop: Shop, typed: str
) -> None:
    row = shop.draft(texts=TEXTS)
    with pytest.raises(Invalid) as caught:
        add(shop, row, typed)
    assert "codes" in caught.value.fields
    with store_scope(shop.store.pk):
        assert stock_of(row).all == 0


def test_codes_for_a_campaign_that_is_over_are_refused(shop: Shop) -> None:
    row = shop.start()
    work()
    with pytest.raises(Conflict):
        add(shop, row, "A-1")


def test_who_is_tried_again_keeps_their_code(shop: Shop) -> None:
    # given
    row = shop.draft(texts=TEXTS)
    add(shop, row, "A-1\nA-2\nA-3")
    with store_scope(shop.store.pk):
        some = [Recipient(campaign_id=row.pk, customer_id=shop.customer(n).pk) for n in range(2)]
        # when
        first = take_codes(row, some)
        again = take_codes(row, some)
        # then
        assert first == again
        assert stock_of(row).taken == 2


@pytest.mark.django_db(transaction=True)
def test_two_who_take_at_once_never_get_the_same(shop: Shop) -> None:
    # given forty codes
    row = shop.draft(texts=TEXTS)
    add(shop, row, "\n".join(f"C{n}" for n in range(40)))
    key = shop.customer(0).pk
    taken: list[str] = []
    both = threading.Barrier(2)

    # when two workers take thirty each at the same moment
    def take() -> None:
        try:
            with store_scope(shop.store.pk):
                some = [Recipient(campaign_id=row.pk, customer_id=key) for _ in range(30)]
                both.wait(10)
                taken.extend(take_codes(row, some).values())
                both.wait(10)
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    # then all forty are gone, each once
    assert len(taken) == len(set(taken)) == 40
