"""Who uses a segment: packages above say so, so that one in use is not thrown away.

A package calls `tell_uses` in its `rules` room with a function that returns, for a segment's id,
what uses it, such as "the journey Win-back".
"""

import uuid
from collections.abc import Callable

type Uses = Callable[[uuid.UUID], list[str]]

_TOLD: list[Uses] = []


def tell_uses(uses: Uses) -> None:
    """Let a package say what of it uses a segment."""
    if uses not in _TOLD:
        _TOLD.append(uses)


def uses_of(segment_id: uuid.UUID) -> list[str]:
    """Return what uses a segment, in words."""
    return [line for uses in _TOLD for line in uses(segment_id)]
