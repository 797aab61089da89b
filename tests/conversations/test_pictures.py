"""Pictures from elsewhere in mails: not shown, counted, fetched by us alone, kept for some days."""

import html as entities
import io
import ipaddress
import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from PIL import Image

from shopbell.accounts.models import Staff, Store
from shopbell.conversations.models import PictureTrust, RemotePicture
from shopbell.conversations.original import from_elsewhere, harmless
from shopbell.conversations.pictures.addresses import (
    PREFIX,
    picture_address,
    read_address,
)
from shopbell.conversations.pictures.fetching import (
    FETCHER,
    NOTHING,
    load_picture,
    remote_picture,
)
from shopbell.conversations.pictures.trackers import tracker_of
from shopbell.conversations.tasks import drop_pictures
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.http import PublicFetcher
from shopbell.kit.media import is_kept
from tests.backoffice.market import Market, text_of
from tests.conversations.inbox_ground import Inbox, open_inbox
from tests.support.shop import make_store
from tests.support.site import Answer, Site

PAGES = "/s/lark/inbox/"
CUP = "https://pictures.example/cup.png"
HTML = (
    f'<p>Look</p><img src="{CUP}" alt="A cup"><img src="//pictures.example/b.png?a=1&amp;b=2">'
    '<img src="https://shop.list-manage.com/track/open.php?u=1" width="1" height="1">'
    '<img src="https://count.example/x.gif" width=1 height=1>'
)
HTMX = {"HX-Request": "true"}


def png(size: tuple[int, int] = (40, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (30, 90, 160)).save(out, "PNG")
    return out.getvalue()


def fetcher_to(place: Site) -> PublicFetcher:
    """Return our fetcher with the one change that loopback is public."""
    return PublicFetcher(
        resolve=lambda *_: ["127.0.0.1"],
        permitted=lambda _: True,
        ports=frozenset({place.port}),
        max_bytes=FETCHER.max_bytes,
        user_agent="",
    )


@pytest.fixture
def inbox(committed_db: None) -> Inbox:
    return open_inbox(Market.open())


@pytest.fixture
def store(db: None) -> Store:
    return make_store()


@pytest.fixture
def elsewhere() -> Iterator[Callable[[Answer | Callable[[str, str], Answer]], Site]]:
    opened: list[Site] = []

    def open_site(answer: Answer | Callable[[str, str], Answer]) -> Site:
        opened.append(Site(answer if callable(answer) else lambda *_: answer))
        return opened[-1]

    yield open_site
    for each in opened:
        each.close()


def frame(client: Client, action: str = "frame", code: int = 200) -> str:
    with store_scope(Store.objects.get(slug="lark").pk):
        key = _entry_key()
    address = f"{PAGES}1/entries/{key}/{action}/"
    send = client.get if action == "frame" else client.post
    answer = send(address, headers=HTMX)
    assert answer.status_code == code, answer.content.decode()[:2000]
    return entities.unescape(answer.content.decode())


def _entry_key() -> object:
    from shopbell.conversations.models import Entry

    return Entry.objects.get(kind="incoming").pk


def document(client: Client, page: str) -> tuple[str, str]:
    """Return the framed mail of a fragment, and its content policy."""
    address = re.search(r'<iframe[^>]* src="([^"]+)"', page)
    assert address is not None
    answer = client.get(address[1])
    return answer.content.decode(), answer.headers["Content-Security-Policy"]


# --- seen in the mail


def test_pictures_are_counted_and_trackers_named() -> None:
    found = from_elsewhere(HTML)
    assert found.addresses == [CUP, "https://pictures.example/b.png?a=1&b=2"]
    assert found.trackers == ["Mailchimp", "count.example"]


@pytest.mark.parametrize(
    "sly",
    [
        '<img src=" https://pictures.example/a.png">',
        '<img src="HTTPS://pictures.example/a.png">',
        '<img src="https:\n//pictures.example/a.png">',
        '<img srcset="https://pictures.example/a.png 2x" src="x">',
        '<img title="<img src=&quot;https://pictures.example/a.png&quot;>" src="https://pictures.example/b">',
        '<div style="background-image:url(https://pictures.example/a.png)">x</div>',
        '<table background="https://pictures.example/a.png"><tr><td>x</td></tr></table>',
        '<picture><source srcset="https://pictures.example/a.png"><img src="https://pictures.example/a"></picture>',
        '<svg><image href="https://pictures.example/a.png"/></svg>',
        '<video poster="https://pictures.example/a.png"></video>',
        '<link rel="stylesheet" href="https://pictures.example/a.css">',
        '<style>@import url(https://pictures.example/a.css)</style>',
        '<input type="image" src="https://pictures.example/a.png">',
        '<math><mtext><img src="https://pictures.example/a"></mtext></math>',
        '<img src="https://pictures.example/a" onerror="alert(1)"><img src=//pictures.example/a>',
    ],
)  # fmt: skip
def test_however_it_is_written_nothing_from_elsewhere_is_left(sly: str) -> None:
    plain = harmless(sly)
    assert not re.search(r'(?:src|background|href|poster|srcset)="[^"]*pictures\.example', plain)
    assert "url(" not in plain
    ours = harmless(sly, ours=lambda address: "/ours/")
    for value in re.findall(r'<img[^>]*? src="([^"]*)"', ours):
        assert value in ("/ours/", "")
    assert "alert" not in ours


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://u1.ct.sendgrid.net/wf/open?upn=x", "SendGrid"),
        ("https://links.shop.example/wf/open?upn=x", "SendGrid"),
        ("https://abc.r.eu-west-1.awstrack.me/I0/x", "Amazon SES"),
        ("https://track.hubspot.com/__ptq.gif?a=1", "HubSpot"),
        ("https://www.facebook.com/tr?id=1", "Facebook"),
        ("https://mandrillapp.com/track/open.php?u=1", "Mandrill"),
        ("https://www.google-analytics.com/collect?v=1", "Google"),
        ("https://x.mjt.lu/oo/abc/e.gif", "Mailjet"),
        ("https://gallery.mcusercontent.com/cup.png", ""),
        ("https://notfacebook.com/tr", ""),
        ("https://shop.example/facebook.com/tr", ""),
        ("https://[", ""),
        (CUP, ""),
    ],
)
def test_known_trackers_are_known_by_their_place(address: str, name: str) -> None:
    assert tracker_of(address) == name


@pytest.mark.parametrize(
    ("sizes", "is_one"),
    [
        ({"width": "1", "height": "1"}, True),
        ({"width": "0"}, True),
        ({"style": "width:1px; height:1px"}, True),
        ({"style": "width: 2px !important;height:1px"}, True),
        ({"width": "1", "height": "20"}, False),
        ({"width": "1"}, False),
        ({"width": "100%", "height": "auto"}, False),
        ({"style": "line-height:1; border-width:1px"}, False),
        ({}, False),
    ],
)
def test_what_nobody_can_see_is_a_tracker(sizes: dict[str, str], is_one: bool) -> None:
    assert bool(tracker_of(CUP, **sizes)) is is_one


@pytest.mark.parametrize(
    "deep",
    [
        "<div>" * 190_000,
        "<b><a><font>" * 70_000,
        "<table><tr><td>" * 60_000,
        "<div></i>" * 100_000,
        '<div title="<">' * 60_000,
    ],
)
def test_a_mail_nested_without_end_is_shown_as_words_at_once(deep: str) -> None:
    begun = time.monotonic()
    page = harmless(f"{deep}<p>One of the cups &lt;i&gt; is cracked</p>" + "</div>" * 10)
    assert time.monotonic() - begun < 3
    assert "nested too deep" in page


def test_an_ordinary_mail_of_many_tables_is_drawn() -> None:
    rows = "<tr><td><p>a<br><img src='cid:x'><li>b</td></tr>" * 3_000
    assert "<td>" in harmless(f"<table>{rows}</table>" + "<div><span>x</span></div>" * 3_000)


# --- fetched


def test_the_sender_sees_our_request_and_nothing_of_who_asks(
    store: Store, elsewhere: Callable[[Answer], Site]
) -> None:
    place = elsewhere((200, {"content-type": "image/png", "set-cookie": "who=1"}, png()))
    for _ in range(3):
        found = remote_picture(store, f"{place.url}/cup.png?id=7", fetcher=fetcher_to(place))
        assert found is not None
        assert found.content_type == "image/png"
    [(method, path, headers, body)] = place.seen  # once: then it is kept
    assert (method, path, body) == ("GET", "/cup.png?id=7", b"")
    assert set(headers) == {"host", "accept", "accept-encoding"}
    with store_scope(store.pk):
        [row] = RemotePicture.objects.all()
    assert "127.0.0.1" not in f"{row.key}{row.file}{row.trouble}"


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("text/html", png()),
        ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("image/png", b"<html><script>alert(1)</script></html>"),
        ("image/png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("image/png", b"\x89PNG\r\n\x1a\n" + b"\0" * (6 * 1024 * 1024)),
        ("image/png", b""),
    ],
)
def test_what_is_no_picture_is_not_shown(
    store: Store, elsewhere: Callable[[Answer], Site], kind: str, content: bytes
) -> None:
    place = elsewhere((200, {"content-type": kind}, content))
    assert remote_picture(store, place.url, fetcher=fetcher_to(place)) is None


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/a.png",
        "http://[::1]/a.png",
        "http://169.254.169.254/latest/meta-data/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::ffff:7f00:1]/",
        "http://user@pictures.example/",
        "http://10.0.0.1/",
        "https://pictures.example:22/",
        "ftp://pictures.example/",
        "file:///etc/passwd",
    ],
)
def test_places_inside_are_refused(store: Store, address: str) -> None:
    assert remote_picture(store, address) is None
    with store_scope(store.pk):
        assert "not fetched" in RemotePicture.objects.get().trouble


def test_a_way_around_by_a_redirect_is_refused(
    store: Store, elsewhere: Callable[[Answer], Site]
) -> None:
    inside = elsewhere((200, {"content-type": "image/png"}, png()))
    place = elsewhere((302, {"location": f"http://localhost:{inside.port}/"}, b""))
    outside = PublicFetcher(
        resolve=lambda host, _: ["127.0.0.1" if host == "localhost" else "127.0.0.2"],
        permitted=lambda address: address != ipaddress.ip_address("127.0.0.1"),
        ports=frozenset({place.port, inside.port}),
    )
    assert remote_picture(store, f"http://pictures.example:{place.port}/", fetcher=outside) is None
    assert inside.seen == []


def test_a_tiny_picture_that_only_came_to_light_is_drawn_as_nothing(
    store: Store, elsewhere: Callable[[Answer], Site]
) -> None:
    place = elsewhere((200, {"content-type": "image/gif"}, png((1, 1))))
    found = remote_picture(store, place.url, fetcher=fetcher_to(place))
    assert found is not None
    assert found.content == NOTHING


def test_known_trackers_are_not_even_asked(store: Store) -> None:
    assert remote_picture(store, "https://mandrillapp.com/track/open.php?u=1") is None
    with store_scope(store.pk):
        assert not RemotePicture.objects.exists()


def test_what_failed_is_tried_again_and_what_came_is_not_kept_for_ever(
    store: Store, elsewhere: Callable[[Callable[[str, str], Answer]], Site]
) -> None:
    answers = iter([(503, {}, b""), (200, {"content-type": "image/png"}, png())])
    place = elsewhere(lambda *_: next(answers))
    door, now = fetcher_to(place), clock.now()
    assert remote_picture(store, place.url, fetcher=door) is None
    assert remote_picture(store, place.url, fetcher=door) is None
    assert len(place.seen) == 1
    with clock.at(now + timedelta(minutes=11)):
        assert remote_picture(store, place.url, fetcher=door) is not None
    with store_scope(store.pk):
        file = RemotePicture.objects.get().file
    drop_pictures(0)
    assert is_kept(file)
    with clock.at(now + timedelta(days=8)):
        drop_pictures(0)
    assert not is_kept(file)
    with store_scope(store.pk):
        assert not RemotePicture.objects.exists()


# --- by whom


def test_only_staff_of_the_store_load_and_only_what_was_signed(store: Store) -> None:
    """S-12: a signed address is of one person, one store, one picture and five minutes."""
    other = make_store("wren")
    with store_scope(store.pk):
        ours = Staff.objects.get().user
    with store_scope(other.pk):
        theirs = Staff.objects.get().user
    address = picture_address(user_id=ours.pk, store="lark", address=CUP)
    told = address.removeprefix(f"{PREFIX}lark/")
    assert read_address("lark", told) is not None
    with time_machine.travel(clock.now() + timedelta(minutes=5, seconds=2), tick=False):
        assert read_address("lark", told) is None
    assert read_address("wren", told) is None
    assert read_address("lark", told[:-1]) is None
    assert read_address("lark", CUP) is None
    with clock.at(clock.now()):
        stranger = picture_address(user_id=theirs.pk, store="lark", address=CUP)
        assert load_picture("lark", stranger.removeprefix(f"{PREFIX}lark/")) is None
    with store_scope(store.pk):
        assert not RemotePicture.objects.exists()
    assert picture_address(user_id=ours.pk, store="lark", address=CUP + "x" * 3000) == ""


# --- on the page


def test_nothing_is_shown_until_somebody_asks(inbox: Inbox) -> None:
    inbox.write("Look", by_mail=True, email="mara@mail.example", html=HTML)
    client = inbox.market.person()
    page = frame(client)
    assert "2 pictures from elsewhere are not shown" in page
    assert "Tracking pictures of Mailchimp, count.example were not loaded." in page
    assert "Always from mara@mail.example" in page
    html, policy = document(client, page)
    assert "pictures.example" not in html
    assert "img-src data:;" in policy


def test_show_them_gives_this_person_this_mail_for_some_minutes(inbox: Inbox) -> None:
    inbox.write("Look", by_mail=True, email="mara@mail.example", html=HTML)
    client = inbox.market.person()
    page = frame(client, "pictures")
    assert "Pictures from elsewhere are shown" in page
    html, policy = document(client, page)
    assert html.count(f'src="{PREFIX}lark/') == 2
    assert "pictures.example" not in html
    assert f"img-src data: http://testserver{PREFIX}lark/" in policy
    assert "list-manage" not in html
    light, _ = document(inbox.market.person("light"), page)  # somebody else's mark is none
    assert PREFIX not in light
    assert "not shown" in frame(client)  # the next time it is asked again


def test_a_sender_is_trusted_until_that_is_taken_back(inbox: Inbox) -> None:
    inbox.write("Look", by_mail=True, email="mara@mail.example", html=HTML)
    client = inbox.market.person()
    assert "No longer from mara@mail.example" in frame(client, "trust")
    assert "are shown" in frame(client)
    assert "mara@mail.example" in text_of(client, f"{PAGES}pictures/")
    assert "2 pictures" in frame(client, "block")
    frame(client, "trust")
    with store_scope(inbox.market.bench.store.pk):
        key = PictureTrust.objects.get().pk
    assert client.post(f"{PAGES}pictures/{key}/drop/").status_code == 302
    assert "2 pictures" in frame(client)
    assert "Nobody yet" in text_of(client, f"{PAGES}pictures/")


def test_a_forged_sender_gains_nothing_from_that_trust(inbox: Inbox) -> None:
    denied = {"authenticated": "fail"}
    inbox.write("Look", by_mail=True, email="mara@mail.example", html=HTML, data=denied)
    client = inbox.market.person()
    frame(client, "trust")
    page = frame(client)
    assert "2 pictures from elsewhere are not shown" in page
    assert "Always from" not in page


def test_a_light_agent_may_look_and_not_decide_for_all(inbox: Inbox) -> None:
    inbox.write("Look", by_mail=True, email="mara@mail.example", html=HTML)
    light = inbox.market.person("light")
    assert "are shown" in frame(light, "pictures")
    assert "Always from" not in frame(light)
    frame(light, "trust", 403)


def test_a_mail_without_any_says_nothing(inbox: Inbox) -> None:
    inbox.write("Look", by_mail=True, html='<p>Hi</p><img src="cid:x">')
    assert "desk-pictures" not in frame(inbox.market.person())
