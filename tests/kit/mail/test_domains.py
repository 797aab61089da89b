"""What the DNS says about a sender, asked over UDP on loopback."""

import socket
import threading
from collections.abc import Iterator

import dns.message
import dns.rdatatype
import dns.resolver
import dns.rrset
import pytest

from shopbell.kit.mail.domains import Finding, Sender, check_domain

GOOD = {
    ("shop.com", "TXT"): ['"v=spf1 include:mail.com ~all"', '"something-else=1"'],
    ("s1._domainkey.shop.com", "TXT"): ['"v=DKIM1; k=rsa; p=MIGf" "MA0G"'],
    ("_dmarc.shop.com", "TXT"): ['"v=DMARC1; p=none"'],
    ("shop.com", "MX"): ["10 mx.shop.com."],
}
Zone = dict[tuple[str, str], list[str]]


class Server:
    """A name server that answers from a dict."""

    def __init__(self) -> None:
        self.zone: Zone = {}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._answer)
        self.thread.start()

    def _answer(self) -> None:
        while True:
            data, client = self.socket.recvfrom(4096)
            if data == b"stop":
                return
            query = dns.message.from_wire(data)
            question = query.question[0]
            kind = dns.rdatatype.to_text(question.rdtype)
            answer = dns.message.make_response(query)
            rows = self.zone.get((question.name.to_text(omit_final_dot=True), kind))
            if rows:
                answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *rows))
            self.socket.sendto(answer.to_wire(), client)

    def stop(self) -> None:
        self.socket.sendto(b"stop", self.socket.getsockname())
        self.thread.join()
        self.socket.close()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.stop()


def ask(server: Server, zone: Zone, sender: Sender | None = None) -> dict[str, Finding]:
    server.zone = zone
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = server.socket.getsockname()[1]
    found = check_domain(sender or Sender("shop.com", "s1"), resolver)
    return {finding.name.split()[0]: finding for finding in found}


def test_a_domain_in_order_is_well(server: Server) -> None:
    found = ask(server, GOOD)

    assert set(found) == {"SPF", "DKIM", "DMARC", "Mail"}
    assert all(finding.ok for finding in found.values())


def test_an_empty_domain_has_a_remedy_for_each(server: Server) -> None:
    found = ask(server, {})

    assert not any(finding.ok for finding in found.values())
    assert all(finding.remedy for finding in found.values())


def test_dkim_is_not_asked_without_a_selector(server: Server) -> None:
    assert "DKIM" not in ask(server, GOOD, Sender("shop.com"))


@pytest.mark.parametrize(
    ("name", "kind", "rows", "ill"),
    [
        ("shop.com", "TXT", ['"v=spf1 -all"', '"v=spf1 ~all"'], "SPF"),
        ("shop.com", "TXT", ['"v=spf1 +all"'], "SPF"),
        ("s1._domainkey.shop.com", "TXT", ['"v=DKIM1; p="'], "DKIM"),
        ("_dmarc.shop.com", "TXT", ['"v=DMARC1; p=maybe"'], "DMARC"),
        ("shop.com", "MX", ["0 ."], "Mail"),
    ],
)
def test_a_wrong_record_is_told(
    server: Server, name: str, kind: str, rows: list[str], ill: str
) -> None:
    found = ask(server, GOOD | {(name, kind): rows})

    assert [key for key, finding in found.items() if not finding.ok] == [ill]


def test_the_policy_of_the_parent_counts_for_a_subdomain(server: Server) -> None:
    zone = GOOD | {
        ("news.shop.com", "TXT"): ['"v=spf1 -all"'],
        ("news.shop.com", "MX"): ["10 mx.shop.com."],
    }

    assert ask(server, zone, Sender("news.shop.com"))["DMARC"].ok


def test_offline_it_says_that_it_could_not_ask() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = deaf.getsockname()[1]
        (finding,) = check_domain(Sender("shop.com"), resolver)

    assert finding.ok
    assert "Could not ask" in finding.sentence


def test_names_for_examples_are_not_asked() -> None:
    (finding,) = check_domain(Sender("lark.example"), dns.resolver.Resolver(configure=False))

    assert finding.ok
