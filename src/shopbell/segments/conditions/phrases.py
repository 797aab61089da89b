"""How numbers and spans of time are said in conditions."""

from shopbell.segments.vocabulary import Values


def days(number: int) -> str:
    """Return a span: `the last day`, `the last 90 days`."""
    return "the last day" if number == 1 else f"the last {number} days"


def hours(number: int) -> str:
    """Return a span in hours."""
    return "the last hour" if number == 1 else f"the last {number} hours"


def times(number: int) -> str:
    """Return how often: `once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def within(values: Values, name: str = "days") -> str:
    """Return ` in the last 90 days`, or nothing where any time will do."""
    number = values.get(name) or 0
    return f" in {days(number)}" if number else ""


def listed(words: list[str]) -> str:
    """Return `a`, `a or b`, `a, b or c`."""
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
