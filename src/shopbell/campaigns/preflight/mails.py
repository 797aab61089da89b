"""What is looked at in a mail: its subject, size, pictures, links, the way out, its footer."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from ipaddress import ip_address
from urllib.parse import urlsplit

from shopbell.campaigns.content.blocks import Image, walked
from shopbell.campaigns.content.words import addresses_of
from shopbell.campaigns.preflight.findings import Case, Finding, Seen, fine, stops, warns

CLIPPED = 102 * 1024  # bytes of HTML, above which Gmail hides the rest with the way out
_NEARLY = 85 * 1024
LONGEST_SUBJECT = 60
_HERE = ("localhost", "localhost.localdomain")
_NOWHERE = (".local", ".localhost", ".internal", ".test", ".invalid", ".lan")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\u2b55]")
_OUTCRY = re.compile(r"!{2,}|\?{2,}|!.*!")
_LEFT = re.compile(r"\{\{|\{%|%7B%7B", re.IGNORECASE)


class Reader(HTMLParser):
    """What a mail program finds in a mail."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.pictures: list[tuple[str, str | None]] = []
        self._words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note links and pictures."""
        told = dict(attrs)
        if tag == "a":
            self.links.append(told.get("href") or "")
        elif tag == "img":
            self.pictures.append((told.get("src") or "", told.get("alt")))

    def handle_data(self, data: str) -> None:
        """Note words."""
        self._words.append(data)

    def words(self) -> str:
        """Return the words in one line."""
        return " ".join(" ".join(self._words).split())


def check_mail(case: Case) -> Iterator[Finding]:
    """Check the mail, if there is one."""
    mail = case.mail()
    if mail is None:
        return
    reader = Reader(mail.html)
    yield from _subject(mail)
    yield from _size(mail)
    yield from _pictures(case, reader)
    yield from _links(case, reader)
    yield from _way_out(mail, reader)
    yield from _footer(case, reader)
    if not mail.text.strip():
        yield stops("The plain part is empty.", "Write it, or let it be made from the blocks.")


def _subject(mail: Seen) -> Iterator[Finding]:
    subject = mail.subject.strip()
    where = "subject"
    if not subject:
        yield stops("There is no subject.", "Write what it is about.", where)
        return
    if len(subject) > LONGEST_SUBJECT:
        yield warns(
            f"The subject has {len(subject)} characters; phones show about 40.",
            f"Say the main thing first, in at most {LONGEST_SUBJECT}.",
            where,
        )
    letters = [letter for letter in subject if letter.isalpha()]
    shouted = [word for word in re.findall(r"[^\W\d_]{4,}", subject) if word.isupper()]
    if shouted and (len(shouted) > 1 or sum(map(str.isupper, letters)) > len(letters) / 2):
        yield warns("The subject shouts in capitals.", "Write it as you would say it.", where)
    if _OUTCRY.search(subject):
        yield warns("The subject cries out.", "One mark is enough; none is better.", where)
    if len(_EMOJI.findall(subject)) > 1:
        yield warns("The subject has several emoji.", "One at most; some show as boxes.", where)
    if _LEFT.search(subject):
        yield stops("The subject has a name that nobody filled in.", "Look at {{ … }}.", where)


def _size(mail: Seen) -> Iterator[Finding]:
    size = len(mail.html.encode())
    said = f"The mail has {size / 1024:.0f} KB"
    if size > CLIPPED:
        yield stops(
            f"{said}; above 102 KB Gmail cuts it off, and the way out with it.",
            "Take blocks out, or make two mails of it.",
        )
    elif size > _NEARLY:
        yield warns(f"{said}, and Gmail cuts it off above 102 KB.", "Take a block out.")
    else:
        yield fine(f"{said} of at most 102.")


def _pictures(case: Case, reader: Reader) -> Iterator[Finding]:
    for place, block in walked(case.content.blocks):
        if isinstance(block, Image) and block.url and not block.alt:
            yield warns(
                "A picture says nothing to people who do not see it.",
                "Say in a few words what it shows.",
                f"{place}.alt",
            )
    if any(alt is None for _, alt in reader.pictures):
        yield warns("A picture has no words at all.", "Say in a few words what it shows.")


def _links(case: Case, reader: Reader) -> Iterator[Finding]:
    typed = 0
    for place, link in addresses_of(case.content):
        typed += 1
        if not re.match(r"\{\{-?\s*(links|store)\.", link):
            yield from _link(link, place)
    unfilled = [
        link for link in (*reader.links, *(src for src, _ in reader.pictures)) if _LEFT.search(link)
    ]
    if unfilled or "" in reader.links:
        yield stops("A link leads nowhere: a name in it was not filled in.", "Look at {{ … }}.")
    elif typed:
        yield fine(f"{typed} {'link leads' if typed == 1 else 'links lead'} somewhere.")


def _link(link: str, place: str) -> Iterator[Finding]:
    parts = urlsplit(re.sub(r"\{\{.*?\}\}", "x", link.strip()))
    if parts.scheme in ("mailto", "tel"):
        return
    if parts.scheme not in ("http", "https") or not parts.hostname:
        yield stops(f"“{link[:80]}” is no link.", "It begins with https://", place)
    elif _leads_nowhere(parts.hostname):
        yield stops(
            f"“{link[:80]}” leads to a computer that only you can reach.",
            "Use the address of your shop on the internet.",
            place,
        )
    elif parts.scheme == "http":
        yield warns(f"“{link[:80]}” is not encrypted.", "Use https://", place)


def _leads_nowhere(host: str) -> bool:
    if host in _HERE or host.endswith(_NOWHERE) or not re.search(r"[.:]", host):
        return True
    try:
        return not ip_address(host).is_global
    except ValueError:
        return False


def _way_out(mail: Seen, reader: Reader) -> Iterator[Finding]:
    if not mail.unsubscribe or mail.unsubscribe not in reader.links:
        yield stops(
            "The mail has no link to unsubscribe.",
            "Every mail with offers needs one. The frame of the mail brings it.",
        )
    elif mail.unsubscribe not in mail.text:
        yield stops("The plain part has no link to unsubscribe.", "Let it be made from the blocks.")
    else:
        yield fine("One click unsubscribes, in the mail and in its plain part.")
    if mail.unsubscribe.startswith("http:"):
        yield warns(
            "The link to unsubscribe is not encrypted.",
            "Give Shopbell a public address with https:// before you write to customers.",
        )


def _footer(case: Case, reader: Reader) -> Iterator[Finding]:
    first = case.facts.postal_address.strip().splitlines()[:1]
    if not first:
        yield stops(
            "The footer has no postal address; the law wants one in mails with offers.",
            "Write the address of your shop in the settings of the store.",
        )
    elif " ".join(first[0].split()) not in reader.words():
        yield stops("The postal address is not in the footer.", "Let the frame show the address.")
    else:
        yield fine("The footer names your postal address.")
