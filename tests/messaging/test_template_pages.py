"""The template editor as a merchant uses it: write, look, save, go back, try."""

from typing import Any

import pytest
from django.test import Client

from shopbell.accounts.models import Store
from shopbell.consent.actions import suppress_address
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.catalogue import LOCALES, all_kinds, catalogue_of, shipped_text
from shopbell.messaging.models import Message, Template
from shopbell.messaging.ports import Medium
from shopbell.messaging.rendering.source import Source
from shopbell.messaging.segments import segments
from shopbell.messaging.templates import TextFinder, save_template
from shopbell.orders.models import Order
from tests.support.people import People, SignIn
from tests.support.shop import add_smtp, make_bench, order_payload, receive, settle
from tests.support.smtp_sink import SmtpSink

HTMX = {"HX-Request": "true"}
LIST = "/s/lark/templates/"
MAIL = f"{LIST}order_confirmed/email/en/"
BODY = "<mj-text>Hello {{ customer.first_name }}, order {{ order.number }}.</mj-text>"


@pytest.fixture
def owner(lark: People, signed_in: SignIn) -> Client:
    return signed_in(lark.user("owner"))


def _typed(**changes: Any) -> dict[str, Any]:
    return {"subject": "Order {{ order.number }}", "preheader": "", "body": BODY, "text": ""} | (
        changes
    )


def _versions(lark: People) -> list[tuple[int, str]]:
    with store_scope(lark.store.pk):
        template = Template.objects.first()
        assert template is not None
        return [(v.number, v.subject) for v in template.versions.order_by("number")]


def test_the_list_shows_standard_and_own_texts(owner: Client, lark: People) -> None:
    with store_scope(lark.store.pk):
        save_template(
            kind="delivered", medium="email", locale="de", subject="Da", body=BODY,
            created_by=lark.user("owner"),
        )  # fmt: skip
    shipped = len(all_kinds()) * len(LOCALES)
    text = owner.get(LIST).content.decode()
    assert text.count(">standard<") == shipped - 1
    assert "version 1" in text
    assert "by owner lark" in text
    assert f'href="{MAIL}"' in text
    short = [shipped_text(kind.key, code, Medium.SMS) for kind in all_kinds() for code in LOCALES]
    page = owner.get(f"{LIST}?channel=sms").content.decode()
    assert page.count(">standard<") == len([text for text in short if text is not None])


def test_a_text_is_saved_as_a_version_and_used_from_then_on(owner: Client, lark: People) -> None:
    answer = owner.post(f"{MAIL}save", _typed())
    assert answer.status_code == 302
    owner.post(f"{MAIL}save", _typed(subject="Thank you for {{ order.number }}"))
    assert [number for number, _ in _versions(lark)] == [1, 2]
    with store_scope(lark.store.pk):
        found = TextFinder("en").find("order_confirmed", "email", "en-GB")
    assert found is not None
    assert found.source.subject == "Thank you for {{ order.number }}"
    page = owner.get(MAIL).content.decode()
    assert "<ins>+Subject: Thank you for {{ order.number }}</ins>" in page
    assert "<del>-Subject: Order {{ order.number }}</del>" in page


def test_saving_the_same_text_again_makes_no_version(owner: Client, lark: People) -> None:
    for _ in range(2):
        owner.post(f"{MAIL}save", _typed(body=BODY.replace(">Hello", ">\r\nHello")))
    assert len(_versions(lark)) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"body": "<mj-text>\n{% if order %}</mj-text>"}, "Line 2"),
        ({"body": "<mj-text>{{ order.number | shout }}</mj-text>"}, "no filter named"),
        ({"body": "  "}, "no text yet"),
        ({"subject": ""}, "This field is required"),
        ({"body": "{% include 'secret' %}"}, "not known or not allowed"),
    ],
)
def test_a_broken_text_is_refused_with_its_line(
    owner: Client, lark: People, changes: dict[str, str], said: str
) -> None:
    answer = owner.post(f"{MAIL}save", _typed(**changes))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    with store_scope(lark.store.pk):
        assert not Template.objects.exists()


def test_an_older_version_and_the_shipped_text_come_back(owner: Client, lark: People) -> None:
    owner.post(f"{MAIL}save", _typed(subject="First"))
    owner.post(f"{MAIL}save", _typed(subject="Second"))
    with store_scope(lark.store.pk):
        first = Template.objects.get().versions.get(number=1)
    owner.post(f"{MAIL}restore", {"version": str(first.pk)})
    assert 'value="First"' in owner.get(MAIL).content.decode()
    owner.post(f"{MAIL}shipped")
    with store_scope(lark.store.pk):
        assert Template.objects.get().current is None
    assert "The standard text" in owner.get(MAIL).content.decode()
    assert len(_versions(lark)) == 2


def test_a_version_of_another_text_is_not_restored(owner: Client, lark: People) -> None:
    owner.post(f"{MAIL}save", _typed())
    with store_scope(lark.store.pk):
        version = Template.objects.get().versions.get()
    other = f"{LIST}refunded/email/en/restore"
    assert owner.post(other, {"version": str(version.pk)}).status_code == 404
    assert owner.post(f"{MAIL}restore", {"version": "nonsense"}).status_code == 404


def test_a_new_language_begins_with_what_its_customers_get_now(owner: Client, lark: People) -> None:
    asked = {"kind": "delivered", "medium": "email", "locale": "de-AT"}
    answer = owner.get(f"{LIST}language", asked)
    assert answer.headers["Location"] == f"{LIST}delivered/email/de-AT/"
    page = owner.get(answer.headers["Location"]).content.decode()
    assert "German (Austria)" in page
    assert "Bestellung" in page
    assert owner.get(f"{LIST}delivered/email/xx-nonsense/").status_code == 404
    assert owner.get(f"{LIST}delivered/pigeon/en/").status_code == 404
    assert owner.get(f"{LIST}nonsense/email/en/").status_code == 404


def test_the_preview_shows_the_typed_text_and_stores_nothing(owner: Client, lark: People) -> None:
    answer = owner.post(f"{MAIL}preview", _typed(), headers=HTMX)
    text = answer.content.decode()
    assert "Order #4833" in text
    assert "Hello Nora, order #4833." in text
    assert "Would" not in text  # nobody's order: the gate has nothing to say
    frame = owner.post(f"{MAIL}mail", _typed())
    assert "Hello Nora" in frame.content.decode()
    assert "sandbox" in frame.headers["Content-Security-Policy"]
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
    with store_scope(lark.store.pk):
        assert not Template.objects.exists()
        assert not Message.objects.exists()


def test_the_preview_names_slips_and_what_is_broken(owner: Client) -> None:
    slip = _typed(body="<mj-text>{{ order.numer }} {{ customer.first_name }}</mj-text>")
    text = owner.post(f"{MAIL}preview", slip, headers=HTMX).content.decode()
    assert "Nobody fills in <code>order.numer</code>" in text
    assert "<code>order.numer</code> is empty here" in text
    broken = _typed(body="<mj-text>{% if %}</mj-text>")
    text = owner.post(f"{MAIL}preview", broken, headers=HTMX).content.decode()
    assert "<strong>Body:</strong> Line 1" in text


def test_a_text_that_loops_for_ever_harms_only_its_preview(owner: Client) -> None:
    loop = "{% for i in (1..9999) %}{% for j in (1..9999) %}{{ j }}{% endfor %}{% endfor %}"
    answer = owner.post(f"{MAIL}preview", _typed(body=f"<mj-text>{loop}</mj-text>"), headers=HTMX)
    assert answer.status_code == 200
    assert "more loops or more text" in answer.content.decode()
    assert "Order #4833" in owner.post(f"{MAIL}preview", _typed(), headers=HTMX).content.decode()


def test_scripts_in_a_text_do_not_reach_the_page(owner: Client) -> None:
    typed = _typed(subject="<script>alert(1)</script>", body=f"{BODY}<script>alert(2)</script>")
    text = owner.post(f"{MAIL}preview", typed, headers=HTMX).content.decode()
    assert "<script" not in text


def test_an_sms_is_counted_in_parts(owner: Client) -> None:
    address = f"{LIST}delivered/sms/en/preview"
    text = owner.post(address, {"body": "Order {{ order.number }} – here"}, headers=HTMX)
    said = text.content.decode()
    assert "Order #4833 – here" in said
    assert "1 part" in said
    assert "Without <code>–</code>" in said


def test_shipped_phone_texts_say_a_window_in_the_short_alphabet(owner: Client) -> None:
    for kind in ("dispatched", "out_for_delivery", "delayed", "in_transit"):
        for locale in ("en", "de"):
            address = f"{LIST}{kind}/sms/{locale}/"
            body = owner.get(address).context["form"].initial["body"]
            said = owner.post(f"{address}preview", {"body": body}, headers=HTMX).content.decode()
            assert "14-17" in said
            assert "more would fit" not in said, (kind, locale)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3),
        ("€" * 80, 1), ("€" * 81, 2), ("ж" * 70, 1), ("ж" * 71, 2), ("🙂" * 35, 1), ("🙂" * 36, 2),
    ],
)  # fmt: skip
def test_parts_of_an_sms(text: str, parts: int) -> None:
    assert segments(text).parts == parts


def _order(store: Store, slug: str = "lark") -> Order:
    with store_scope(store.pk):
        return Order.objects.get()


@pytest.mark.usefixtures("committed_db")
def test_a_preview_with_a_real_order_says_what_the_gate_would_answer(signed_in: SignIn) -> None:
    from shopbell.accounts.models import User

    bench = make_bench()
    client = signed_in(User.objects.get(email="owner@lark.example"))
    with SmtpSink() as sink:
        add_smtp(bench.store, sink.port)
        receive(bench, "orders/create", order_payload(), "e1")
        settle()
        order = _order(bench.store)
        typed = _typed(order=str(order.pk))
        said = client.post(f"{MAIL}preview", typed, headers=HTMX).content.decode()
        assert "Hello Mara, order #1001." in said
        assert "Would be sent by e-mail to mara1001@example.com." in said
        with store_scope(bench.store.pk):
            suppress_address(
                store=bench.store, medium="email", address=order.email, reason="hard_bounce"
            )
        said = client.post(f"{MAIL}preview", typed, headers=HTMX).content.decode()
        assert "Would not be sent: The address does not exist on" in said


@pytest.mark.usefixtures("committed_db")
def test_a_test_goes_the_whole_way_to_the_address_of_the_tester(signed_in: SignIn) -> None:
    from shopbell.accounts.models import User

    bench = make_bench()
    client = signed_in(User.objects.get(email="owner@lark.example"))
    with SmtpSink() as sink:
        add_smtp(bench.store, sink.port)
        receive(bench, "orders/create", order_payload(), "e1")
        settle()
        sink.clear()
        client.post(f"{MAIL}save", _typed())
        order = _order(bench.store)
        for chosen, said in ((str(order.pk), "Hello Mara, order #1001."), ("", "Hello Nora")):
            sent = client.post(
                f"{MAIL}test", {"to": "me@lark.example", "order": chosen}, headers=HTMX
            )
            assert "waiting" in sent.content.decode()
            settle()
            [mail] = sink.wait_for(1)
            sink.clear()
            assert mail.recipients == ("me@lark.example",)
            plain = mail.parsed.get_body(("plain",))
            assert plain is not None
            assert said in plain.get_content()
        with store_scope(bench.store.pk):
            message = Message.objects.filter(origin="test").order_by("id").first()
            assert message is not None
            # nobody's message: it does not stand in the customer's history
            assert (message.state, message.customer_id) == ("sent", None)
        state = client.get(f"{LIST}tests/{message.pk}", headers=HTMX).content.decode()
        assert "sent" in state
        assert "hx-trigger" not in state
        # a blocked address stays blocked
        with store_scope(bench.store.pk):
            suppress_address(
                store=bench.store, medium="email", address="me@lark.example", reason="complaint"
            )
        client.post(f"{MAIL}test", {"to": "me@lark.example"}, headers=HTMX)
        settle()
        assert sink.count == 0
        with store_scope(bench.store.pk):
            assert Message.objects.filter(origin="test", state="suppressed").count() == 1


@pytest.mark.parametrize(
    ("medium", "to"), [("email", "nobody"), ("email", "a@b.example\r\nRCPT"), ("sms", "call me")]
)
def test_a_test_to_no_address_is_refused(owner: Client, lark: People, medium: str, to: str) -> None:
    answer = owner.post(f"{LIST}delivered/{medium}/en/test", {"to": to}, headers=HTMX)
    assert answer.status_code == 422
    with store_scope(lark.store.pk):
        assert not Message.objects.exists()


def test_a_preview_with_an_order_of_another_store_is_not_found(owner: Client, wren: People) -> None:
    with store_scope(wren.store.pk):
        order = Order.objects.create(source="x", source_id="1", number="1")
    typed = _typed(order=str(order.pk))
    assert owner.post(f"{MAIL}preview", typed, headers=HTMX).status_code == 404
    assert owner.post(f"{MAIL}test", {"to": "a@b.example", "order": str(order.pk)}).status_code == (
        404
    )


def test_an_agent_may_look_and_try_a_preview_and_not_change(
    lark: People, signed_in: SignIn
) -> None:
    agent = signed_in(lark.user("agent"))
    assert agent.get(LIST).status_code == 200
    assert agent.get(MAIL).status_code == 200
    assert agent.post(f"{MAIL}preview", _typed()).status_code == 200
    for verb in ("save", "restore", "shipped", "test"):
        assert agent.post(f"{MAIL}{verb}", _typed()).status_code == 403, verb
    assert signed_in(lark.user("light")).get(LIST).status_code == 403


def test_another_store_sees_nothing_of_a_text(
    lark: People, wren: People, signed_in: SignIn
) -> None:
    with store_scope(lark.store.pk):
        save_template(kind="delivered", medium="email", locale="en", subject="Ours", body=BODY)
    stranger = signed_in(wren.user("owner"))
    assert stranger.get(LIST).status_code == 404
    page = stranger.get("/s/wren/templates/delivered/email/en/").content.decode()
    assert "Ours" not in page


def test_every_shipped_text_uses_only_what_is_known() -> None:
    from shopbell.messaging.rendering.analysis import unknown_variables

    optional = {"order.cancel_reason", "shipment.pickup_point"}
    for kind in all_kinds():
        for medium in (Medium.EMAIL, Medium.SMS):
            for locale in LOCALES:
                source = shipped_text(kind.key, locale, medium)
                if source is None:  # about an e-mail address, so only by e-mail
                    assert (kind.purpose, medium) == ("account", Medium.SMS)
                    continue
                assert isinstance(source, Source)
                unknown = unknown_variables(source, catalogue_of(kind.key).sample(kind.key, locale))
                assert set(unknown) <= optional, (kind.key, medium, locale)
