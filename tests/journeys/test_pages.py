"""The journeys pages: what there is, how one does, one person's way, and who may do what."""

from typing import Any

from shopbell.journeys.models import Enrolment, Journey
from shopbell.kit.db.scope import store_scope
from tests.journeys.ground import Shop, pass_time, work
from tests.support.people import add_people, client_of

LIST = "/s/lark/journeys/"
ADA = "ada@example.com"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_journey_is_switched_on_from_the_list_and_seen_at_work(shop: Shop) -> None:
    people = add_people(shop.store)
    owner = client_of(people.user("owner"))
    page = text(owner.get(LIST))
    assert "Welcome" in page
    assert "Cart recovery" in page
    assert "Switch on" in page
    assert "It has not been on yet" in text(owner.get(f"{LIST}welcome/"))
    # when it is switched on
    assert owner.post(f"{LIST}welcome/on/").status_code == 302
    assert "Nobody here" in text(owner.get(f"{LIST}welcome/"))
    shop.subscribe(ADA, first_name="Ada", last_name="Lovelace")
    work()
    page = text(owner.get(f"{LIST}welcome/"))
    assert "Ada Lovelace" in page
    assert "Wait 3 days, then until 10:00 where the customer lives" in page
    # then her way tells what happened and what comes
    run = shop.run()
    way = text(owner.get(f"{LIST}welcome/{run.pk}/"))
    assert "“Welcome” by e-mail" in way
    assert "Waits 3 days, then until 10:00" in way
    assert "Welcome: how ordering works" in way
    assert "Welcome" in text(owner.get(f"/s/lark/customers/{run.customer_id}/"))
    # and she need not wait
    assert owner.post(f"{LIST}welcome/{run.pk}/go-on/").status_code == 302
    work()
    assert [kind for kind, _, _ in shop.told()] == ["welcome_first", "welcome_order"]
    # and she can be taken out
    assert owner.post(f"{LIST}welcome/{run.pk}/out/").status_code == 302
    assert "Taken out by" in text(owner.get(f"{LIST}welcome/{run.pk}/"))
    assert owner.post(f"{LIST}welcome/{run.pk}/go-on/").status_code == 409


def test_it_is_paused_resumed_and_stopped(shop: Shop) -> None:
    people = add_people(shop.store)
    owner = client_of(people.user("owner"))
    for step, state in (("on", "live"), ("pause", "paused"), ("on", "live"), ("off", "off")):
        assert owner.post(f"{LIST}cart_recovery/{step}/").status_code == 302
        with store_scope(shop.store.pk):
            assert Journey.objects.get().state == state
    assert owner.post(f"{LIST}cart_recovery/pause/").status_code == 409
    assert owner.post(f"{LIST}nothing/on/").status_code == 404
    assert owner.get(f"{LIST}cart_recovery/on/").status_code == 405


def test_agents_look_and_supervisors_decide(shop: Shop) -> None:
    people = add_people(shop.store)
    agent, supervisor = (client_of(people.user(role)) for role in ("agent", "supervisor"))
    page = text(agent.get(f"{LIST}welcome/"))
    assert "Switch on" not in page
    assert agent.post(f"{LIST}welcome/on/").status_code == 403
    assert client_of(people.user("light")).get(LIST).status_code == 403
    assert supervisor.post(f"{LIST}welcome/on/").status_code == 302


def test_numbers_stand_at_each_step(shop: Shop) -> None:
    people = add_people(shop.store)
    shop.switch_on("cart_recovery")
    shop.subscribe(ADA)
    shop.leave_cart(ADA)
    shop.leave_cart("stranger@example.com", "c2")
    work()
    pass_time(minutes=31)
    page = text(client_of(people.user("owner")).get(f"{LIST}cart_recovery/"))
    assert "<dt>sent</dt><dd>1</dd>" in page
    assert "<dt>not sent</dt><dd>1</dd>" in page
    assert "<dt>waiting</dt><dd>2</dd>" in page
    assert "<dt>came in</dt><dd>2</dd>" in page
    assert page.count("<dt>came here</dt><dd>2</dd>") == 3
    assert "<dt>goal later</dt><dd>1</dd>" not in page
    # when one of them orders
    shop.order(ADA, "#2001")
    work()
    page = text(client_of(people.user("owner")).get(f"{LIST}cart_recovery/"))
    assert page.count("<dt>goal later</dt><dd>1</dd>") == 3
    assert "<dt>reached the goal</dt><dd>1</dd>" in page


def test_stores_see_their_own_only(shop: Shop) -> None:
    from tests.support.people import people_of

    shop.switch_on("welcome")
    shop.subscribe(ADA)
    work()
    wren = people_of("wren")
    stranger = client_of(wren.user("owner"))
    assert stranger.get(LIST).status_code == 404
    with store_scope(shop.store.pk):
        run = Enrolment.objects.get()
    assert stranger.get(f"/s/wren/journeys/welcome/{run.pk}/").status_code == 404
