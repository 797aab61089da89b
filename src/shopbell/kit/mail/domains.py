"""What the DNS says about a domain mails come from: SPF, DKIM, DMARC, MX.

Asked by the doctor and by jobs, never while a page is made: it takes seconds. A newcomer's
mistake: calling a silent DNS server a fault of the domain. Offline, we say that we could not ask,
and that is no failure.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import dns.exception
import dns.resolver

_SECONDS = 4.0
_RESERVED = (".example", ".test", ".invalid", ".localhost", ".local", ".internal")
_RESERVED_NAMES = ("example.com", "example.net", "example.org", "localhost")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `remedy` is empty when all is well."""

    name: str
    ok: bool
    sentence: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """A domain mails come from, and its DKIM selector where it is known."""

    domain: str
    selector: str = ""


def check_domain(
    sender: Sender, resolver: dns.resolver.Resolver | None = None
) -> Iterator[Finding]:
    """Check one domain, with this machine's resolver unless another is given."""
    name = f"mail from {sender.domain}"
    if sender.domain.endswith(_RESERVED) or sender.domain in _RESERVED_NAMES:
        yield Finding(name, True, f"{sender.domain} is a name for examples; it has no DNS.")
        return
    try:
        resolver = resolver or dns.resolver.get_default_resolver()
        yield _spf(sender, resolver)
        if sender.selector:
            yield _dkim(sender, resolver)
        yield _dmarc(sender, resolver)
        yield _mx(sender, resolver)
    except dns.exception.DNSException:
        yield Finding(name, True, f"Could not ask the DNS about {sender.domain} just now.")


def sender_of(address: str, selector: str = "") -> Sender:
    """Return the sender of an address such as `Shop <hello@shop.example>`."""
    return Sender(address.rpartition("@")[2].rstrip("> ").lower(), selector)


def _texts(resolver: dns.resolver.Resolver, name: str) -> list[str]:
    """Return the TXT records; none when there are none.

    Raises:
        dns.exception.DNSException: nobody could be asked.
    """
    try:
        answer = resolver.resolve(name, "TXT", lifetime=_SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    return [b"".join(record.strings).decode(errors="replace") for record in answer]


def _spf(sender: Sender, resolver: dns.resolver.Resolver) -> Finding:
    domain, name = sender.domain, f"SPF of {sender.domain}"
    records = [text for text in _texts(resolver, domain) if text.lower().split(" ")[0] == "v=spf1"]
    if not records:
        return Finding(
            name,
            False,
            f"{domain} does not say which servers may send its mail.",
            f"Add a TXT record at {domain}: v=spf1 include:<your mail provider> ~all",
        )
    if len(records) > 1:
        return Finding(
            name,
            False,
            f"{domain} has {len(records)} SPF records; receivers then ignore all of them.",
            "Merge them into one TXT record.",
        )
    if "+all" in records[0].lower().split() or "all" in records[0].lower().split():
        return Finding(
            name,
            False,
            f"The SPF record of {domain} allows every server in the world.",
            "End it with ~all or -all.",
        )
    return Finding(name, True, f"{domain} says which servers may send its mail.")


def _dkim(sender: Sender, resolver: dns.resolver.Resolver) -> Finding:
    where = f"{sender.selector}._domainkey.{sender.domain}"
    name = f"DKIM of {sender.domain}"
    for text in _texts(resolver, where):
        tags = _tags(text)
        if tags.get("p"):
            return Finding(name, True, f"The signing key of {sender.domain} is published.")
        if "p" in tags:
            return Finding(
                name,
                False,
                f"The signing key at {where} was withdrawn.",
                "Publish the current key of your mail provider.",
            )
    return Finding(
        name,
        False,
        f"There is no signing key at {where}.",
        "Add the DKIM record your mail provider shows you.",
    )


def _dmarc(sender: Sender, resolver: dns.resolver.Resolver) -> Finding:
    name = f"DMARC of {sender.domain}"
    labels = sender.domain.split(".")
    for start in range(len(labels) - 1):
        where = "_dmarc." + ".".join(labels[start:])
        for text in _texts(resolver, where):
            tags = _tags(text)
            if tags.get("v", "").upper() == "DMARC1":
                if tags.get("p") in ("none", "quarantine", "reject"):
                    return Finding(name, True, f"{sender.domain} has a DMARC policy: {tags['p']}.")
                return Finding(
                    name,
                    False,
                    f"The DMARC record at {where} has no valid policy.",
                    "Give it p=none, p=quarantine or p=reject.",
                )
    return Finding(
        name,
        False,
        f"{sender.domain} has no DMARC record; large receivers want one.",
        f"Add a TXT record at _dmarc.{sender.domain}: v=DMARC1; p=none",
    )


def _mx(sender: Sender, resolver: dns.resolver.Resolver) -> Finding:
    name = f"Mail to {sender.domain}"
    try:
        answer = resolver.resolve(sender.domain, "MX", lifetime=_SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return Finding(
            name,
            False,
            f"{sender.domain} takes no mail, so replies and bounces get lost.",
            "Add an MX record, or send from a domain that has one.",
        )
    if all(str(record.exchange) == "." for record in answer):
        return Finding(
            name,
            False,
            f"{sender.domain} refuses all mail (its MX says so).",
            "Send from a domain that takes replies.",
        )
    return Finding(name, True, f"{sender.domain} takes mail.")


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {key.strip().lower(): value.strip() for key, _, value in pairs if key.strip()}
