"""One mail, read in this process: headers, charsets, parts, nature."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbell.kit.mail.assemble import assemble_mail
from shopbell.kit.mail.reading import Nature, read_mail
from shopbell.kit.mail.reading.contents import normalised_name, sniffed_type
from shopbell.kit.mail.reading.frames import pack_mail, unpack_mail


def mail(head: str = "", body: bytes = b"Hello\r\n") -> bytes:
    return head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body


def multipart(kind: str, *parts: bytes) -> bytes:
    inner = b"".join(b"--cut\r\n" + part + b"\r\n" for part in parts)
    return f"Content-Type: multipart/{kind}; boundary=cut\r\n\r\n".encode() + inner + b"--cut--\r\n"


PLAIN = b"Content-Type: text/plain\r\n\r\nplain words"
PAGE = b"Content-Type: text/html\r\n\r\n<p>words in <b>HTML</b></p>"
PICTURE = (
    b"Content-Type: image/png\r\nContent-ID: <logo@x>\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
)


def test_a_mail_of_ours_is_read_as_it_was_written() -> None:
    when = datetime(2026, 11, 21, 9, 5, 7, tzinfo=UTC)
    raw = assemble_mail(
        from_address="orders@lark.example",
        from_name="Lärk",
        to="mia@mail.example",
        to_name="Mia, with comma",
        reply_to="r+abc@lark.example",
        subject="Größe 42 — ✓",
        text="Grüße\n",
        html="<p>Grüße</p>",
        message_id="<1@lark.example>",
        date=when,
        headers=[
            ("In-Reply-To", "<0@mail.example>"),
            ("References", "<a@x.example> <0@mail.example>"),
        ],
    )

    found = read_mail(raw)

    assert (found.message_id, found.in_reply_to) == ("<1@lark.example>", "<0@mail.example>")
    assert found.references == ("<a@x.example>", "<0@mail.example>")
    assert (found.from_name, found.from_address) == ("Lärk", "orders@lark.example")
    assert found.to == (("Mia, with comma", "mia@mail.example"),)
    assert found.reply_to == (("", "r+abc@lark.example"),)
    assert (found.subject, found.date) == ("Größe 42 — ✓", when)
    assert (found.text.strip(), found.html.strip()) == ("Grüße", "<p>Grüße</p>")
    assert (found.parts, found.nature, found.problems) == ((), Nature.PERSON, ())


@pytest.mark.parametrize(
    ("value", "people"),
    [
        ("Mia <Mia@Mail.Example>", (("Mia", "mia@mail.example"),)),
        (
            '"Lark, Mia" <mia@x.example>, bob@y.example',
            (("Lark, Mia", "mia@x.example"), ("", "bob@y.example")),
        ),
        ("mia@x.example (Mia Lark)", (("Mia Lark", "mia@x.example"),)),
        ("Friends: a@x.example, B <b@x.example>;", (("", "a@x.example"), ("B", "b@x.example"))),
        ("undisclosed-recipients:;", ()),
        ("'mia@x.example' <mia@x.example>", (("", "mia@x.example"),)),
        ("=?utf-8?q?M=C3=ADa?= <mia@x.example>", (("Mía", "mia@x.example"),)),
        ("=?utf-8?b?TcOt?= =?utf-8?b?YQ==?= <mia@x.example>", (("Mía", "mia@x.example"),)),
        ("Mia <mia@x.example", (("Mia", "mia@x.example"),)),
        ("Mia", ()),
        ("<>", ()),
    ],
)
def test_address_headers_give_names_and_addresses(value: str, people: object) -> None:
    assert read_mail(mail(f"To: {value}")).to == people


def test_who_it_was_delivered_to_and_returned_to_is_known() -> None:
    found = read_mail(
        mail(
            "Return-Path: <b@x.example>\nDelivered-To: Shop@x.example\n"
            "X-Original-To: help@x.example\nSender: s@x.example"
        )
    )
    assert found.delivered_to == ("shop@x.example", "help@x.example")
    assert (found.return_path, found.sender_address) == ("b@x.example", "s@x.example")


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("", "Grüße".encode(), "Grüße"),
        ("text/plain", "Grüße".encode("cp1252"), "Grüße"),
        ("text/plain; charset=klingon", "Grüße".encode(), "Grüße"),
        ("text/plain; charset=us-ascii", "Grüße".encode(), "Grüße"),
        ("text/plain; charset=utf-8", "Grüße".encode("latin-1"), "Grüße"),
        ("text/plain; charset=zip", b"plain", "plain"),
        ("text/plain; charset=unicode_escape", b"\\x41", "\\x41"),
        ("text/plain; charset=ks_c_5601-1987", "안녕하세요".encode("cp949"), "안녕하세요"),
        ("text/plain; charset=gb2312", "谢谢您的订单".encode("gb18030"), "谢谢您的订单"),
        ("text/plain; charset=iso-2022-jp", "注文です".encode("iso2022_jp"), "注文です"),
        ("text/plain", "注文です".encode("iso2022_jp"), "注文です"),
        ("text/plain; charset=windows-1251", "Спасибо".encode("cp1251"), "Спасибо"),
        ("text/plain; charset=utf-8", b"a\0b", "a\ufffdb"),
        ("text/plain; charset=utf-16", b"\xff\xfeH\0i\0", "Hi"),
    ],
)
def test_text_is_read_whatever_its_charset_says(kind: str, body: bytes, text: str) -> None:
    head = f"Content-Type: {kind}" if kind else "Subject: none"
    assert read_mail(mail(head, body)).text.strip() == text


def test_a_few_broken_bytes_do_not_turn_a_text_into_another_alphabet() -> None:
    body = "ご注文ありがとうございます。".encode("shift_jis") + b"\xff"
    text = read_mail(mail("Content-Type: text/plain; charset=shift_jis", body)).text
    assert "ご注文ありがとうございます" in text


def test_html_alone_gives_text_too() -> None:
    found = read_mail(
        mail("Content-Type: text/html", b"<html><body><p>Hi</p><ul><li>one</ul></body>")
    )
    assert "Hi" in found.text
    assert "one" in found.text
    assert found.html.startswith("<html>")


def test_text_and_html_of_one_message_are_two_versions_of_it() -> None:
    found = read_mail(multipart("alternative", PLAIN, PAGE))
    assert (found.text, found.html) == ("plain words", "<p>words in <b>HTML</b></p>")
    assert found.parts == ()


def test_a_picture_of_the_text_is_inline_and_named_by_its_id() -> None:
    inner = multipart("related", PAGE, PICTURE)
    (picture,) = read_mail(inner).parts
    assert (picture.content_id, picture.inline) == ("logo@x", True)
    assert picture.sniffed_type == "image/png"


def test_texts_before_and_after_a_picture_are_all_shown() -> None:
    found = read_mail(
        multipart("mixed", PLAIN, PICTURE, PLAIN.replace(b"plain words", b"more words"))
    )
    assert found.text == "plain words\nmore words"
    assert len(found.parts) == 1


def test_a_file_of_text_is_an_attachment() -> None:
    file = b'Content-Type: text/plain; name="log.txt"\r\nContent-Disposition: attachment\r\n\r\nx=1'
    found = read_mail(multipart("mixed", PLAIN, file))
    assert found.text == "plain words"
    assert [(part.name, part.content, part.inline) for part in found.parts] == [
        ("log.txt", b"x=1", False)
    ]


def test_a_forwarded_mail_is_kept_whole() -> None:
    inner = b"Content-Type: message/rfc822\r\n\r\nSubject: Old one\r\n\r\nold words"
    (part,) = read_mail(multipart("mixed", PLAIN, inner)).parts
    assert (part.name, part.content) == ("Old one.eml", b"Subject: Old one\r\n\r\nold words")


def test_what_outlook_adds_is_a_plain_attachment() -> None:
    tnef = (
        b"Content-Type: application/ms-tnef; name=winmail.dat\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\neJ8+Ig=="
    )
    msg = (
        b"Content-Type: application/vnd.ms-outlook\r\n"
        b"Content-Disposition: attachment; filename=a.msg\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n"
        + base64.b64encode(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    )
    found = read_mail(multipart("mixed", PLAIN, tnef, msg))
    assert [part.name for part in found.parts] == ["winmail.dat", "a.msg"]


def test_names_in_every_encoding_are_read() -> None:
    for value in (
        "filename*=utf-8''Gr%C3%B6%C3%9Fe.pdf",
        "filename*0*=utf-8''Gr%C3%B6; filename*1*=%C3%9Fe.pdf",
        'filename="=?utf-8?q?Gr=C3=B6=C3=9Fe=2Epdf?="',
        'filename="Größe.pdf"',
    ):
        raw = mail(
            f"Content-Type: application/pdf\nContent-Disposition: attachment; {value}", b"%PDF-1.4"
        )
        (part,) = read_mail(raw).parts
        assert part.name == "Größe.pdf"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\u200b.htaccess", "htaccess"),
        ("invoice\u202egnp.exe", "invoicegnp.exe"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.txt", "a.txt"),
        ("a\0b\n.txt", "ab.txt"),
        ("e\u0301.txt", "é.txt"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("...", ""),
    ],
)
def test_names_of_files_are_made_harmless_before_anything_looks_at_them(
    name: str, shown: str
) -> None:
    assert normalised_name(name) == shown


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"<?xml version='1.0'?>\n<!-- x -->\n<svg onload=alert(1)>", "image/svg+xml"),
        (b"  <!DOCTYPE html><html>", "text/html"),
        ("<script>alert(1)</script>".encode("utf-16"), "text/html"),
        (b"GIF89a" + b"\0" * 20, "image/gif"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"just words", "text/plain"),
        (
            b"PK\x03\x04" + b"\0" * 26 + b"[Content_Types].xml word/document.xml",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (b"PK\x03\x04" + b"\0" * 60, "application/zip"),
        (b"", "application/x-empty"),
    ],
)
def test_the_type_is_what_the_content_shows(content: bytes, kind: str) -> None:
    assert sniffed_type(content) == kind


@pytest.mark.parametrize(
    ("head", "nature"),
    [
        ("Subject: Hi", Nature.PERSON),
        ("Auto-Submitted: no", Nature.PERSON),
        ("Auto-Submitted: auto-replied", Nature.AUTO_REPLY),
        ("X-Autoreply: yes", Nature.AUTO_REPLY),
        ("Precedence: auto_reply", Nature.AUTO_REPLY),
        ("X-Auto-Response-Suppress: OOF, AutoReply", Nature.AUTO_REPLY),
        ("Subject: Automatische Antwort: Ihre Bestellung", Nature.AUTO_REPLY),
        ("Subject: Réponse automatique : commande", Nature.AUTO_REPLY),
        ("Subject: 自動返信: 注文", Nature.AUTO_REPLY),
        ("Subject: Automatic door does not open", Nature.PERSON),
        ("Subject: Re: Auto parts", Nature.PERSON),
        ("List-Id: <x.lists.example>", Nature.LIST),
        ("Precedence: bulk", Nature.LIST),
        ("X-Shopbell-Loop: 1\nAuto-Submitted: auto-replied", Nature.OWN_LOOP),
    ],
)
def test_machines_are_told_from_people(head: str, nature: Nature) -> None:
    assert read_mail(mail(head)).nature is nature


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        ("mx.example; spf=pass; dmarc=pass (p=NONE) header.from=x.example", "pass"),
        ("mx.example; dmarc=fail header.from=x.example", "fail"),
        ('mx.example; spf=fail (dmarc=pass) smtp.mailfrom="; dmarc=pass"@x.example', ""),
        ("mx.example; dmarc=none", ""),
        ("mx.example; spf=pass", ""),
    ],
)
def test_the_topmost_verdict_on_the_sender_is_kept_as_a_fact(value: str, verdict: str) -> None:
    head = f"Authentication-Results: {value}\nAuthentication-Results: evil.example; dmarc=pass"
    assert read_mail(mail(head)).authenticated == verdict


def test_an_invitation_is_understood_and_kept() -> None:
    calendar = (
        b"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"
        b"SUMMARY:Fitting\r\n"
        b"DTSTART:20261124T130000Z\r\nDTEND:20261124T133000Z\r\nLOCATION:Shop\r\n"
        b"ORGANIZER;CN=Mia:mailto:mia@x.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    found = read_mail(multipart("alternative", PLAIN, calendar))
    assert found.invitation is not None
    assert (found.invitation.summary, found.invitation.location) == ("Fitting", "Shop")
    assert found.invitation.start == datetime(2026, 11, 24, 13, tzinfo=UTC)
    assert found.invitation.organiser == "Mia <mia@x.example>"
    assert len(found.parts) == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n",
        b"no headers at all",
        b"Subject: no body",
        b"\xef\xbb\xbf\r\n\r\nSubject: late start\r\n\r\nx",
        b"Subject: cut\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nwords",
        b"Content-Type: multipart/mixed\r\n\r\nwords without a boundary",
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\nwords without parts",
        b"Date: Fri, 31 Dec 9999 23:59:59 -1200\r\n\r\nx",
        b"Date: 99 Foo 20\r\n\r\nx",
    ],
)
def test_half_a_mail_is_read_as_far_as_it_goes(raw: bytes) -> None:
    found = read_mail(raw)
    assert not [problem for problem in found.problems if "could not be read" in problem]
    if b"words" in raw:
        assert "words" in found.text


def test_text_that_follows_the_headers_without_an_empty_line_is_not_lost() -> None:
    assert read_mail(b"Subject: hi\nwhere is my order\n").text == "where is my order"


def test_everything_survives_the_pipe() -> None:
    found = read_mail(multipart("mixed", multipart("alternative", PLAIN, PAGE), PICTURE))
    assert unpack_mail(b"".join(pack_mail(found))) == found


@given(st.binary(max_size=2000))
def test_no_bytes_raise(raw: bytes) -> None:
    found = read_mail(b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n" + raw)
    assert unpack_mail(b"".join(pack_mail(found))) == found


HEADS = st.sampled_from(
    [
        "From",
        "To",
        "Subject",
        "Date",
        "Content-Type",
        "Content-Disposition",
        "Content-Transfer-Encoding",
        "References",
    ]
)
VALUES = st.lists(
    st.sampled_from(
        [
            "=?utf-8?q?",
            "?=",
            '"',
            "(",
            ")",
            "<",
            ">",
            ";",
            "=",
            "*0*",
            "a@b.example",
            "charset",
            "multipart/mixed",
            "text/html",
            "boundary",
            "base64",
            "\\",
            ",",
            ":",
            "%41",
            "message/rfc822",
            "\0",
            "é",
            "--",
            " ",
        ]
    ),
    max_size=20,
)


@given(st.lists(st.tuples(HEADS, VALUES), max_size=6), st.binary(max_size=300))
def test_no_headers_raise(heads: list[tuple[str, list[str]]], body: bytes) -> None:
    head = "".join(f"{name}: {''.join(value)}\r\n" for name, value in heads)
    found = read_mail(head.encode() + b"\r\n" + body)
    assert not [problem for problem in found.problems if "could not be read" in problem]
