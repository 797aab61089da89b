"""Connecting, changing, trying, switching off and removing, as people use the pages."""

import socket
from collections.abc import Iterator

import pytest

from shopbell.accounts.models import Store
from shopbell.connections.actions import save_connection
from shopbell.connections.models import Connection
from shopbell.connections.ports import CONNECTORS
from shopbell.connections.queries import account_of
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from tests.support.people import People, SignIn
from tests.support.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db

FORM = {
    "name": "Order mails",
    "slug": "orders",
    "address": "orders@lark.example",
    "set-host": "127.0.0.1",
    "set-port": "2525",
    "set-security": "none",
    "set-username": "",
    "set-password": "",
}


def only(store: Store) -> Connection:
    with store_scope(store.pk):
        return Connection.objects.get()


def connected(store: Store, **settings: object) -> Connection:
    given = {"host": "127.0.0.1", "port": 2525, "security": "none"} | settings
    return save_connection(
        store=store,
        family="channel",
        connector="smtp",
        slug="orders",
        address="orders@lark.example",
        settings=given,
    )


def dead_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as running:
        yield running


def test_every_connector_has_a_form_with_help_and_a_guide(lark: People, signed_in: SignIn) -> None:
    client = signed_in(lark.user("owner"))
    chooser = client.get("/s/lark/connections/new/").content.decode()
    shipped = [each for each in CONNECTORS if type(each).__module__.startswith("shopbell.")]
    assert len(shipped) > 5
    for connector in shipped:
        assert f"/s/lark/connections/new/{connector.key}/" in chooser
        page = client.get(f"/s/lark/connections/new/{connector.key}/").content.decode()
        assert "How to set it up" in page, connector.key
        steps = page.partition("<ol>")[2].partition("</ol>")[0]
        for name, info in connector.settings_model.model_fields.items():
            assert f'name="set-{info.alias or name}"' in page, (connector.key, name)
            assert info.description, (connector.key, name)
            assert f"<code>{name}</code>" not in steps, "steps name fields as the page does"


def test_the_name_of_an_account_is_asked_for_as_what_it_is(lark: People, signed_in: SignIn) -> None:
    client = signed_in(lark.user("owner"))
    page = client.get("/s/lark/connections/new/whatsapp_cloud/").content.decode()
    assert "Phone number</label>" in page
    assert "orders@lark.example" not in page
    page = client.get("/s/lark/connections/new/instagram/").content.decode()
    assert "Account name" in page
    assert "required" not in page.partition('name="address"')[2].partition(">")[0]


def test_what_is_wrong_is_said_in_plain_words(lark: People, signed_in: SignIn) -> None:
    form = {"slug": "main", "address": "+4930123456", "set-phone_number_id": "12ab"}
    form |= {"set-business_account_id": "100200300400600", "set-access_token": "EAAG-a-token"}
    form |= {"set-app_secret": "0123456789abcdef0123456789abcdef", "set-verify_token": "short"}
    client = signed_in(lark.user("owner"))
    answer = client.post("/s/lark/connections/new/whatsapp_cloud/create", form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This does not look right." in page
    assert "Too short: at least 8, and this has 5." in page
    assert "pattern" not in page.partition("<form")[2].partition("How to set it up")[0].lower()
    assert "enter new ones once more" in page
    assert "EAAG-a-token" not in page


def test_a_mailbox_is_connected(lark: People, signed_in: SignIn) -> None:
    answer = signed_in(lark.user("owner")).post("/s/lark/connections/new/smtp/create", FORM)
    assert answer.status_code == 302, answer.content
    row = only(lark.store)
    assert answer.headers["location"] == f"/s/lark/connections/{row.pk}/"
    assert (row.slug, row.address, row.settings["port"]) == ("orders", "orders@lark.example", 2525)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("set-host", "", "required"),
        ("set-port", "a lot", "whole number"),
        ("set-port", "99999999", ""),
        ("set-security", "hope", "valid choice"),
        ("slug", "UPPER CASE!", ""),
    ],
)
def test_wrong_settings_are_told_beside_their_field(
    lark: People, signed_in: SignIn, field: str, value: str, said: str
) -> None:
    answer = signed_in(lark.user("owner")).post(
        "/s/lark/connections/new/smtp/create", FORM | {field: value}
    )
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert said in answer.content.decode()
    with store_scope(lark.store.pk):
        assert not Connection.objects.exists()


def test_a_taken_short_name_is_told(lark: People, signed_in: SignIn) -> None:
    connected(lark.store)
    answer = signed_in(lark.user("owner")).post("/s/lark/connections/new/smtp/create", FORM)
    assert answer.status_code == 422
    assert b"This short name is taken" in answer.content


def test_a_stored_secret_is_never_shown_and_stays_when_left_empty(
    lark: People, signed_in: SignIn
) -> None:
    # given
    row = connected(lark.store, username="u", password="hunter two")
    client = signed_in(lark.user("owner"))
    page = client.get(f"/s/lark/connections/{row.pk}/").content.decode()
    assert "hunter two" not in page
    assert row.secrets["password"] not in page
    assert "Stored. Leave it empty to keep it." in page

    # when
    form = FORM | {"set-username": "u", "set-port": "2626"}
    assert client.post(f"/s/lark/connections/{row.pk}/save", form).status_code == 302

    # then
    settings = account_of(only(lark.store), lark.store).settings
    assert (settings.port, settings.password.get_secret_value()) == (2626, "hunter two")


def test_a_secret_is_not_echoed_when_another_field_is_wrong(
    lark: People, signed_in: SignIn
) -> None:
    answer = signed_in(lark.user("owner")).post(
        "/s/lark/connections/new/smtp/create",
        FORM | {"set-password": "hunter two", "set-port": "x"},
    )
    assert answer.status_code == 422
    assert b"hunter two" not in answer.content


def test_trying_says_that_it_works(lark: People, signed_in: SignIn, sink: SmtpSink) -> None:
    row = connected(lark.store, port=sink.port)
    answer = signed_in(lark.user("owner")).post(
        f"/s/lark/connections/{row.pk}/try", headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert b'class="notice green"' in answer.content
    assert only(lark.store).state == "ok"


def test_trying_says_what_is_wrong_and_what_to_do(lark: People, signed_in: SignIn) -> None:
    row = connected(lark.store, port=dead_port())
    client = signed_in(lark.user("owner"))
    answer = client.post(f"/s/lark/connections/{row.pk}/try", headers={"HX-Request": "true"})
    assert b'class="notice red"' in answer.content
    listed = client.get("/s/lark/connections/").content.decode()
    assert "Trouble" in listed
    assert only(lark.store).state_detail
    plain = client.post(f"/s/lark/connections/{row.pk}/try", follow=True)
    assert b"data-toast" in plain.content


def test_switching_off_and_on_and_removing(lark: People, signed_in: SignIn) -> None:
    row = connected(lark.store)
    client = signed_in(lark.user("admin"))
    client.post(f"/s/lark/connections/{row.pk}/switch")
    assert only(lark.store).state == "off"
    assert b"Switched off" in client.get("/s/lark/connections/").content
    client.post(f"/s/lark/connections/{row.pk}/switch", {"on": "1"})
    assert only(lark.store).state == "new"
    client.post(f"/s/lark/connections/{row.pk}/remove")
    with store_scope(lark.store.pk):
        assert not Connection.objects.exists()


def test_refused_signatures_are_shown_with_what_to_do(lark: People, signed_in: SignIn) -> None:
    row = connected(lark.store)
    with store_scope(lark.store.pk):
        Connection.objects.update(refused_count=3, refused_at=clock.now())
    page = signed_in(lark.user("owner")).get(f"/s/lark/connections/{row.pk}/").content.decode()
    assert "3 webhooks came with a wrong signature" in page


def test_a_shop_shows_the_address_for_its_webhooks(lark: People, signed_in: SignIn) -> None:
    row = save_connection(
        store=lark.store,
        family="shop",
        connector="shopify",
        slug="main",
        settings={"domain": "lark.myshopify.com", "webhook_secret": "shpss_0123456789"},
    )
    page = signed_in(lark.user("supervisor")).get(f"/s/lark/connections/{row.pk}/")
    text = page.content.decode()
    assert "http://localhost:8000/hooks/shopify/lark/main" in text
    assert f"{row.pk}/try" not in text
    assert ">Save<" not in text


def test_connections_of_another_store_are_not_there(
    lark: People, wren: People, signed_in: SignIn
) -> None:
    row = connected(wren.store)
    client = signed_in(lark.user("owner"))
    assert client.get(f"/s/lark/connections/{row.pk}/").status_code == 404
    for verb in ("save", "try", "switch", "remove"):
        assert client.post(f"/s/lark/connections/{row.pk}/{verb}", FORM).status_code == 404
    assert only(wren.store).state == "new"


def test_an_unknown_connector_is_not_there(lark: People, signed_in: SignIn) -> None:
    client = signed_in(lark.user("owner"))
    assert client.get("/s/lark/connections/new/pigeon/").status_code == 404


def test_a_connection_whose_connector_is_gone_is_still_listed(
    lark: People, signed_in: SignIn
) -> None:
    row = connected(lark.store)
    with store_scope(lark.store.pk):
        Connection.objects.filter(pk=row.pk).update(connector="pigeon")
    client = signed_in(lark.user("owner"))
    page = client.get("/s/lark/connections/")
    assert b"The connector pigeon is not installed" in page.content
    assert client.get(f"/s/lark/connections/{row.pk}/").status_code == 404
    assert client.post(f"/s/lark/connections/{row.pk}/remove").status_code == 302


def test_a_new_shop_that_posts_is_receiving(lark: People, signed_in: SignIn) -> None:
    # given
    save_connection(
        store=lark.store,
        family="shop",
        connector="shopify",
        slug="main",
        settings={"domain": "lark.myshopify.com", "webhook_secret": "shpss_0123456789"},
    )
    client = signed_in(lark.user("owner"))
    assert b"Not tried yet" in client.get("/s/lark/connections/").content

    # when
    with store_scope(lark.store.pk):
        Connection.objects.update(last_heard_at=clock.now())

    # then
    page = client.get("/s/lark/connections/").content
    assert b"Receiving" in page
    assert b"Not tried yet" not in page


def test_what_few_need_is_folded_and_unfolds_when_it_is_wrong(
    lark: People, signed_in: SignIn
) -> None:
    client = signed_in(lark.user("owner"))
    page = client.get("/s/lark/connections/new/smtp/").content.decode()
    usual, _, rare = page.partition("<details><summary>More settings")
    assert 'name="set-host"' in usual
    assert 'name="set-data_timeout"' in rare
    wrong = client.post("/s/lark/connections/new/smtp/create", FORM | {"set-concurrency": "0"})
    assert "<details open><summary>More settings" in wrong.content.decode()


def test_real_providers_are_offered_before_stand_ins(lark: People, signed_in: SignIn) -> None:
    page = signed_in(lark.user("owner")).get("/s/lark/connections/new/").content.decode()
    places = [page.index(f"/new/{key}/") for key in ("shopify", "woocommerce", "generic")]
    assert places == sorted(places)
    assert page.index("/new/smtp/") < page.index("/new/sandbox_email/")


def test_the_guide_shows_the_set_up_and_folds_the_rest(lark: People, signed_in: SignIn) -> None:
    page = signed_in(lark.user("owner")).get("/s/lark/connections/new/shopify/").content.decode()
    shown, _, folded = page.partition("How to set it up")[2].partition("<details>")
    assert "Dev Dashboard" in shown
    assert "<summary>Quirks</summary>" in folded


def test_trying_on_the_page_corrects_what_stands_above(
    lark: People, signed_in: SignIn, sink: SmtpSink
) -> None:
    row = connected(lark.store, port=sink.port)
    client = signed_in(lark.user("owner"))
    assert b"Not tried yet" in client.get(f"/s/lark/connections/{row.pk}/").content
    part = client.post(f"/s/lark/connections/{row.pk}/try", headers={"HX-Request": "true"})
    assert b'id="standing" hx-swap-oob="true"' in part.content
    assert b"Working" in part.content
    assert b"<html" not in part.content
