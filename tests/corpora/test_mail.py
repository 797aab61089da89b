"""Real mail: every one is read, replies are taken apart, bounces are understood; figures."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from shopbell.kit.mail.reading import MailReaders, read_mail, trim_html, trim_text

_ROOT = Path(
    os.environ.get("SHOPBELL_CORPORA", Path(__file__).parents[2] / ".." / "shared/corpora")
)
_MIME = ("mime-mikel", "mime-mail-parser", "mime-django-mailbox", "mime-cpython")
_BOUNCES = _ROOT / "bounces-sisimai"
_REPLIES = _ROOT / "email-reply-trimmer"

pytestmark = pytest.mark.skipif(not _ROOT.exists(), reason="the corpora are not here")


def folded(text: str) -> str:
    return " ".join(text.split())


def has_content(raw: bytes) -> bool:
    """Whether there is anything behind the headers that could be shown."""
    _, _, body = raw.replace(b"\r\n", b"\n").lstrip().partition(b"\n\n")
    return any(line.strip() and not line.startswith(b"--") for line in body.split(b"\n"))


def test_every_mail_is_read_and_keeps_its_body_or_attachment() -> None:
    read, lost = 0, []
    with MailReaders() as readers:
        for folder in _MIME:
            for path in sorted((_ROOT / folder).rglob("*")):
                if not path.is_file() or path.name.startswith(("LICENSE", "README")):
                    continue
                raw = path.read_bytes()
                mail = read_mail(raw)
                assert readers.read(raw) == mail, path
                assert not [one for one in mail.problems if "could not be read" in one], path
                read += 1
                if has_content(raw) and not (mail.text.strip() or mail.html.strip() or mail.parts):
                    lost.append(path.name)
    print(f"\nmails read: {read}, lost their content: {len(lost)} {lost}")
    assert read > 100
    assert not lost


def test_calendars_are_shown_or_survived() -> None:
    paths = sorted((_ROOT / "icalendar").rglob("*.ics"))
    events, shown = 0, 0
    for path in paths:
        content = path.read_bytes()
        mail = read_mail(b"Content-Type: text/calendar\r\n\r\n" + content)
        assert mail.parts, path
        events += b"BEGIN:VEVENT" in content.upper()
        shown += mail.invitation is not None
    print(f"\ncalendars: {len(paths)} survived, {shown} of {events} with an event shown")
    assert shown / events > 0.9


def test_replies_are_taken_apart(record_property: Any) -> None:
    wrong = []
    paths = sorted((_REPLIES / "emails").iterdir())
    for path in paths:
        expected = (_REPLIES / "trimmed" / path.name).read_text(encoding="utf-8")
        if folded(trim_text(path.read_text(encoding="utf-8")).new) != folded(expected):
            wrong.append(path.name)
    good = len(paths) - len(wrong)
    print(f"\nreplies taken apart exactly: {good} of {len(paths)}; wrong: {wrong}")
    record_property("replies", f"{good}/{len(paths)}")
    assert good / len(paths) > 33 / 64


def test_html_of_all_programs_is_taken_apart() -> None:
    pages = sorted((_ROOT / "talon" / "html_replies").glob("*.html"))
    good = 0
    for path in pages:
        new, quoted = trim_html(path.read_text(encoding="utf-8", errors="replace"))
        text = read_mail(b"Content-Type: text/html; charset=utf-8\r\n\r\n" + new.encode()).text
        good += folded(text) == "Hi. I am fine. Thanks, Alex" and bool(quoted)
    print(f"\nHTML replies taken apart: {good} of {len(pages)}")
    assert good == len(pages)


def test_bounces_are_understood(record_property: Any) -> None:
    expected = json.loads((_BOUNCES / "expected.json").read_text(encoding="utf-8"))
    found, agreed = 0, 0
    wrong_hard: list[str] = []
    wrong_soft: list[str] = []
    for name, bounces in sorted(expected.items()):
        bounce = read_mail((_BOUNCES / "mails" / name).read_bytes()).bounce
        found += bool(bounce and bounce.recipient)
        hard = bounce is not None and bounce.hard
        if hard in {one["hardbounce"] for one in bounces}:
            agreed += 1
        else:
            (wrong_hard if hard else wrong_soft).append(f"{name} ({bounces[0]['reason']})")
    total = len(expected)
    print(f"\nbounces: address found {found}/{total} = {found / total:.1%}")
    print(f"hard or soft agreed {agreed}/{total} = {agreed / total:.1%}")
    print(f"wrongly hard {len(wrong_hard)}: {wrong_hard}")
    print(f"wrongly soft {len(wrong_soft)}: {wrong_soft}")
    record_property("bounces_wrongly_hard", len(wrong_hard))
    assert found / total > 0.822
    assert agreed / total > 0.9
    assert len(wrong_hard) <= 5
