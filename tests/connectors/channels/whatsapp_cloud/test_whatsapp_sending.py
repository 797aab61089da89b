"""Sending to Meta: every form of a message, and what each of Meta's errors makes of it."""

from typing import Any

import pytest

from shopbell.connectors.channels.whatsapp_cloud import CHANNEL
from shopbell.connectors.channels.whatsapp_cloud.errors import MEANINGS, GraphError, outcome_of
from shopbell.kit.errors import Permanent
from shopbell.messaging.ports import (
    ApprovedUse,
    FailureCode,
    Option,
    OutcomeKind,
    OutgoingFile,
    ProviderTemplate,
    TemplateButton,
    TemplateStatus,
)
from tests.connectors.channels.whatsapp_cloud.fake import NUMBER, MetaFake
from tests.connectors.channels.whatsapp_cloud.ground import MIA_PLAIN, account, message, send

ACCEPTED, PERMANENT = OutcomeKind.ACCEPTED, OutcomeKind.PERMANENT


@pytest.fixture
def meta() -> Any:
    with MetaFake() as fake:
        fake.wrote(MIA_PLAIN)
        yield fake


@pytest.fixture
def a_file(monkeypatch: pytest.MonkeyPatch) -> Any:
    def make(name: str, kind: str, content: bytes = b"some bytes") -> OutgoingFile:
        monkeypatch.setattr(OutgoingFile, "content", lambda self: content)
        return OutgoingFile(name, kind, len(content), f"key-{name}")

    return make


def sent(meta: MetaFake) -> list[dict[str, Any]]:
    return [taken.content for taken in meta.sent]


def test_a_text_goes_without_plus_and_names_our_message(meta: MetaFake) -> None:
    outgoing = message(text="See https://lark.example/1")
    [outcome] = send(meta.url, outgoing)
    assert outcome.kind is ACCEPTED
    assert outcome.provider_id == meta.sent[0].id
    assert sent(meta) == [
        {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": MIA_PLAIN,
            "biz_opaque_callback_data": outgoing.message_id,
            "type": "text",
            "text": {"body": "See https://lark.example/1", "preview_url": True},
        }
    ]


def test_a_quote_names_what_it_quotes_and_an_id_stands_for_a_number(meta: MetaFake) -> None:
    meta.with_window = False
    send(meta.url, message(answers="wamid.THEIRS1"), message(to="DE.13491208655302741918"))
    assert sent(meta)[0]["context"] == {"message_id": "wamid.THEIRS1"}
    assert sent(meta)[1]["recipient"] == "DE.13491208655302741918"
    assert "to" not in sent(meta)[1]


def test_few_short_choices_are_buttons_and_more_are_a_list(meta: MetaFake) -> None:
    few = tuple(Option(str(n), f"Choice {n}") for n in range(3))
    many = tuple(Option(str(n), f"A rather long choice number {n}") for n in range(10))
    outcomes = send(
        meta.url,
        message(options=few),
        message(options=many, locale="de-AT"),
        message(options=(Option("a", "Size", "38 to 40"),)),
        message(options=(*many, Option("x", "X"))),
    )
    buttons, rows, described = (content["interactive"] for content in sent(meta))
    assert buttons["action"]["buttons"][2]["reply"] == {"id": "2", "title": "Choice 2"}
    assert rows["action"]["button"] == "Auswählen"
    first = rows["action"]["sections"][0]["rows"][0]
    assert first["title"] == "A rather long choice nu…"
    assert first["description"] == "A rather long choice number 0"
    assert described["type"] == "list"
    assert (outcomes[3].kind, outcomes[3].code) == (PERMANENT, FailureCode.BAD_CONTENT)
    assert "at most 10" in outcomes[3].detail


def test_files_are_uploaded_and_the_words_stand_below_the_first(
    meta: MetaFake, a_file: Any
) -> None:
    files = (a_file("cup.jpg", "image/jpeg"), a_file("invoice.pdf", "application/pdf"))
    [outcome] = send(meta.url, message(text="Here they are", files=files))
    assert outcome.kind is ACCEPTED
    picture, document = sent(meta)
    assert picture["image"]["caption"] == "Here they are"
    assert document["document"]["filename"] == "invoice.pdf"
    assert "caption" not in document["document"]
    assert meta.media[picture["image"]["id"]] == ("image/jpeg", b"some bytes")


def test_words_too_long_for_a_caption_go_ahead_of_the_file(meta: MetaFake, a_file: Any) -> None:
    long, voice = a_file("cup.jpg", "image/jpeg"), a_file("voice.ogg", "audio/ogg")
    send(meta.url, message(text="x" * 2000, files=(long,)), message(text="Listen", files=(voice,)))
    assert [content["type"] for content in sent(meta)] == ["text", "image", "text", "audio"]


@pytest.mark.parametrize(
    ("kind", "size", "words"),
    [("image/heic", 10, "no file of the type"), ("image/png", 6 * 1024 * 1024, "5 MB")],
)
def test_a_file_whatsapp_does_not_take_is_refused_before_anything_is_sent(
    meta: MetaFake, kind: str, size: int, words: str
) -> None:
    [outcome] = send(meta.url, message(files=(OutgoingFile("it", kind, size, "k"),)))
    assert (outcome.kind, outcome.code) == (PERMANENT, FailureCode.BAD_CONTENT)
    assert words in outcome.detail
    assert not meta.sent


def test_what_arrived_in_part_is_not_sent_again(meta: MetaFake, a_file: Any) -> None:
    from tests.connectors.channels.faults import Fault

    meta.faults.plan(None, Fault.BUSY)
    files = (a_file("cup.jpg", "image/jpeg"), a_file("pot.jpg", "image/jpeg"))
    [outcome] = send(meta.url, message(files=files))
    assert outcome.kind is PERMANENT
    assert "The first part arrived, part 2 of 2 did not" in outcome.detail
    assert outcome.provider_id == meta.sent[0].id


def test_a_template_is_filled_and_goes_outside_of_24_hours() -> None:
    with MetaFake() as meta:
        meta.add_template(
            "order_shipped",
            "",
            components=[
                {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}"},
                {"type": "BODY", "text": "Hi {{1}}, it comes on {{2}}."},
                {"type": "BUTTONS", "buttons": [
                    {"type": "QUICK_REPLY", "text": "Thanks"},
                    {"type": "URL", "text": "Track", "url": "https://lark.example/{{1}}"},
                ]},
            ],
        )  # fmt: skip
        meta.add_template("named", "Hi {{first_name}}, welcome.")
        use = ApprovedUse(
            "order_shipped", "en", ("#1001",), ("Mia\nMoss", "Friday"), ("", "t/1001")
        )
        named = ApprovedUse("named", "en", body=("Mia",), names=("first_name",))
        outcomes = send(meta.url, message(approved=use), message(approved=named))
        assert [one.kind for one in outcomes] == [ACCEPTED, ACCEPTED], outcomes
        components = sent(meta)[0]["template"]["components"]
        assert components[1]["parameters"][0] == {"type": "text", "text": "Mia Moss"}
        assert components[2]["index"] == "1"


def with_top(meta: MetaFake, kind: str) -> None:
    meta.add_template(
        "with_top", "",
        components=[{"type": "HEADER", "format": kind.upper()}, {"type": "BODY", "text": "Look."}],
    )  # fmt: skip


def test_a_file_on_top_of_a_template_is_uploaded_or_fetched_by_meta(a_file: Any) -> None:
    paper, clip = a_file("care.pdf", "application/pdf"), a_file("cup.mp4", "video/mp4")
    link = "https://cdn.lark.example/cup.mp4"
    for kind, file, header in (
        ("document", paper, ()),
        ("video", clip, ()),
        ("video", "", (link,)),
    ):
        use = ApprovedUse("with_top", "en", header, header_kind=kind)
        with MetaFake() as meta:
            with_top(meta, kind)
            [outcome] = send(meta.url, message(approved=use, files=(file,) if file else ()))
            assert outcome.kind is ACCEPTED, outcome
            [top] = sent(meta)[0]["template"]["components"][0]["parameters"]
            assert len(meta.media) == bool(file)
        assert top["type"] == kind
        assert top[kind].get("link") == (header[0] if header else None)
        assert top[kind].get("filename") == ("care.pdf" if kind == "document" else None)


def test_a_template_never_goes_without_its_file_on_top(a_file: Any) -> None:
    with MetaFake() as meta:
        with_top(meta, "image")
        use = ApprovedUse("with_top", "en", header_kind="image")
        # neither without one nor with one of another type, which we know beforehand
        for files in ((), (a_file("care.pdf", "application/pdf"),)):
            [outcome] = send(meta.url, message(approved=use, files=files))
            assert (outcome.kind, outcome.code) == (PERMANENT, FailureCode.TEMPLATE)
        assert not meta.refusals
        # and Meta refuses what we do not know
        [outcome] = send(meta.url, message(approved=ApprovedUse("with_top", "en")))
    assert (outcome.kind, outcome.code) == (PERMANENT, FailureCode.TEMPLATE)
    assert meta.refusals == [132012]


@pytest.mark.parametrize(
    ("use", "code"),
    [
        (ApprovedUse("unknown", "en"), 132001),
        (ApprovedUse("hello", "de", body=("Mia",)), 132001),
        (ApprovedUse("hello", "en"), 132000),
        (ApprovedUse("hello", "en", body=("Mia", "again")), 132000),
        (ApprovedUse("paused", "en"), 132015),
        (ApprovedUse("waiting", "en"), 132001),
    ],
)
def test_a_template_that_cannot_be_used_is_a_failure_of_the_template(
    use: ApprovedUse, code: int
) -> None:
    with MetaFake() as meta:
        meta.add_template("hello", "Hello {{1}}, welcome.")
        meta.add_template("paused", "Hello.", status="PAUSED")
        meta.add_template("waiting", "Hello.", status="PENDING")
        [outcome] = send(meta.url, message(approved=use))
    assert (outcome.kind, outcome.code) == (PERMANENT, FailureCode.TEMPLATE)
    assert f"#{code}" in outcome.detail


def test_an_empty_gap_is_refused_here() -> None:
    with MetaFake() as meta:
        [outcome] = send(meta.url, message(approved=ApprovedUse("hello", "en", body=(" ",))))
        assert (outcome.kind, outcome.code) == (PERMANENT, FailureCode.TEMPLATE)
        assert not meta.refusals


def test_words_outside_of_24_hours_are_refused(meta: MetaFake) -> None:
    meta.wrote(MIA_PLAIN, ago=24 * 3600 + 5)
    [outcome] = send(meta.url)
    assert (outcome.kind, outcome.code) == (PERMANENT, FailureCode.WINDOW_CLOSED)


def test_an_account_in_trouble_keeps_its_messages(meta: MetaFake) -> None:
    meta.lost = True
    [ended] = send(meta.url)
    [not_ours] = send(meta.url, phone_number_id="999999999")
    meta.lost = False
    [unknown] = send(meta.url, phone_number_id="999999999")
    for outcome in (ended, not_ours, unknown):
        assert outcome.kind is OutcomeKind.NOT_TRIED, outcome
        assert outcome.retry_after == 300


def test_another_version_of_the_api_is_not_spoken(meta: MetaFake) -> None:
    [outcome] = send(meta.url, api_version="v1.0")
    assert outcome.kind is PERMANENT
    assert "Unknown path" in outcome.detail


def test_limits_are_waited_for(meta: MetaFake) -> None:
    meta.clock = lambda: 1_000.0  # however long the machine takes
    meta.per_second = 3
    meta.with_window = False
    outcomes = send(meta.url, *(message(f"+4917000000{n:02d}") for n in range(5)))
    assert [one.kind for one in outcomes] == [ACCEPTED] * 3 + [OutcomeKind.TEMPORARY] * 2
    assert outcomes[4].retry_after == 2
    assert set(meta.refusals) == {130429}
    meta.per_second = 80
    to_one = send(meta.url, *(message() for _ in range(46)))
    assert [one.kind for one in to_one[:45]] == [ACCEPTED] * 45  # the documented burst
    assert to_one[45].kind is OutcomeKind.TEMPORARY
    assert to_one[45].retry_after == 15


@pytest.mark.parametrize("code", sorted(MEANINGS))
def test_every_error_has_one_meaning(code: int) -> None:
    outcome = outcome_of(GraphError(code, "words"))
    if outcome.kind is PERMANENT:
        assert outcome.code in FailureCode
        assert outcome.retry_after is None
    else:
        assert outcome.kind in (OutcomeKind.TEMPORARY, OutcomeKind.NOT_TRIED)


def test_the_errors_that_matter_most() -> None:
    expected = {
        130429: (OutcomeKind.TEMPORARY, ""),
        131056: (OutcomeKind.TEMPORARY, ""),
        131049: (PERMANENT, FailureCode.CAPPED),
        131047: (PERMANENT, FailureCode.WINDOW_CLOSED),
        131026: (PERMANENT, FailureCode.REFUSED),
        131031: (OutcomeKind.NOT_TRIED, FailureCode.AUTHENTICATION),
        190: (OutcomeKind.NOT_TRIED, FailureCode.AUTHENTICATION),
        132015: (PERMANENT, FailureCode.TEMPLATE),
        131016: (OutcomeKind.TEMPORARY, ""),
        200: (OutcomeKind.NOT_TRIED, FailureCode.AUTHENTICATION),
    }
    for code, (kind, reason) in expected.items():
        outcome = outcome_of(GraphError(code, "words"))
        assert (outcome.kind, outcome.code) == (kind, reason), code
    assert outcome_of(GraphError(131000, "words"), 500, 30.0).retry_after == 30.0


def test_the_health_of_a_number_is_told_with_its_facts(meta: MetaFake) -> None:
    health = CHANNEL.check(account(meta.url))
    assert health.ok
    assert health.facts == (
        ("Number", "+49 30 555000"),
        ("Name customers see", "Lark & Larder"),
        ("Quality", "good"),
        ("Messaging limit", "2,000 people in 24 hours"),
        ("Speed", "80 messages a second"),
    )
    meta.numbers[NUMBER]["quality_rating"] = "RED"
    assert "blocked or reported" in CHANNEL.check(account(meta.url)).hint
    meta.apps.clear()
    assert "No app listens" in CHANNEL.check(account(meta.url)).hint
    meta.lost = True
    assert not CHANNEL.check(account(meta.url)).ok
    assert not CHANNEL.check(account("http://127.0.0.1:9")).ok


def test_all_templates_are_read_page_by_page(meta: MetaFake) -> None:
    for number in range(230):
        meta.add_template(f"note_{number}", "Hi {{1}}, note.")
    meta.add_template("named", "Hi {{first_name}} {{last_name}}, {{first_name}}!")
    meta.add_template("bad", "No.", status="REJECTED", rejected_reason="TAG_CONTENT_MISMATCH")
    found = {one.name: one for one in CHANNEL.templates(account(meta.url))}
    assert len(found) == 232
    assert found["note_7"].status is TemplateStatus.APPROVED
    assert found["note_7"].quality == "green"
    assert found["named"].body == "Hi {{1}} {{2}}, {{1}}!"
    assert found["named"].names == ("first_name", "last_name")
    assert found["bad"].status is TemplateStatus.REJECTED
    assert found["bad"].reason == "tag content mismatch"


def test_a_template_is_submitted_and_waits(meta: MetaFake) -> None:
    wanted = ProviderTemplate(
        name="order_shipped",
        language="en",
        category="utility",
        body="Hi {{1}}, your order is on its way.",
        footer="Lark & Larder",
        examples=("Mia",),
        buttons=(TemplateButton("url", "Track", "https://lark.example/{{1}}"),),
    )
    made = CHANNEL.submit_template(account(meta.url), wanted)
    assert (made.status, made.provider_id) == (TemplateStatus.PENDING, "900000")
    [kept] = CHANNEL.templates(account(meta.url))
    assert (kept.body, kept.examples, kept.buttons) == (
        wanted.body,
        wanted.examples,
        wanted.buttons,
    )
    for wrong in ("Order Shipped", "order_shipped"):  # a bad name; a name that is taken
        with pytest.raises(Permanent):
            CHANNEL.submit_template(
                account(meta.url), ProviderTemplate(wrong, "en", "utility", "Hi.")
            )


def test_the_stand_in_posts_signed_webhooks(meta: MetaFake) -> None:
    from tests.support.site import site

    with site((200, {}, b"")) as door:
        assert meta.post(f"{door.url}/hooks/x", meta.message(MIA_PLAIN, "Hello")) == 200
        [(_, path, headers, body)] = door.seen
    assert path == "/hooks/x"
    assert headers["x-hub-signature-256"].startswith("sha256=")
    [found] = CHANNEL.written("whatsapp.messages", body, account(meta.url))
    assert found.text == "Hello"
