"""What the cleaner leaves of hostile mails (S-05), without a browser: only what it lets through."""

import re

import pytest

from shopbell.conversations.original import harmless
from tests.conversations.hostile_html import hostile_mails

# nh3 writes every attribute in double quotes, so a tag ends where it seems to.
_TAG = re.compile(r"<(\w[\w-]*)((?:\s+[\w:-]+=\"[^\"]*\")*)\s*/?>")
_ATTRIBUTE = re.compile(r"([\w:-]+)=\"([^\"]*)\"")
_UNKNOWN = (
    r"script|style|svg|math|form|input|button|select|textarea|i?frame|frameset|object|embed|link|"
    r"meta|base|video|audio|source|track|template|dialog|map|area|noscript|xmp|title|portal"
)
_NO_ATTRIBUTE = r"on.*|id|name|class|srcset|background|poster|ping|target|action|formaction|is"
_HARMFUL_STYLE = re.compile(r"position|url\(|image|transform|opacity|animation|--|float|@|\\", re.I)


def body_of(html: str) -> str:
    return html.partition("<body>")[2].removesuffix("</body></html>")


def test_nothing_dangerous_is_left_of_any_of_them() -> None:
    for mail in hostile_mails("http://canary.example"):
        body = body_of(harmless(mail.html))
        for name, written in _TAG.findall(body):
            assert not re.fullmatch(_UNKNOWN, name), (mail.html[-300:], name)
            for attribute, value in _ATTRIBUTE.findall(written):
                assert not re.fullmatch(_NO_ATTRIBUTE, attribute), (mail.html[-300:], attribute)
                assert attribute != "style" or not _HARMFUL_STYLE.search(value), value
                assert attribute != "href" or "script:" not in value.lower(), value
                assert attribute != "src" or value == "", value
        assert "<" not in _TAG.sub("", re.sub(r"</\w+>", "", body)), mail.html[-300:]


@pytest.mark.parametrize(
    "place",
    ["/s/lark/inbox/", "inbox/", "#top", "?x", "https:/s/lark/", "http:x", "/\\evil.example",
     "\\\\evil.example", "///x", "javascript:alert(1)", "data:text/html,x", "cid:x", ""],
)  # fmt: skip
def test_a_link_never_leads_into_our_own_pages(place: str) -> None:
    """Such a link would open our page in a tab of its own, with the agent signed in."""
    assert "href" not in body_of(harmless(f'<a href="{place}">x</a>'))


@pytest.mark.parametrize(
    "place", ["https://shop.example/a?b=1&c", "//shop.example/a", "mailto:a@b.example", "tel:+4930"]
)
def test_links_to_elsewhere_stay(place: str) -> None:
    assert "href" in body_of(harmless(f'<a href="{place}">x</a>'))
