"""How long a message rests that was refused for now (R-30).

Exponential with full jitter: after n refusals any time between now and base x 2^n, never above the
ceiling. What piled up behind a provider in trouble comes back spread out, not as a herd. A
newcomer's mistake: adding jitter below what the provider asked for. Nothing goes before that.
https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

import random

from shopbell.messaging.ports import Backoff

LONGEST_WISH = 6 * 3600.0  # a provider that asks for longer is asked again after this
_LATE = 0.1  # of what it asks for, so that not all come back in the same second


def pause_after(failures: int, backoff: Backoff, wished: float | None = None) -> float:
    """Return the seconds until the next try. `failures`: before this one; `wished`: Retry-After."""
    if wished is not None and wished > 0:
        return asked_for(wished)
    ceiling = min(backoff.ceiling, backoff.base * 2.0 ** min(failures, 30))
    return random.uniform(backoff.least, max(backoff.least, ceiling))  # noqa: S311  (spreads retries)


def asked_for(wished: float) -> float:
    """Return what a provider asks for, a little later, within reason."""
    wished = min(max(wished, 0.0), LONGEST_WISH)
    return wished * random.uniform(1.0, 1.0 + _LATE)  # noqa: S311  (spreads retries)
