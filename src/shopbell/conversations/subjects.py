"""Subjects without what mail programs put before them."""

import re

# "Re:" in many languages, also counted: "Re[2]:".
_ANSWERS = re.compile(r"^(?:(?:re|aw|antw|sv|vs|rif|odp)(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)


def bare_subject(subject: str) -> str:
    """Return the subject of the matter, whoever answers: "Re: AW: Cups" is "Cups"."""
    return _ANSWERS.sub("", subject)
