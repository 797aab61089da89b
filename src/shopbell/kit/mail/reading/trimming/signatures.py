"""Takes the signature off the end of somebody's words: “-- ” and “Sent from my iPhone”.

A newcomer's mistake: taking “Best regards, Mia” away. A greeting belongs to what was said.
"""

import re

from shopbell.kit.mail.reading.trimming.phrases import FOOTER, MOBILE

_DELIMITER = re.compile(r"\s{0,3}(?:--|—|––|__)\s*$")
_MOST_LINES = 25


def signature_start(lines: list[str]) -> int:
    """Return where the signature begins; the number of lines if there is none."""
    end = _mobile_start(lines)
    for at in range(max(0, end - _MOST_LINES), end):
        if _DELIMITER.match(lines[at]) and any(line.strip() for line in lines[:at]):
            return _mobile_start(lines[:at])
    return end


def _mobile_start(lines: list[str]) -> int:
    end = len(lines)
    for at in range(len(lines) - 1, -1, -1):
        line = lines[at].strip()
        if not line:
            continue
        if len(line) > 160 or not (MOBILE.match(line) or FOOTER.match(line)):
            break
        end = at
    return end
