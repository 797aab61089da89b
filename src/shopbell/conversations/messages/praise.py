"""Comments without a word: hearts and clapping hands ask for nothing, and nobody has to answer.

A newcomer's mistake: sorting out by words. "Nice, but where is mine?" waits for a person; only what
has no word and no sign of displeasure at all is let through.
"""

import re
import unicodedata

from shopbell.messaging.ports import Written, WrittenKind

PRAISE = "praise"  # nature of such an entry
_NAMED = re.compile(r"@[\w.]+")
_DISPLEASED = frozenset("😠😡🤬😤😞😢😭💔👎🤮🤢💩🖕😒🙄😕😟😩😫😖🚫⛔❌❓❔⁉")


def is_praise(written: Written) -> bool:
    """Whether a public comment is signs only, and none of them displeased. A name alone is not."""
    if written.kind != WrittenKind.COMMENT or written.files:
        return False
    left = _NAMED.sub("", written.text)
    signs = [sign for sign in left if not sign.isspace()]
    if not signs or any(sign in _DISPLEASED for sign in signs):
        return False
    if any(unicodedata.category(sign)[0] in "LN" or sign in "?!" for sign in signs):
        return False
    return any(unicodedata.category(sign) == "So" for sign in signs)
