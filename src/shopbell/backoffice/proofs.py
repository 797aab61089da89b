"""What proves a permission, in words: the keys of `ConsentEvent.proof` as people read them.

A newcomer's mistake: leaving out what one does not know. Whatever was kept as a proof is shown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shopbell.consent.models import ConsentEvent
from shopbell.messaging.regions import country_name
from shopbell.messaging.titles import medium_name


@dataclass(frozen=True, slots=True)
class Proved:
    """One line of a proof; `at` stands behind the words."""

    words: str
    at: datetime | None = None


def proof_of(event: ConsentEvent) -> list[Proved]:
    """Return what was kept with an event, the best proof first."""
    proof = dict(event.proof)
    found: list[Proved] = []
    for keys, say in _LINES:
        if all(proof.get(key) for key in keys[:1]):
            line = say(proof)
            for key in keys:
                proof.pop(key, None)
            if line is not None:
                found.append(line)
    rest = {key: value for key, value in proof.items() if value and key not in _SILENT}
    return found + [Proved(f"{key.replace('_', ' ').capitalize()}: {rest[key]}") for key in rest]


def _confirmed(proof: dict[str, Any]) -> Proved:
    if proof.get("confirmed_by"):
        name = medium_name(str(proof["confirmed_by"]))
        said = f"Confirmed by a message from the phone itself, by {name} (double opt-in),"
        return Proved(said, _time(proof, "confirmed_at"))
    where = f" from {proof['confirmed_from']}" if proof.get("confirmed_from") else ""
    return Proved(
        f"Confirmed by the link in the mail (double opt-in){where},", _time(proof, "confirmed_at")
    )


def _single(proof: dict[str, Any]) -> Proved:
    where = country_name(str(proof["single_opt_in"]))
    return Proved(f"Counted at once (single opt-in), as the rules say for {where}")


def _asked(proof: dict[str, Any]) -> Proved:
    where = f" from {proof['asked_from']}" if proof.get("asked_from") else ""
    return Proved(f"Asked for{where},", _time(proof, "asked_at"))


def _form(proof: dict[str, Any]) -> Proved:
    version = f", wording {proof['version']}" if proof.get("version") else ""
    return Proved(f"Form “{proof['form']}”{version}")


def _words(proof: dict[str, Any]) -> Proved:
    number = f" from {proof['number']}" if proof.get("number") else ""
    return Proved(f"Said “{proof['words']}”{number}")


def _time(proof: dict[str, Any], key: str) -> datetime | None:
    try:
        return datetime.fromisoformat(str(proof[key]))
    except ValueError:
        return None


_LINES: tuple[tuple[tuple[str, ...], Callable[[dict[str, Any]], Proved | None]], ...] = (
    (("confirmed_at", "confirmed_from", "confirmed_by", "double_opt_in"), _confirmed),
    (("asked_at", "asked_from"), _asked),
    (("form", "version"), _form),
    (("single_opt_in",), _single),
    (("told_by", "request"), lambda proof: Proved(f"Told by the {proof['told_by']}")),
    (("order",), lambda proof: Proved(f"With the order {proof['order']}")),
    (("version",), lambda proof: Proved(f"Wording {proof['version']}")),
    (("page",), lambda proof: Proved(f"On the page {proof['page']}")),
    (("address",), lambda proof: Proved(f"For the address {proof['address']}")),
    (("words", "number"), _words),
    (("conversation",), lambda proof: Proved(f"In conversation #{proof['conversation']}")),
    (("message",), lambda proof: Proved(f"By the link of message {proof['message']}")),
    (("sent_message",), lambda proof: Proved(f"Message {proof['sent_message']}")),
    (("double_opt_in",), lambda _: Proved("The shop says that it was confirmed by mail")),
    (("event",), lambda proof: Proved(f"Told by the shop, entry {proof['event']} of the log")),
)
# Ours alone: what a STOP took away, and the row of a sign-up, whose facts stand above.
_SILENT = ("had", "signup")
