"""What a message brought beyond what would have happened anyway: those who got it beside those who
by chance did not.

Pure functions. For the share of people who ordered: the difference of two proportions with
Newcombe's interval, which is made of Wilson's two and stays right for small shares and few people.
For revenue: the difference of two means with Welch's interval; with as many people as are asked for
here the normal distribution does for Student's. A newcomer's mistake: reading an interval around
zero as "no effect". It says that there were too few people to tell.
"""

from dataclasses import dataclass
from math import sqrt

Z = 1.959964  # 95 %
FEWEST = 30  # people on each side; with fewer, nothing is said
FEWEST_ORDERS = 10  # on both sides together, before anything is said about money


@dataclass(frozen=True, slots=True)
class Side:
    """People who were treated alike: how many, how many ordered, sum and squares of revenue."""

    people: int
    ordered: int
    revenue: float = 0.0
    squares: float = 0.0

    @property
    def share(self) -> float:
        """Return the part that ordered."""
        return self.ordered / self.people if self.people else 0.0

    @property
    def mean(self) -> float:
        """Return the revenue for each person."""
        return self.revenue / self.people if self.people else 0.0

    @property
    def variance(self) -> float:
        """Return how far the revenue of people lies apart."""
        if self.people < 2:
            return 0.0
        return max(0.0, (self.squares - self.people * self.mean**2) / (self.people - 1))


@dataclass(frozen=True, slots=True)
class Between:
    """A difference with the interval that it lies in, 95 % sure."""

    difference: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Return whether it is sure that there is a difference."""
        return self.low > 0 or self.high < 0


def wilson(ordered: int, people: int) -> tuple[float, float]:
    """Return the interval of a share."""
    share, square = ordered / people, Z * Z
    middle = share + square / (2 * people)
    wide = Z * sqrt(share * (1 - share) / people + square / (4 * people * people))
    scale = 1 + square / people
    return max(0.0, (middle - wide) / scale), min(1.0, (middle + wide) / scale)


def more_orders(with_it: Side, without: Side) -> Between | None:
    """Return how many more of each person ordered; None: too few people."""
    if min(with_it.people, without.people) < FEWEST:
        return None
    low_1, high_1 = wilson(with_it.ordered, with_it.people)
    low_2, high_2 = wilson(without.ordered, without.people)
    one, two = with_it.share, without.share
    difference = one - two
    down = sqrt((one - low_1) ** 2 + (high_2 - two) ** 2)
    up = sqrt((high_1 - one) ** 2 + (two - low_2) ** 2)
    return Between(difference, difference - down, difference + up)


def more_revenue(with_it: Side, without: Side) -> Between | None:
    """Return how much more revenue came for each person; None: too few people or orders."""
    if min(with_it.people, without.people) < FEWEST:
        return None
    if with_it.ordered + without.ordered < FEWEST_ORDERS:
        return None
    wide = Z * sqrt(with_it.variance / with_it.people + without.variance / without.people)
    difference = with_it.mean - without.mean
    return Between(difference, difference - wide, difference + wide)


TOO_FEW = "Too few people to tell."


def orders_in_words(found: Between | None) -> str:
    """Return what is sure about orders, in words for people."""
    if found is None:
        return TOO_FEW
    low, high = 100 * found.low, 100 * found.high
    if found.low > 0:
        return f"Between {_n(low)} and {_n(high)} more orders in 100 people than without it."
    if found.high < 0:
        return f"Between {_n(-high)} and {_n(-low)} fewer orders in 100 people than without it."
    return f"{TOO_FEW} It lies between {_n(-low)} fewer and {_n(high)} more orders in 100 people."


def _n(value: float) -> str:
    value = abs(value)
    return f"{value:.1f}" if value >= 0.1 or value == 0 else f"{value:.2f}"
