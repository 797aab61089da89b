"""S-05: hostile HTML mails in Chromium, as an agent sees them. Nothing runs, loads or leaves.

A newcomer's mistake: believing a test in which nothing happens. So the same attacks are opened once
with neither our cleaning nor our frame, and there the alarm has to ring.
"""

import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import batched

import pytest
from django.http import HttpResponse
from playwright.sync_api import Browser, BrowserContext, Page

from shopbell.conversations.models import Entry
from shopbell.conversations.original import harmless
from shopbell.kit.db.scope import store_scope
from shopbell.web.framing import untrusted_document
from tests.conversations.hostile_html import HostileMail, hostile_mails
from tests.conversations.inbox_ground import PIXEL, Inbox
from tests.support.site import Answer, Site, site

pytestmark = pytest.mark.browser
PICTURES = "/mail-pictures/lark/"
KNOWN = """
a abbr acronym article aside b bdi bdo blockquote br caption center cite code col colgroup data dd
del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup hr i img
ins kbd li mark nav ol p pre q rp rt rtc ruby s samp section small span strike strong sub summary
sup table tbody td th thead time tr tt u ul var wbr
"""
BODY = re.compile(r"(?s)<body>(.*)</body>")
BARE = "<iframe></iframe>"
OURS = '<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer">'
LISTEN = "window.alarms = []; addEventListener('message', (told) => alarms.push(told.data))"
OPEN = """async ([frame, addresses]) => {
  document.querySelector('#hostile')?.remove();
  const box = document.createElement('div');
  box.id = 'hostile';
  document.body.append(box);
  const model = Object.assign(document.createElement('template'), {innerHTML: frame}).content
    .querySelector('iframe');
  await Promise.all(addresses.map((address) => new Promise((done) => {
    const one = model.cloneNode();
    one.onload = done;
    one.src = address;
    box.append(one);
  })));
}"""
PRESS = """() => {
  for (const it of document.querySelectorAll('a, area, button, input, p'))
    if (!/^(https?|mailto|tel):/.test(it.closest('[href]')?.href || '')) it.click?.();
}"""
PRESS_WITHIN = f"""() => {{
  for (const frame of document.querySelectorAll('#hostile iframe'))
    if (frame.contentDocument) (({PRESS.replace("() =>", "(document) =>")}))(frame.contentDocument);
}}"""
# What the browser itself makes of a cleaned mail, whatever the cleaner thought it was.
FAULTS = r"""(known) => [...document.body.querySelectorAll('*')].flatMap((it) => {
  const look = getComputedStyle(it);
  const leads = it.hasAttribute('href') && !(/^(https?|mailto|tel):$/.test(it.protocol)
    && /^\s*((https?:)?\/\/|mailto:|tel:)/i.test(it.getAttribute('href')));
  const named = [...it.attributes].map((one) => one.name).filter((name) =>
    /^(on.*|id|name|class|srcset|background|poster|ping|target|action|formaction|usemap|is)$/
      .test(name));
  const wrong = it.namespaceURI !== 'http://www.w3.org/1999/xhtml'
    || !known.split(/\s+/).includes(it.localName);
  const drawn = look.position !== 'static' || look.backgroundImage !== 'none'
    || look.listStyleImage !== 'none' || look.transform !== 'none';
  return wrong || leads || named.length || drawn ? [it.outerHTML.slice(0, 200)] : [];
})"""  # fmt: skip


@dataclass(slots=True)
class Stage:
    """A page whose frames hold documents. What else they ask for lands in `asked`."""

    page: Page
    place: Site
    documents: dict[str, HttpResponse] = field(default_factory=dict)

    def answer(self, path: str) -> Answer:
        """Answer as our pages, or as whoever wrote the mails."""
        if path == "/":
            return 200, {"content-type": "text/html"}, b"<!doctype html><title>Stage</title>"
        if document := self.documents.get(path):
            return 200, dict(document.items()), document.content
        if path.endswith(".js"):
            return 200, {}, f"top.postMessage({path.split('/')[2]},'*')".encode()
        if path.startswith(("/hit/", PICTURES)):
            return 200, {"content-type": "image/png"}, PIXEL
        return 404, {}, b""

    def serve(self, documents: Iterable[HttpResponse]) -> None:
        """Have documents ready, and hear anew."""
        self.documents = {f"/frames/{at}": made for at, made in enumerate(documents)}
        self.place.seen.clear()
        self.page.goto("/")
        self.page.evaluate(LISTEN)

    def show(self, frame: str, documents: Iterable[HttpResponse]) -> list[str]:
        """Open documents in such frames and press all there is; return what is wrong in them."""
        self.serve(documents)
        return [it for some in batched(self.documents, 60) for it in _shown(self.page, frame, some)]

    @property
    def ran(self) -> set[int]:
        """The mails whose scripts have run."""
        return set(self.page.evaluate("alarms"))

    @property
    def asked(self) -> set[str]:
        """What was asked for besides the documents and pictures by our own addresses."""
        known = ("/frames/", PICTURES, "/favicon.ico")
        return {
            path for _, path, _, _ in self.place.seen if path != "/" and not path.startswith(known)
        }

    @property
    def stays(self) -> bool:
        """Whether nothing opened a window or took the page elsewhere."""
        return len(self.page.context.pages) == 1 and self.page.url == f"{self.place.url}/"


@pytest.fixture
def stage(chromium: Browser) -> Iterator[Stage]:
    """Return an empty page on a site that hears everything."""
    stages: list[Stage] = []
    with site(lambda method, path: stages[0].answer(path)) as place:
        window = chromium.new_context(base_url=place.url)
        stages.append(Stage(window.new_page(), place))
        yield stages[0]
        window.close()


def _shown(page: Page, frame: str, addresses: Iterable[str]) -> list[str]:
    page.evaluate(OPEN, [frame, list(addresses)])
    faults = []
    for each in [frame for frame in page.frames if frame.parent_frame == page.main_frame]:
        each.evaluate(PRESS)
        faults += each.evaluate(FAULTS, KNOWN)
    return faults


def _cleaned(mails: Iterable[HostileMail], place: Site) -> Iterator[str]:
    """Yield documents of forty mails each, with pictures from elsewhere by addresses of ours."""

    def ours(address: str) -> str:
        return f"{place.url}{PICTURES}{len(address)}"

    for some in batched(mails, 40):
        documents = [harmless(mail.html, ours=ours) for mail in some]
        bodies = [found[1] for found in map(BODY.search, documents) if found]
        assert len(bodies) == len(documents)
        yield "<!doctype html><body>{}</body>".format(
            "".join(f"<section>{body}</section>" for body in bodies)
        )


def test_without_cleaning_and_frame_the_alarm_rings(stage: Stage) -> None:
    plain = [mail for mail in hostile_mails(stage.place.url) if mail.plain]
    families = {mail.family for mail in plain}

    # given the mails as they came, when they are opened as ordinary pages
    stage.serve(HttpResponse(mail.html) for mail in plain)
    for some in batched(stage.documents, 60):
        stage.page.evaluate(OPEN, ["<iframe></iframe>", list(some)])
        stage.page.evaluate(PRESS_WITHIN)

    # then script runs and the writer learns of it, by attacks of every family
    asked = {int(path.split("/")[2]) for path in stage.asked if path.startswith("/hit/")}
    assert {mail.family for mail in plain if mail.number in stage.ran | asked} == families
    assert len(stage.ran | asked) > 0.85 * len(plain)

    # and when only the cleaning is missing, the frame lets nothing run or be sent
    stage.show(OURS, (untrusted_document(mail.html) for mail in plain[::3]))
    assert (stage.ran, stage.asked, stage.stays) == (set(), set(), True)


def test_what_is_left_of_2300_mails_is_harmless_even_without_our_frame(stage: Stage) -> None:
    mails = list(hostile_mails(stage.place.url))
    assert len(mails) > 2_300
    cleaned = list(_cleaned(mails, stage.place))
    for frame, answer in ((BARE, HttpResponse), (OURS, _answered(stage))):
        assert stage.show(frame, map(answer, cleaned)) == []
        assert (stage.ran, stage.asked, stage.stays) == (set(), set(), True)


def test_the_real_page_shows_them_in_peace(inbox: Inbox, window: BrowserContext) -> None:
    with site((200, {}, b"")) as place:
        mails = [mail for mail in hostile_mails(place.url) if mail.plain][::4]
        keys = _stored(inbox, mails)
        page = window.new_page()
        page.goto("/s/lark/inbox/1/")
        page.evaluate(LISTEN)
        frame = page.evaluate(
            "async (path) => (await fetch(path)).text()",
            f"/s/lark/inbox/1/entries/{keys[0]}/frame/",
        )
        addresses = [f"/s/lark/inbox/1/entries/{key}/original/" for key in keys]
        faults = [fault for some in batched(addresses, 60) for fault in _shown(page, frame, some)]
        assert faults == []
        assert page.evaluate("alarms") == []
        assert place.seen == []
        assert len(window.pages) == 1
        assert page.url.endswith("/s/lark/inbox/1/")


def _stored(inbox: Inbox, mails: list[HostileMail]) -> list[uuid.UUID]:
    first = inbox.write("Look", by_mail=True, html="<p>Look</p>")
    with store_scope(inbox.market.bench.store.pk):
        rows = [
            Entry(
                store_id=first.store_id,
                conversation_id=first.conversation_id,
                thread_id=first.thread_id,
                kind=first.kind,
                text="Look",
                html=mail.html.replace("\x00", ""),
            )
            for mail in mails
        ]
        return [row.pk for row in Entry.objects.bulk_create(rows)]


def _answered(stage: Stage) -> Callable[[str], HttpResponse]:
    """Return what makes our view's answer of a cleaned mail whose pictures are shown."""
    return lambda html: untrusted_document(html, pictures_from=f"{stage.place.url}{PICTURES}")
