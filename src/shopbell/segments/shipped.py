"""The eight stages of a customer, as segments that come with Shopbell.

They overlap on purpose: a loyal customer may have left a cart behind. A shop may change what a
stage means for it; the key stays, so what uses the stage keeps its meaning.
"""

from typing import Any

from shopbell.kit import clock
from shopbell.segments.models import Segment
from shopbell.segments.sql import needs_of
from shopbell.segments.tree import read

type Stage = tuple[str, str, str, dict[str, Any]]

_NEVER = {"is": "orders", "compare": "most", "number": 0}
STAGES: tuple[Stage, ...] = (
    (
        "new_visitor", "New visitor", "Got to know you lately and has not ordered yet.",
        {"all": [{"is": "first_seen", "days": 30}, _NEVER]},
    ),
    (
        "cart_abandoned", "Cart abandoned", "Filled a cart and went away without ordering.",
        {"all": [{"is": "cart", "hours": 72}]},
    ),
    (
        "new_buyer", "New buyer", "Ordered for the first time in the last 30 days.",
        {"all": [
            {"is": "orders", "compare": "exactly", "number": 1},
            {"is": "last_order", "days": 30},
        ]},
    ),
    (
        "recent_buyer", "Recent buyer", "Ordered again in the last 30 days.",
        {"all": [
            {"is": "orders", "compare": "least", "number": 2},
            {"is": "last_order", "days": 30},
        ]},
    ),
    (
        "engaged", "Engaged", "Ordered in the last half year, though not in the last 30 days.",
        {"all": [{"is": "last_order", "days": 180}, {"not": "last_order", "days": 30}]},
    ),
    (
        "loyal", "Loyal", "Ordered three times or more within a year.",
        {"all": [{"is": "ordered", "times": 3, "days": 365}]},
    ),
    (
        "lapsed", "Lapsed", "Has ordered, though not for half a year.",
        {"all": [
            {"is": "orders", "compare": "least", "number": 1},
            {"not": "last_order", "days": 180},
        ]},
    ),
    (
        "complaining", "Complaining", "Has a conversation with you that is not settled.",
        {"all": [{"is": "open_conversation"}]},
    ),
)  # fmt: skip


def add_shipped() -> int:
    """Give the store in scope those of the stages that it lacks; returns how many were added."""
    known = set(Segment.objects.exclude(key="").values_list("key", flat=True))
    names = set(Segment.objects.values_list("name", flat=True))
    fresh = []
    for key, name, note, definition in STAGES:
        if key in known:
            continue
        tree = read(definition)
        needs = needs_of(tree)
        fresh.append(
            Segment(
                key=key,
                name=f"{name} (stage)" if name in names else name,
                note=note,
                definition=tree.to_json(),
                facts=sorted(needs.facts),
                relative=needs.relative,
                due_at=clock.now(),
                changed_at=clock.now(),
                changed_as="Shopbell",
            )
        )
    return len(Segment.objects.bulk_create(fresh, ignore_conflicts=True)) if fresh else 0
