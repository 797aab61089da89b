"""Doing actions one after the other: what fails is told, and the rest goes on."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from django.db import transaction

from shopbell.automations.models import RunState
from shopbell.automations.sentences import say_action
from shopbell.conversations.actions.timeline import acting_as
from shopbell.conversations.rulebook import ACTIONS, Case
from shopbell.kit.errors import ShopbellError

log = structlog.get_logger()

type Stored = Mapping[str, Any]
type Outcome = dict[str, Any]


def do_actions(actions: Sequence[Stored], case: Case) -> list[Outcome]:
    """Do the actions with a case and return one outcome each: `{"says", "done", "why"}`."""
    outcomes = []
    with acting_as("" if case.by else case.origin):
        for stored in actions:
            outcomes.append(_do(stored, case))
            case.renew()
    return outcomes


def _do(stored: Stored, case: Case) -> Outcome:
    action = ACTIONS.get(str(stored.get("key")))
    says = say_action(stored)
    if action is None:
        return {"says": says, "done": False, "why": "This installation does not know it."}
    values = stored.get("values", {})
    try:
        if why := action.refuses(case, values):
            return {"says": says, "done": False, "why": why}
        with transaction.atomic():
            return {"says": action.run(case, values), "done": True, "why": ""}
    except ShopbellError as error:
        return {"says": says, "done": False, "why": error.message}
    except Exception as error:  # one action's fault must not stop the others
        log.exception("automations.action_failed", action=action.key)
        why = f"It broke: {type(error).__name__}. The log of the server says more."
        return {"says": says, "done": False, "why": why}


def would_do(actions: Sequence[Stored], case: Case) -> list[Outcome]:
    """Return what the actions would do, without doing them."""
    outcomes = []
    for stored in actions:
        action = ACTIONS.get(str(stored.get("key")))
        values = stored.get("values", {})
        why = action.refuses(case, values) if action else "This installation does not know it."
        shows = action.shows(case, values) if action else ""
        says = action.label if action and shows else say_action(stored)
        outcomes.append({"says": says, "done": not why, "why": why, "shows": shows})
    return outcomes


def state_of(outcomes: Sequence[Outcome]) -> RunState:
    """Return how a run with these outcomes ended."""
    done = [outcome["done"] for outcome in outcomes]
    if all(done):
        return RunState.DONE
    return RunState.PARTLY if any(done) else RunState.FAILED
