"""The webhook door: what is stored, what is refused, and what the sender hears."""

from tests.edge.shops import Shop, stored
from tests.support.web import WebProcess


def test_a_genuine_webhook_is_stored_byte_for_byte(web: WebProcess, lark: Shop) -> None:
    body = b'{ "name":"Zo\xc3\xab",\r\n "n": 1.10 }\n'
    answer = lark.post(web, body, "e-1", "orders/create")
    assert answer.status == 200
    (row,) = stored()
    assert bytes(row.body) == body
    assert (row.store_id, row.connection_id) == (lark.store.pk, lark.connection.pk)
    assert (row.source, row.provider_id, row.topic) == ("bell/main", "e-1", "orders/create")
    assert row.state == "pending"
