"""Working off a batch together although the same thing may stand in it twice."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable


def apart[T](items: Iterable[T], key: Callable[[T], Hashable]) -> list[list[T]]:
    """Return items in rounds, in their order, so that no round has the same key twice.

    The second thing of a key is in the second round, and so on: what belongs together stays in
    order, and a batch in which nothing repeats is one round.
    """
    rounds: list[list[T]] = []
    times: Counter[Hashable] = Counter()
    for item in items:
        name = key(item)
        if times[name] == len(rounds):
            rounds.append([])
        rounds[times[name]].append(item)
        times[name] += 1
    return rounds
