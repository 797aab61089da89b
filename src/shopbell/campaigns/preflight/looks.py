"""All checks of one variant in one language, worst first."""

from collections.abc import Iterator

from shopbell.campaigns.content.blocks import LastOrder, walked
from shopbell.campaigns.preflight.claims import check_claims
from shopbell.campaigns.preflight.findings import (
    Case,
    Finding,
    fine,
    sorted_findings,
    stops,
    warns,
)
from shopbell.campaigns.preflight.mails import check_mail
from shopbell.campaigns.preflight.readability import check_readability
from shopbell.messaging.ports import Medium
from shopbell.messaging.segments import segments

MOST_PARTS = 2


def look_over(case: Case) -> list[Finding]:
    """Return everything that is to be said about one text."""
    checks = (
        _made, _phones, check_mail, check_claims, check_readability, _codes, _orders, _domain,
    )  # fmt: skip
    return sorted_findings(finding for check in checks for finding in check(case))


def _made(case: Case) -> Iterator[Finding]:
    for seen in case.seen:
        for problem in seen.problems:
            yield stops(problem, "Mend it; it cannot be sent like this.")
        for name in seen.missing:
            yield stops(
                f"“{name}” is empty for the person shown, so they would get nothing.",
                f"Say what to print instead: {{{{ {name} | default: '…' }}}}",
            )


def _phones(case: Case) -> Iterator[Finding]:
    for seen in case.seen:
        if seen.medium == Medium.EMAIL or seen.problems:
            continue
        if "{{" in seen.text or "{%" in seen.text:
            yield stops("The text has a name that nobody filled in.", "Look at {{ … }}.", "text")
        if seen.medium == Medium.SMS:
            size = segments(seen.text)
            if size.parts > MOST_PARTS:
                yield warns(
                    f"The text needs {size.parts} parts of SMS, and each one is paid.",
                    f"Make it shorter; {MOST_PARTS} parts are plenty.",
                    "text",
                )


def _codes(case: Case) -> Iterator[Finding]:
    codes, people = case.facts.codes, case.facts.people
    if not case.content.uses_codes():
        if codes:
            yield warns("There are codes, but the text prints none.", "Add a coupon, or leave it.")
        return
    if not codes:
        yield stops(
            "The text prints a code for each person, and there are none.",
            "Add codes, or write one code for everybody.",
        )
    elif codes < people:
        yield warns(
            f"There are {codes:,} codes for {people:,} people.",
            f"Add {people - codes:,} more, or those who come last are left out.",
        )
    else:
        yield fine(f"There are {codes:,} codes for {people:,} people.")


def _orders(case: Case) -> Iterator[Finding]:
    for place, block in walked(case.content.blocks):
        if isinstance(block, LastOrder) and not block.otherwise:
            yield warns(
                "Who has not ordered reads nothing in the place of the last order.",
                "Say what they read instead, or leave it.",
                f"{place}.otherwise",
            )


def _domain(case: Case) -> Iterator[Finding]:
    if not any(seen.medium == Medium.EMAIL for seen in case.seen):
        return
    facts = case.facts
    if facts.sandbox:
        yield warns(
            "Mails go to the sandbox, so no customer gets them.", "Connect a mailbox of your own."
        )
    elif not facts.sender:
        yield stops("No mailbox is connected to send from.", "Connect one first.")
    elif facts.domain is None:
        yield warns(
            f"Nobody has asked yet whether receivers can trust mail from {facts.sender}.",
            "Ask now; it takes some seconds.",
        )
    else:
        for ok, says, do in facts.domain:
            yield fine(says) if ok else warns(says, do)
