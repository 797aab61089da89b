"""Files and the virus scanner (S-03): what is infected or not looked at yet is handed to nobody."""

import io
import json
import uuid
import zipfile
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.test import Client

from shopbell.conversations.actions import upload_file
from shopbell.conversations.models import Attachment, Conversation, Scan
from shopbell.conversations.ports import IncomingFile
from shopbell.conversations.scans import run_scans
from shopbell.kit.antivirus import Scanner
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.kit.errors import Invalid, Permanent, Temporary
from tests.backoffice.market import Market, text_of
from tests.conversations.ground import agent
from tests.conversations.inbox_ground import PIXEL, Inbox, open_inbox
from tests.conversations.post import add_mailbox, deliver
from tests.support.clamd import EICAR, Clamd

PAGE = "/s/lark/inbox/1/"


@pytest.fixture
def daemon(settings: LazySettings) -> Iterator[Clamd]:
    with Clamd() as daemon:
        settings.CLAMAV = daemon.address
        yield daemon


@pytest.fixture
def inbox(committed_db: None) -> Inbox:
    return open_inbox(Market.open())


def gets(inbox: Inbox, content: bytes, name: str = "box.png", kind: str = "image/png") -> None:
    inbox.write("Look.", files=(IncomingFile(name, kind, content),))


def files(inbox: Inbox) -> list[Attachment]:
    with store_scope(inbox.market.bench.store.pk):
        return list(Attachment.objects.order_by("created_at", "id"))


def answer_to(client: Client, file: Attachment, query: str = "") -> tuple[int, bytes]:
    answer = client.get(f"/s/lark/inbox/files/{file.pk}/{query}")
    return answer.status_code, answer.content


def test_a_file_waits_for_the_scanner_and_is_then_handed_out(inbox: Inbox, daemon: Clamd) -> None:
    client = inbox.market.person()
    gets(inbox, PIXEL)
    [file] = files(inbox)
    assert answer_to(client, file, "?show")[0] == 409
    page = text_of(client, PAGE)
    assert "Being checked for viruses" in page
    assert f"files/{file.pk}" not in page
    assert run_scans() == 1
    assert answer_to(client, file, "?show") == (200, PIXEL)
    assert f"files/{file.pk}" in client.get(PAGE).content.decode()


def test_an_infected_file_is_handed_to_nobody_until_the_signatures_are_mended(
    inbox: Inbox, daemon: Clamd
) -> None:
    client = inbox.market.person()
    gets(inbox, EICAR, "invoice.pdf", "application/pdf")
    run_scans()
    [file] = files(inbox)
    status, content = answer_to(client, file)
    assert status == 409
    assert EICAR not in content
    page = text_of(client, PAGE)
    assert "The virus scanner found Eicar-Test-Signature" in page
    # when somebody has it looked at again
    again = f"/s/lark/inbox/files/{file.pk}/scan/"
    assert client.get(again).status_code == 405
    assert client.post(again).status_code == 204
    run_scans()
    assert answer_to(client, file)[0] == 409
    daemon.knows = False
    client.post(again)
    assert answer_to(client, file)[0] == 409  # not before it has been looked at
    run_scans()
    assert answer_to(client, file) == (200, EICAR)


def test_a_scanner_that_is_away_loses_nothing(
    inbox: Inbox, settings: LazySettings, daemon: Clamd
) -> None:
    daemon.stop()
    gets(inbox, PIXEL)
    assert run_scans() == 1
    [file] = files(inbox)
    assert file.scanned == "pending"
    assert run_scans() == 0  # not asked again at once
    with Clamd() as other, unscoped("test"):
        settings.CLAMAV = other.address
        Scan.objects.update(due_at="2020-01-01T00:00Z")
        assert run_scans() == 1
    assert files(inbox)[0].scanned == "clean"


def test_what_came_by_mail_is_looked_at_too(committed_db: None, daemon: Clamd) -> None:
    market = Market.open()
    box = add_mailbox(market.bench.store)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("invoice.com", EICAR)
    deliver(box, _mail_with(packed.getvalue()))
    run_scans()
    with store_scope(market.bench.store.pk):
        [file] = Attachment.objects.all()
    assert (file.name, file.malware) == ("invoice.zip", "Eicar-Test-Signature")


def _mail_with(content: bytes) -> bytes:
    from email.message import EmailMessage

    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "mara@mail.example", "hello@lark.example", "Invoice"
    made.set_content("See the invoice.")
    made.add_attachment(content, maintype="application", subtype="zip", filename="invoice.zip")
    return made.as_bytes(policy=made.policy.clone(linesep="\r\n"))


def test_what_a_colleague_attaches_is_looked_at_before_it_is_kept(
    inbox: Inbox, daemon: Clamd
) -> None:
    entry = inbox.write("Hello")
    store = inbox.market.bench.store
    with store_scope(store.pk):
        row, ada = Conversation.objects.get(pk=entry.conversation_id), agent(store)
        with pytest.raises(Invalid, match="found Eicar-Test-Signature"):
            upload_file(conversation=row, by=ada, name="a.pdf", content=EICAR)
        assert upload_file(conversation=row, by=ada, name="b.png", content=PIXEL).scanned == "clean"
        daemon.stop()
        with pytest.raises(Invalid, match="does not answer"):
            upload_file(conversation=row, by=ada, name="c.png", content=PIXEL)
        assert Attachment.objects.count() == 1


def test_a_visitor_gets_no_file_back_that_is_infected(inbox: Inbox, daemon: Clamd) -> None:
    client = Client()
    session = client.post("/widget/lark/session", "{}", content_type="application/json").json()
    token = {"Authorization": f"Bearer {session['token']}"}
    sent = client.post(
        f"/widget/lark/files?client_id={uuid.uuid4()}&name=box.png",
        EICAR, content_type="application/octet-stream", headers=token,
    )  # fmt: skip
    assert sent.status_code == 202, sent.content
    [file] = sent.json()["entry"]["files"]
    for _ in range(2):  # before it was looked at, and after
        answer = client.get(f"/widget/lark/files/{file['id']}", headers=token)
        assert answer.status_code == 409
        assert EICAR not in answer.content
        run_scans()


def test_pictures_inside_a_mail_are_left_out_until_they_were_looked_at(
    inbox: Inbox, daemon: Clamd
) -> None:
    entry = inbox.write(
        "See", by_mail=True, html='<p>Broken:</p><img src="cid:cup">',
        files=(IncomingFile("cup.png", "image/png", PIXEL, content_id="<cup>", inline=True),),
    )  # fmt: skip
    client = inbox.market.person()
    address = f"/s/lark/inbox/1/entries/{entry.pk}/original/"
    assert b"data:image/png" not in client.get(address).content
    run_scans()
    assert b"data:image/png" in client.get(address).content


def test_without_a_scanner_files_are_handed_out_as_they_are(
    inbox: Inbox, settings: LazySettings
) -> None:
    settings.CLAMAV = ""
    gets(inbox, PIXEL)
    [file] = files(inbox)
    assert file.scanned == ""
    assert answer_to(inbox.market.person(), file, "?show") == (200, PIXEL)
    assert run_scans() == 0


def test_the_protocol_is_kept_with_large_and_too_large_files() -> None:
    with Clamd(most=300_000) as daemon:
        scanner = Scanner(daemon.address)
        assert scanner.scan(b"x" * 299_999) == ""
        assert scanner.scan(b"x" * 200_000 + EICAR) == "Eicar-Test-Signature"
        with pytest.raises(Permanent, match="files of this size"):
            scanner.scan(b"x" * 5_000_000)
        assert scanner.version().startswith("ClamAV ")
    with pytest.raises(Temporary, match="virus scanner at"):
        scanner.scan(b"x")


def test_a_file_that_is_too_large_for_the_scanner_can_be_had_and_says_so(
    inbox: Inbox, daemon: Clamd
) -> None:
    daemon.most = 1_000
    gets(inbox, PIXEL + bytes(2_000))
    run_scans()
    client = inbox.market.person()
    assert answer_to(client, files(inbox)[0])[0] == 200
    assert "Too large for the virus scanner" in text_of(client, PAGE)


def test_the_api_says_what_the_scanner_said(inbox: Inbox, daemon: Clamd) -> None:
    from shopbell.api.schemas.conversations import file_out

    gets(inbox, EICAR)
    run_scans()
    [file] = files(inbox)
    assert json.loads(file_out(file).model_dump_json())["scanned"] == "infected"
