"""Links in offers: whom they count, where they lead, and machines that open them all."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client

from shopbell.consent.actions import record_consent
from shopbell.customers.models import Customer
from shopbell.events.pump import PUMPS
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.models import FollowedLink, Message
from shopbell.messaging.templates import save_template
from tests.journeys.ground import Shop, open_shop
from tests.support.people import add_people, client_of
from tests.support.smtp_sink import SmtpSink

MUGS = "https://lark.example/mugs?size=large&from=mail"
BODY = f"""<mj-text><a href="{MUGS.replace("&", "&amp;")}">Mugs</a>
 <a href="https://lark.example/bowls">Bowls</a> <a href="https://lark.example/jugs">Jugs</a>
 <a href="https://lark.example/bowls">Bowls again</a> <a href="mailto:us@lark.example">Write</a>
</mj-text>"""
PERSON = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@pytest.fixture
def shop(db: None) -> Iterator[Shop]:
    with SmtpSink() as sink:
        shop = open_shop(sink)
        with store_scope(shop.store.pk):
            shop.store.policies = {**shop.store.policies, "track_clicks": True, "budgets": []}
            shop.store.save(update_fields=["policies"])
            save_template(kind="a_note", medium="email", locale="en", subject="News", body=BODY)
        yield shop


def write_to(shop: Shop, email: str, *, measured: bool, purpose: str = "marketing") -> Message:
    """Send an offer to somebody who agreed to being measured, or did not."""
    person = shop.subscribe(email)  # whoever is known already stays the same
    if measured:
        agree(shop, person, "granted")
    with store_scope(shop.store.pk):
        key = f"note:{email}:{purpose}"
        draft = Draft(
            business_key=key, kind="a_note", purpose=purpose, media=("email",), customer=person
        )
        queue_messages(drafts=[draft])
    while PUMPS["outbox"].run():
        pass
    with store_scope(shop.store.pk):
        return Message.objects.get(business_key=key)


def agree(shop: Shop, person: Customer, action: str) -> None:
    with store_scope(shop.store.pk):
        record_consent(
            customer=person, purpose="tracking", channel="email", action=action, source="a test"
        )


def links_of(message: Message) -> list[str]:
    """Return the links of ours in a mail, as a browser asks for them."""
    return re.findall(r'href="http://localhost:8000(/l/[^"]+)"', message.html)


def later(shop: Shop, **since: float) -> None:
    """Let the mail have arrived so long ago."""
    with store_scope(shop.store.pk):
        at = clock.now() - timedelta(**since)
        Message.objects.update(handed_at=at, sent_at=at)


def judged(shop: Shop, message: Message) -> Message:
    """Let the clicks wait long enough, and return the message as it is then."""
    with store_scope(shop.store.pk):
        FollowedLink.objects.update(due_at=clock.now() - timedelta(seconds=1))
    PUMPS["clicks"].run()
    with store_scope(shop.store.pk):
        assert not FollowedLink.objects.exists()
        return Message.objects.get(pk=message.pk)


def test_a_person_follows_a_link_and_is_counted(shop: Shop) -> None:
    # given an offer to somebody who agreed
    message = write_to(shop, "ida@example.org", measured=True)
    later(shop, hours=1)
    links = links_of(message)
    assert [link[-1] for link in links] == ["0", "1", "2", "1"]
    assert 'href="mailto:us@lark.example"' in message.html
    assert "/u/" in message.html  # leaving is not measured

    # when she follows one, twice
    for _ in range(2):
        answer = Client().get(links[0], headers=PERSON)
        assert (answer.status_code, answer["Location"]) == (302, MUGS)

    # then it counts once it is sure, and staff see where the links really lead
    found = judged(shop, message)
    assert (found.click_count, found.state, found.scanned_at) == (1, "read", None)
    owner = client_of(add_people(shop.store).user("owner"))
    body = owner.get(f"/s/lark/messages/{message.pk}/body/").content.decode()
    assert MUGS.replace("&", "&amp;") in body
    assert "/l/" not in body


@pytest.mark.parametrize(("measured", "purpose"), [(False, "marketing"), (True, "order_updates")])
def test_who_did_not_agree_and_what_is_no_offer_has_plain_links(
    shop: Shop, measured: bool, purpose: str
) -> None:
    message = write_to(shop, "ida@example.org", measured=measured, purpose=purpose)

    assert links_of(message) == []
    assert "https://lark.example/bowls" in message.html


def test_who_withdraws_is_sent_on_and_not_measured_any_more(shop: Shop) -> None:
    message = write_to(shop, "ida@example.org", measured=True)
    later(shop, hours=1)
    agree(shop, shop.subscribe("ida@example.org"), "withdrawn")

    assert Client().get(links_of(message)[1], headers=PERSON)["Location"].endswith("/bowls")
    assert Client().head(links_of(message)[1]).status_code == 302

    found = judged(shop, message)
    assert (found.click_count, found.scanned_at) == (0, None)


def test_machines_are_told_apart(shop: Shop) -> None:
    message = write_to(shop, "ida@example.org", measured=True)
    links = links_of(message)

    # who is there within two seconds is no person
    assert Client().get(links[0], headers=PERSON).status_code == 302
    assert judged(shop, message).click_count == 0

    # nor who asks for the head only, says so, or fetches ahead
    later(shop, hours=1)
    Client().head(links[0], headers=PERSON)
    Client().get(links[0], headers={"User-Agent": "Barracuda Sentinel (EE)"})
    Client().get(links[0], headers={**PERSON, "Sec-Purpose": "prefetch"})
    assert judged(shop, message).click_count == 0

    # nor who follows all links at once
    for link in links:
        Client().get(link, headers=PERSON)
    found = judged(shop, message)
    assert (found.click_count, found.clicked_at, found.state) == (0, None, "sent")
    assert found.scanned_at is not None

    # and a person who comes after the machine counts
    Client().get(links[2], headers=PERSON)
    assert judged(shop, message).click_count == 1


def test_a_link_leads_only_where_the_mail_led(shop: Shop) -> None:
    message = write_to(shop, "ida@example.org", measured=True)
    link = links_of(message)[0]

    assert Client().get(f"{link}9", headers=PERSON).status_code == 404
    assert Client().get(link.replace("/l/", "/l/x"), headers=PERSON).status_code == 404
    assert Client().post(link).status_code == 405
