"""Making forms: by the pages, by API, by file; and who may."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from shopbell.accounts.actions import add_staff
from shopbell.contact_forms.actions import drop_form, save_form
from shopbell.contact_forms.models import ContactForm
from shopbell.contact_forms.words import LANGUAGES, Words, _phrases
from shopbell.conversations.models import Entry
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from shopbell.messaging.models import Message
from shopbell.operations.provisioning.apply import apply_file
from shopbell.operations.provisioning.reading import Mistakes
from tests.api.callers import make_caller
from tests.contact_forms.ground import CONTENT, Writer, add_form, make_writer
from tests.conversations.ground import agent
from tests.support.shop import make_store

pytestmark = pytest.mark.django_db
LIST = "/s/lark/inbox/forms/"


def signed_in(role: str = "owner") -> Client:
    store = make_store()
    client = Client()
    user = agent(store)
    if role != "owner":
        with store_scope(store.pk):
            user = add_staff(store=store, email="li@lark.example", name="Li", role=role).user
    client.force_login(user)
    return client


def values(**changes: Any) -> dict[str, Any]:
    told = {"slug": "", "languages": ["en", "de"], "is_open": "on", "content": json.dumps(CONTENT)}
    return told | changes


def test_a_form_is_made_seen_changed_and_thrown_away() -> None:
    client = signed_in()
    assert "No contact form yet" in client.get(LIST).content.decode()
    assert LIST in client.get("/s/lark/inbox/setup/").content.decode()
    made: Any = client.post(f"{LIST}new/", values())
    assert made["Location"] == f"{LIST}change/write-to-us/"
    page = client.get(made["Location"]).content.decode()
    assert "/contact/lark/write-to-us.js" in page
    assert client.get("/contact/lark").headers["Location"] == "/contact/lark/write-to-us"

    closed = client.post(made["Location"], values(slug="contact", is_open=""))
    assert closed.status_code == 302
    assert client.get("/contact/lark/contact").status_code == 410
    assert client.get("/contact/lark").status_code == 404
    assert client.post(f"{LIST}change/contact/drop/").status_code == 302
    assert client.get("/contact/lark/contact").status_code == 404


def test_what_is_wrong_is_said_and_nothing_written_is_lost() -> None:
    client = signed_in()
    bad = CONTENT | {"title": {"en": ""}, "intro": {"en": "Kept <words>"}}
    answer = client.post(f"{LIST}new/", values(content=json.dumps(bad)))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Give the form a title." in page
    assert "Kept &lt;words&gt;" in page
    for broken in ("{", "[]", "null", '{"topics": []}', '{"topics": [5], "title": {"en": "x"}}'):
        assert client.post(f"{LIST}new/", values(content=broken)).status_code == 422, broken


def test_the_preview_shows_what_is_not_saved_and_stores_nothing() -> None:
    client = signed_in()
    answer = client.post(f"{LIST}preview/", values(language="de"))
    page = answer.content.decode()
    assert "Schreiben Sie uns" in page
    assert "data-contact" not in page.split("<form")[1].split(">")[0]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    trouble = client.post(f"{LIST}preview/", values(content="{}"))
    assert trouble.status_code == 200
    assert client.get("/contact/lark").status_code == 404


def test_agents_do_not_make_forms() -> None:
    client = signed_in("agent")
    for path in ("", "new/"):
        assert client.get(f"{LIST}{path}").status_code == 403
    assert client.post(f"{LIST}preview/").status_code == 403


def test_the_list_tells_how_many_came_in() -> None:
    mara = make_writer()
    mara.send()
    mara.open().send(website="spam")
    client = Client()
    client.force_login(agent(mara.store))
    page = client.get(LIST).content.decode()
    assert "1 in 30 days, 1 spam" in page
    # throwing the form away takes no conversation with it
    with store_scope(mara.store.pk):
        drop_form(form=ContactForm.objects.get())
        assert Entry.objects.filter(kind="incoming").count() == 2
    shown = client.get("/s/lark/inbox/1/").content.decode()
    assert "Where is my parcel?" in shown
    assert "data-reply-by> by e-mail" in shown


def test_the_agent_sees_the_fields_beside_the_message() -> None:
    mara = make_writer()
    fields = {
        "delivery.order": "1001",
        "delivery.problem": "late",
        "page": "https://shop.example/x",
    }
    mara.send(topic="delivery", message="<script>alert(1)</script>", **fields)
    client = Client()
    client.force_login(agent(mara.store))
    page = client.get("/s/lark/inbox/1/").content.decode()
    assert "<dt>What is wrong?</dt><dd>It is late</dd>" in page
    assert "typed in and is not proved" in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


def test_the_store_may_write_its_own_receipt() -> None:
    store = make_store()
    add_form(store, receipt={"en": "**Hello!** {{topic}} is {{ number }}, {{time}}. {{store}}"})
    Writer(store).open().send()
    with store_scope(store.pk):
        content = Message.objects.get().data["content"]
    assert content["text"].startswith("**Hello!** Something else is 1, 1 day. Lark")
    assert "<strong>Hello!</strong>" in content["html"]
    with store_scope(store.pk), pytest.raises(Invalid):
        save_form(content=CONTENT | {"receipt": {"en": "{{message}}"}}, languages=["en"])


def test_forms_by_api() -> None:
    caller = make_caller("lark")
    body = {"languages": ["en"], "content": CONTENT}
    assert caller.ask("PUT", "/contact-forms/help", body).status == 201
    assert caller.ask("PUT", "/contact-forms/help", body | {"is_open": False}).status == 200
    assert caller.get("/contact-forms/help")["is_open"] is False
    [found] = caller.get("/contact-forms")["items"]
    assert found["content"]["topics"][0]["fields"][1]["choices"][0]["key"] == "late"
    refused = caller.ask("PUT", "/contact-forms/help", {"content": {"title": {}, "topics": []}})
    assert refused.status == 422
    assert caller.ask("PUT", "/contact-forms/Not_Good", body).status == 422
    assert caller.ask("PUT", "/contact-forms/help", body | {"languages": ["xx"]}).status == 422


def test_forms_by_file(tmp_path: Path) -> None:
    file = tmp_path / "store.toml"
    text = """
        [organisation]
        name = "Lark"
        [[store]]
        slug = "lark"
        name = "Lark"
        [[store.contact_form]]
        slug = "help"
        title = { en = "Help" }
        [[store.contact_form.topics]]
        title = { en = "An order" }
        fields = [ { kind = "order", label = { en = "Which?" } } ]
    """
    file.write_text(text)
    assert apply_file(file).changes > 0
    assert apply_file(file).changes == 0
    file.write_text(text.replace("Which?", "Which order?"))
    [step] = [step for step in apply_file(file).steps if step.details]
    assert str(step) == "change     contact form lark/help (other questions or texts)"
    file.write_text(text.replace('kind = "order"', 'kind = "colour"'))
    with pytest.raises(Mistakes) as caught:
        apply_file(file)
    assert "store[lark].contact_form[help].topics.0.fields.0.kind" in str(caught.value.mistakes[0])


def test_all_languages_say_everything_with_the_same_gaps() -> None:
    import re

    def gaps(language: str) -> dict[str, list[str]]:
        told = _phrases(language).items()
        return {key: sorted(re.findall(r"{\w+}", text)) for key, text in told}

    for language in LANGUAGES:
        assert gaps(language) == gaps("en"), language
        assert Words(language).time(24)
        assert Words(language).own_name
