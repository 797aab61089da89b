"""Addresses with which a tester provokes an outcome. Everybody else's messages arrive.

A newcomer's mistake: reading the display name. Only the part before the @ or the last four digits
of a number decide.
"""

from shopbell.messaging.ports import FailureCode, Medium, Outcome, OutcomeKind

_OUTCOMES: dict[str, Outcome] = {
    "bounce": Outcome(
        OutcomeKind.PERMANENT,
        code=FailureCode.UNKNOWN_ADDRESS,
        detail="550 5.1.1 The sandbox knows nobody here.",
    ),
    "full": Outcome(
        OutcomeKind.PERMANENT,
        code=FailureCode.MAILBOX_FULL,
        detail="552 5.2.2 This sandbox mailbox is full.",
    ),
    "blocked": Outcome(
        OutcomeKind.PERMANENT,
        code=FailureCode.BLOCKED,
        detail="554 5.7.1 The sandbox does not like this sender.",
    ),
    "slow": Outcome(OutcomeKind.TEMPORARY, detail="451 4.3.0 The sandbox asks you to wait."),
    "doubt": Outcome(
        OutcomeKind.IN_DOUBT, detail="The sandbox hung up after the last byte, without an answer."
    ),
}
_NUMBERS = {"0001": "bounce", "0002": "full", "0003": "blocked", "0004": "slow", "0005": "doubt"}


def provoked(address: str, medium: Medium) -> Outcome | None:
    """Return the outcome an address asks for, or None: the message arrives.

    `bounce@…`, also with a tag (`bounce+tea@…`); phone numbers that end in 000 and a digit.
    """
    if medium is Medium.EMAIL:
        return _OUTCOMES.get(address.partition("@")[0].partition("+")[0].lower())
    digits = "".join(character for character in address if character.isdigit())
    return _OUTCOMES.get(_NUMBERS.get(digits[-4:], ""))
