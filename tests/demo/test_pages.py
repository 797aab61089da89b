"""The controls are for staff and POST only; the shop is open, but only where nothing leaves."""

import re

import pytest
from django.test import Client

from shopbell.accounts.actions import add_staff
from shopbell.accounts.models import Role, Staff, Store
from shopbell.connections.actions import save_connection
from shopbell.demo import actions
from shopbell.demo.actions import ORDERS_A_MINUTE, make_wish
from shopbell.demo.forms import CheckoutForm
from shopbell.demo.models import Simulation, Wish, WishState
from shopbell.demo.paces import PACES
from shopbell.demo.seeding import seed
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from tests.support.people import client_of
from tests.support.shop import make_store

pytestmark = pytest.mark.django_db
BUYER = {
    "name": "Wren Visitor",
    "email": "wren@visitor.example",
    "phone": "+49 176 04069099",
    "whatsapp": "on",
    "language": "de",
}


@pytest.fixture
def store() -> Store:
    return seed()


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker plays here, so nobody is waited for."""
    monkeypatch.setattr(actions.hear_answer, "__defaults__", (0.0,))


def member(store: Store, role: str) -> Client:
    staff: Staff = add_staff(store=store, email=f"{role}@lark.example", role=role)
    return client_of(staff.user)


def wishes(store: Store) -> list[tuple[str, object]]:
    with store_scope(store.pk):
        return [(wish.verb, wish.data) for wish in Wish.objects.order_by("id")]


@pytest.mark.parametrize(
    "path", ["play/", "pause/", "pace/", "orders/12/delay/", "orders/12/lose/"]
)
def test_controls_change_by_post_only(store: Store, path: str) -> None:
    client = member(store, Role.OWNER)
    assert client.get(f"/s/lark/demo/{path}").status_code == 405
    assert wishes(store) == []


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR, Role.ADMIN])
def test_whoever_may_control_the_demo_leaves_a_wish(store: Store, role: str) -> None:
    client = member(store, role)
    assert client.post("/s/lark/demo/pace/", {"pace": "day"}).status_code == 302
    assert client.post("/s/lark/demo/orders/12/cancel/").status_code == 302
    assert wishes(store) == [("pace", {"pace": "day"}), ("cancel", {"order": 12})]


def test_a_light_agent_neither_sees_nor_uses_the_controls(store: Store) -> None:
    client = member(store, Role.LIGHT)
    assert client.post("/s/lark/demo/pause/").status_code == 403
    assert client.get("/s/lark/demo/").status_code == 403
    home = client.get("/s/lark/").content.decode()
    assert "demo-bar" not in home
    assert wishes(store) == []


def test_strangers_are_sent_to_sign_in(store: Store) -> None:
    answer = Client().post("/s/lark/demo/pause/")
    assert (answer.status_code, wishes(store)) == (302, [])
    assert "/account/login" in answer["location"]


def test_a_store_that_is_no_demo_has_no_controls() -> None:
    store = make_store("wren")
    client = member(store, Role.ADMIN)
    assert client.get("/s/wren/demo/").status_code == 404
    assert client.post("/s/wren/demo/pause/").status_code == 404
    assert Client().get("/demo/shop/wren").status_code == 404
    assert "demo-bar" not in client.get("/s/wren/").content.decode()


@pytest.mark.parametrize("form", [{"pace": "light"}, {}])
def test_an_unknown_pace_is_refused(store: Store, form: dict[str, str]) -> None:
    assert member(store, Role.OWNER).post("/s/lark/demo/pace/", form).status_code == 404
    assert wishes(store) == []


def test_a_refused_wish_says_why(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with store_scope(store.pk):
        Wish.objects.create(verb="x", state=WishState.WAITING)

    def answered(**asked: object) -> Wish:
        wish = make_wish(**asked)  # type: ignore[arg-type]
        with store_scope(store.pk):
            wish.state, wish.answer = WishState.REFUSED, {"why": "It is dispatched already."}
            wish.save()
        return wish

    monkeypatch.setattr("shopbell.demo.views.control.make_wish", answered)
    answer = member(store, Role.OWNER).post("/s/lark/demo/orders/12/cancel/")
    assert answer.status_code == 409
    assert "It is dispatched already." in answer.content.decode()


def test_the_bar_stands_on_every_page_and_shows_the_pace(store: Store) -> None:
    client = member(store, Role.OWNER)
    assert "opens in a moment" in client.get("/s/lark/").content.decode()
    now = clock.now()
    with store_scope(store.pk):
        Simulation.objects.create(speed=PACES["day"].speed, simulated_at=now, saved_at=now)
    for path in ("/s/lark/", "/s/lark/messages/", "/s/lark/sandbox/"):
        page = client.get(path, follow=True).content.decode()
        assert re.search(r'value="day"[^>]*aria-pressed="true"', page), path
    with store_scope(store.pk):
        Simulation.objects.update(playing=False)
    assert "· paused" in client.get("/s/lark/").content.decode()


def test_the_shop_shows_all_goods_and_a_basket(store: Store) -> None:
    page = Client().get("/demo/shop/lark").content.decode()
    assert page.count("data-item ") == 24
    assert "Wildflower Honey" in page


def test_an_order_becomes_a_wish_and_a_page_of_its_own(store: Store) -> None:
    answer = Client().post("/demo/shop/lark", BUYER | {"units-honey": "2", "units-passata": "0"})
    assert answer.status_code == 302
    ((verb, data),) = wishes(store)
    assert (verb, data["lines"]) == ("place", {"honey": 2})  # type: ignore[index]
    customer = data["customer"]  # type: ignore[index]
    assert (customer["locale"], customer["phone"]) == ("de", "+4917604069099")
    assert customer["whatsapp"]
    page = Client().get(answer["location"])
    assert "One moment" in page.content.decode()
    assert Client().get("/demo/thanks/nonsense").status_code == 404


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"units-honey": "0"}, "basket is empty"),
        ({"units-honey": "-3"}, "basket is empty"),
        ({"units-honey": "many"}, "basket is empty"),
        ({"email": "nobody"}, "valid email"),
        ({"phone": ""}, "WhatsApp needs a phone number"),
        ({"phone": "call me"}, "Write it with the country"),
        ({"name": ""}, "required"),
    ],
)
def test_mistakes_are_shown_beside_the_field(
    store: Store, change: dict[str, str], says: str
) -> None:
    answer = Client().post("/demo/shop/lark", BUYER | {"units-honey": "1"} | change)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert wishes(store) == []


def test_the_same_address_is_the_same_customer_and_another_is_another() -> None:
    forms = [CheckoutForm(BUYER | {"units-honey": "1"} | change) for change in (
        {}, {"email": "WREN@visitor.example"}, {"email": "else@visitor.example"},
    )]  # fmt: skip
    assert all(form.is_valid() for form in forms)
    first, again, other = [form.customer().customer_id for form in forms]
    assert first == again != other


def test_strangers_cannot_make_a_real_mail_server_write_to_anybody(store: Store) -> None:
    save_connection(
        store=store,
        family="channel",
        connector="smtp",
        slug="real",
        address="orders@lark.example",
        settings={"host": "127.0.0.1", "port": 2525, "security": "none"},
    )
    order = BUYER | {"units-honey": "1"}
    assert Client().post("/demo/shop/lark", order).status_code == 403
    assert wishes(store) == []
    assert member(store, Role.LIGHT).post("/demo/shop/lark", order).status_code == 302


def test_a_flood_of_orders_is_stopped(store: Store) -> None:
    with store_scope(store.pk):
        Wish.objects.bulk_create(
            Wish(store=store, verb="place", asked_at=clock.now(), state=WishState.DONE)
            for _ in range(ORDERS_A_MINUTE)
        )
    answer = Client().post("/demo/shop/lark", BUYER | {"units-honey": "1"})
    assert answer.status_code == 409
    assert len(wishes(store)) == ORDERS_A_MINUTE


def test_the_shop_leads_to_its_sign_up_form(store: Store) -> None:
    shop = Client().get("/demo/shop/lark").content.decode()
    assert 'href="/join/lark/news"' in shop
    page = Client().get("/join/lark/news?lang=de").content.decode()
    assert "Neu im Laden" in page
    assert "Lark &amp; Larder" in page
