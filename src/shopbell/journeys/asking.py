"""What a condition of a journey is true of: asked of the facts, for many people at once.

A newcomer's mistake: taking a segment that is gone for "no". Half of all conditions keep somebody
from being written to; nobody can tell which half.
"""

import uuid
from collections.abc import Collection

from shopbell.journeys.naming import names_now
from shopbell.journeys.steps import If, WaitRhythm
from shopbell.journeys.walking import Answered
from shopbell.journeys.words import span
from shopbell.kit.errors import Invalid
from shopbell.orders.rhythms import median_days_between_orders
from shopbell.segments.queries import among, members_among, segment_named, tree_named
from shopbell.segments.sql import flat


def answers_to(step: If | WaitRhythm, people: Collection[uuid.UUID]) -> dict[uuid.UUID, Answered]:
    """Return what is true of each at this moment, or how long their rhythm is.

    Raises:
        Invalid: it asks about a segment that is gone.
    """
    return rhythms_of(step, people) if isinstance(step, WaitRhythm) else _true_of(step, people)


def rhythms_of(step: WaitRhythm, people: Collection[uuid.UUID]) -> dict[uuid.UUID, Answered]:
    """Return the usual time between two orders of each, where there are two and it fits."""
    found: dict[uuid.UUID, Answered] = {}
    days = median_days_between_orders(people)
    for person in people:
        usual = days.get(person)
        if usual is None:
            found[person] = Answered(False, "There is only one order, so no rhythm yet")
        elif not step.least_days <= usual <= step.most_days:
            said = f"{usual} days between orders: outside of {step.least_days} to {step.most_days}"
            found[person] = Answered(False, said)
        else:
            minutes = usual * 24 * 60
            found[person] = Answered(True, f"{span(minutes)}, as usual between orders", minutes)
    return found


def _true_of(step: If, people: Collection[uuid.UUID]) -> dict[uuid.UUID, Answered]:
    says = names_now().question(step)
    if step.tree is not None:
        true = among(flat(step.tree, tree_named), people)
    else:
        row = segment_named(step.segment)
        if row is None:
            raise Invalid("The segment that is asked about is gone.")
        true = members_among(row, people)
    return {person: Answered(person in true, says) for person in people}
