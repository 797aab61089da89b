"""S-11, S-12: names of files are words to show, and never a place, a type, a header or a key."""

import re
import unicodedata
import uuid
from collections.abc import Iterator
from itertools import product

import pytest
from django.test import Client
from django.utils.http import content_disposition_header

from shopbell.conversations.models import Attachment
from shopbell.conversations.ports import IncomingFile
from shopbell.kit.db.scope import store_scope
from shopbell.kit.mail.reading.contents import NAMELESS, file_name, normalised_name
from shopbell.kit.media import keep_file, storage
from tests.backoffice.market import Market
from tests.conversations.inbox_ground import Inbox

STEMS = (
    "invoice", ".htaccess", "..", "CON", "PRN.txt", "LPT1", "PROGRA~1", "a b", "Größe", "発票",
    "😀" * 60,
    "x" * 300, "e\u0301" * 150, "-rf", "~root", "$(id)", "`id`", "%2e%2e%2f", "a;b=c", 'a"b', "a'b",
    "a\\b", "../../etc/passwd", "..\\..\\boot.ini", "C:\\x", "/etc/passwd", "file:///x", "\ud800",
    "", " ", "a\u2028b", "a\u0085b",
)  # fmt: skip
SLIPPED_IN = (
    "", "\u200b", "\u202e", "\0", "\r\nX-Evil: 1", "\n", "\t", "\x7f", "\ufeff", "\u2066", "\u00ad",
    '"; filename="evil.exe', "=?utf-8?q?=0D=0ASet-Cookie:_a=3Db?=",
)  # fmt: skip
ENDINGS = (
    ".pdf", ".html", ".exe.", ".php ", ".svg::$DATA", ".jpg\u202egnp.exe", ".\u200bhtaccess",
    ".\0png", "...", ".tar.gz", ".%00.png", "." + "e" * 80,
)  # fmt: skip
KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f-]{36}")
# RFC 6266: a quoted string of plain ASCII, or an encoded one, and nothing besides.
HEADER = re.compile(
    r"attachment; filename(?:=\"(?:[ !#-\[\]-~]|\\[\\\"])*\""
    r"|\*=utf-8''(?:[\w.!~*'()-]|%[0-9A-F]{2})+)"
)


def names() -> Iterator[str]:
    for stem, slipped, ending in product(STEMS, SLIPPED_IN, ENDINGS):
        yield f"{stem}{slipped}{ending}"


def test_five_thousand_names_are_only_words() -> None:
    """S-11: as they are stored, and as they are served."""
    given = list(names())
    assert len(given) >= 4_900
    for name in given:
        stored = normalised_name(name)
        assert len(stored) <= 200, name
        assert not re.search(r"[/\\\0\r\n]", stored), name
        assert stored == stored.strip().strip("."), name
        hidden = [sign for sign in stored if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl")]
        assert hidden == [], name
        for told in (stored, name):  # and whatever came in by another way than a mail
            header = content_disposition_header(as_attachment=True, filename=file_name(told))
            assert header is not None
            assert HEADER.fullmatch(header), (name, header)
    assert file_name("\u202e\0") == NAMELESS


def test_a_file_lies_under_a_random_key_whatever_it_is_called() -> None:
    """S-11: no name and no ending of it."""
    keys = [keep_file(b"<?php") for _ in range(50)]
    assert len(set(keys)) == 50
    for key in keys:
        assert KEY.fullmatch(key)
        storage().delete(key)


@pytest.mark.django_db(transaction=True)
def test_ids_of_others_are_of_no_use(inbox: Inbox) -> None:
    """S-12: guessed, of another store, or without the permission: there is no such file."""
    files = tuple(IncomingFile(f"{n}\r\nX-Evil: 1.pdf", "text/html", b"<b>") for n in range(5))
    inbox.write("Look", by_mail=True, files=files)
    with store_scope(inbox.market.bench.store.pk):
        mine = list(Attachment.objects.all())
    assert len(mine) == 5
    own = inbox.market.person("agent").get(f"/s/lark/inbox/files/{mine[0].pk}/?show")
    assert own.headers["Content-Disposition"].startswith("attachment; filename")
    assert "X-Evil" not in own.headers

    wren = Market.open("wren")
    for role in ("owner", "admin", "supervisor", "agent", "light"):
        guest = wren.person(role)
        for file in mine:
            for store in ("lark", "wren"):
                address = f"/s/{store}/inbox/files/{file.pk}/"
                assert guest.get(address).status_code == 404
    agent = inbox.market.person("agent")
    for _ in range(60):
        assert agent.get(f"/s/lark/inbox/files/{uuid.uuid4()}/").status_code == 404
    assert Client().get(f"/s/lark/inbox/files/{mine[0].pk}/").status_code == 302
