"""Mails put together by hand, read back by the standard library."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.headerregistry import Address as ParsedAddress
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbell.kit.errors import Invalid
from shopbell.kit.mail.addresses import parse_address
from shopbell.kit.mail.assemble import assemble_mail
from shopbell.kit.mail.bodies import encode_body

WHEN = datetime(2026, 11, 21, 9, 5, 7, tzinfo=UTC)
USUAL: dict[str, Any] = {
    "from_address": "orders@lark.example",
    "to": "mia@mail.example",
    "subject": "Your order #1001",
    "text": "Hello Mia,\n\nyour order is on its way.\n",
    "message_id": "<0190.1@lark.example>",
    "date": WHEN,
}

# What a template can hold: any text without the three characters that are refused.
words = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=300)
bodies = st.text(st.characters(codec="utf-8"), max_size=3000)


def mail(**changes: Any) -> bytes:
    return assemble_mail(**{**USUAL, **changes})


def read(data: bytes) -> EmailMessage:
    return message_from_bytes(data, policy=policy.default)


def body_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode().replace("\r\n", "\n")


def shown_of(message: EmailMessage) -> str:
    """Return the HTML as a browser reads it: a reference is the character it stands for."""
    return with_characters(body_of(message, "html"))


def with_characters(html: str) -> str:
    return re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), html)


def as_lines(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.endswith("\n") else text + "\n"


def well_formed(data: bytes) -> None:
    assert data.isascii()
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r" not in data.replace(b"\r\n", b"")
    assert max(len(line) for line in data.split(b"\r\n")) <= 998


def test_a_mail_with_both_bodies_reads_back_as_it_was_written() -> None:
    # given
    headers = (
        ("List-Unsubscribe", "<https://shop.example/u/abc>, <mailto:u@lark.example>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("X-Shopbell", "Grüße"),
    )
    # when
    data = mail(
        from_name="Lark & Larder",
        to_name="Mia Ødegård",
        reply_to="r+1@lark.example",
        html="<p>Hällo</p>",
        headers=headers,
    )
    message = read(data)
    # then
    well_formed(data)
    sender, recipient = message["From"].addresses[0], message["To"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == ("Lark & Larder", "orders@lark.example")
    assert (recipient.display_name, recipient.addr_spec) == ("Mia Ødegård", "mia@mail.example")
    assert message["Reply-To"] == "r+1@lark.example"
    assert message["Subject"] == "Your order #1001"
    assert message["Date"].datetime == WHEN
    assert message["Message-ID"] == "<0190.1@lark.example>"
    assert message["MIME-Version"] == "1.0"
    assert [(name, message[name]) for name, _ in headers] == list(headers)
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert body_of(message, "plain") == USUAL["text"]
    assert shown_of(message) == "<p>Hällo</p>\n"
    assert not message.defects


def test_a_mail_with_one_body_has_no_parts() -> None:
    assert read(mail()).get_content_type() == "text/plain"
    assert read(mail(text="", html="<p>Hi</p>")).get_content_type() == "text/html"


def test_the_same_parts_give_the_same_bytes() -> None:
    assert mail(html="<p>ü</p>") == mail(html="<p>ü</p>")


@given(subject=words)
def test_any_subject_survives(subject: str) -> None:
    data = mail(subject=subject)
    well_formed(data)
    head = data.split(b"\r\n\r\n")[0]
    assert all(len(line) <= 76 for line in head.split(b"\r\n") if b"=?utf-8" in line)
    assert read(data)["Message-ID"] == USUAL["message_id"]
    assert decoded(data, b"Subject") == subject


def decoded(data: bytes, name: bytes) -> str:
    """Decode a header word by word: the policy of the library also tidies the result."""
    from email.header import decode_header

    raw = data.split(b"\r\n" + name + b": ")[1]
    value = raw.split(b"\r\nDate: ")[0].replace(b"\r\n", b"").decode("ascii")
    return "".join(
        part if isinstance(part, str) else part.decode(charset or "ascii")
        for part, charset in decode_header(value)
    )


@given(name=words)
def test_any_display_name_leaves_the_address_alone(name: str) -> None:
    data = mail(to_name=name)
    well_formed(data)
    addresses: tuple[ParsedAddress, ...] = read(data)["To"].addresses
    assert [one.addr_spec for one in addresses] == ["mia@mail.example"]
    if name.isprintable() and name == " ".join(name.split()):
        # The library leaves a space between two encoded words of a name, which RFC 2047 drops.
        assert addresses[0].display_name.replace(" ", "") == name.replace(" ", "")


@given(text=bodies, html=bodies)
def test_any_body_survives(text: str, html: str) -> None:
    data = mail(text=text or "x", html=html or "y")
    well_formed(data)
    message = read(data)
    assert body_of(message, "plain") == as_lines(text or "x")
    assert shown_of(message) == with_characters(as_lines(html or "y"))


@given(text=bodies)
def test_an_encoded_line_is_never_longer_than_76_columns(text: str) -> None:
    _, body = encode_body(text)
    assert max(map(len, body.split(b"\r\n"))) <= 76


@pytest.mark.parametrize(
    "text",
    [
        "x" * 65_536,
        "ü" * 65_536,
        "👩‍👩‍👧‍👦" * 400,
        ". \n.\n..\nFrom here\n" * 50,
        "trailing space \ntab\t\n \n",
        "=_=3D=\n--=_boundary--\n",
        "\r\r\n\n\r",
    ],
    ids=["long word", "long wide word", "emoji", "dots", "spaces", "equal signs", "line ends"],
)
def test_awkward_bodies_survive(text: str) -> None:
    data = mail(text=text, html=text)
    well_formed(data)
    assert max(map(len, data.split(b"\r\n"))) <= 900
    assert body_of(read(data), "plain") == as_lines(text)
    assert shown_of(read(data)) == as_lines(text)


def test_markup_needs_no_encoding_where_references_say_the_same() -> None:
    page = (
        "<style>p { color: red }</style>\n"
        + "<p>For Mia: bread, salt, butter · Öl und Käse vom Berg</p>\n" * 20
    )
    encoding, body = encode_body(page, html=True)
    assert encoding == "7bit"
    assert "butter &#183; &#214;l und K&#228;se vom Berg</p>\r\n" in body.decode("ascii")
    # a style sheet knows no references, and Greek would be three times as long
    for other in (page.replace("red", "red; font-family: 'Möbel'"), "<p>Καλημέρα</p>\n" * 20):
        encoding, body = encode_body(other, html=True)
        assert encoding in ("quoted-printable", "base64")
        assert b"&#" not in body
    # nor is anything said that a line of more than a server takes would lose
    assert encode_body(f"<p>{'x' * 1_000}</p>", html=True)[0] == "quoted-printable"


def test_a_body_that_holds_the_boundary_is_encoded() -> None:
    boundary = mail(html="<p>x</p>").split(b'boundary="')[1].split(b'"')[0].decode()
    message = read(mail(text=f"--{boundary}--\n", html="<p>still here</p>"))
    assert body_of(message, "plain") == f"--{boundary}--\n"
    assert body_of(message, "html") == "<p>still here</p>\n"


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\0", "\r\n\r\n"])
@pytest.mark.parametrize(
    "field", ["from_name", "to_name", "subject", "from_address", "to", "reply_to"]
)
def test_a_line_break_in_a_header_is_refused(field: str, break_: str) -> None:
    value = f"a@b.example{break_}Bcc: spy@evil.example"
    with pytest.raises(Invalid):
        mail(**{field: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "b\r\nBcc: spy@evil.example"),
        ("X-A\r\nBcc", "spy@evil.example"),
        ("X-A: b", "c"),
        ("X A", "c"),
        ("", "c"),
        ("Bcc", "spy@evil.example"),
        ("Content-Type", "text/html"),
        ("List-Unsubscribe", "<https://ü.example/>"),
        ("List-Unsubscribe", "<https://shop.example/" + "x" * 2000 + ">"),
    ],
)
def test_a_bad_header_is_refused(name: str, value: str) -> None:
    with pytest.raises(Invalid):
        mail(headers=((name, value),))


@pytest.mark.parametrize("value", ["", "a@b", "<a b@c>", "<a@b>\r\nX: y", "<a@b><c@d>", "<ü@b>"])
def test_a_bad_message_id_is_refused(value: str) -> None:
    with pytest.raises(Invalid):
        mail(message_id=value)


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("mia@mail.example", "mia@mail.example"),
        ("Mia.O'Hara+shop@MAIL.Example", "Mia.O'Hara+shop@mail.example"),
        ('"two words"@mail.example', '"two words"@mail.example'),
        ("mia@bücher.example", "mia@xn--bcher-kva.example"),
        ("mia@straße.example", "mia@xn--strae-oqa.example"),
        ("mia@例え.テスト", "mia@xn--r8jz45g.xn--zckzah"),
    ],
)
def test_good_addresses_are_read(written: str, read_as: str) -> None:
    assert str(parse_address(written)) == read_as


@pytest.mark.parametrize(
    "value",
    [
        "",
        "mia",
        "@mail.example",
        "mia@",
        "mia@localhost",
        "mia@-x.example",
        "mia@x..example",
        "mia@[127.0.0.1]",
        "mia@127.0.0.1",
        "m ia@mail.example",
        ".mia@mail.example",
        "mia.@mail.example",
        "m..ia@mail.example",
        "mia@mail.example>",
        "Mia <mia@mail.example>",
        "mia@mail.example\r\nRCPT TO:<spy@evil.example>",
        "mia\r\n@mail.example",
        "mia@mail.example\0",
        "mia@mail\u2028.example",
        "m\u00a0ia@mail.example",
        "m\u202eia@mail.example",
        '"a\nb"@mail.example',
        "x" * 65 + "@mail.example",
        "a@" + "x" * 64 + ".example",
        "a@" + ".".join(["x" * 60] * 5),
    ],
)
def test_bad_addresses_are_refused(value: str) -> None:
    with pytest.raises(Invalid):
        parse_address(value)


def test_a_wide_local_part_is_told_apart() -> None:
    assert parse_address("mädchen@mail.example").wide
    assert not parse_address("mia@bücher.example").wide
