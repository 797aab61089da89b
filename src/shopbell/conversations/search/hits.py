"""Why a conversation is in the list: the words around the newest place where it says them."""

import re
import uuid
from collections.abc import Mapping, Sequence

from django.db.models.functions import Left
from django.utils.html import format_html
from django.utils.safestring import SafeString

from shopbell.conversations.models import Conversation, Entry, EntryKind
from shopbell.conversations.search.words import fold, wholes
from shopbell.kit.text import one_line

_BEFORE, _AFTER = 30, 90
_READ = 8_000  # characters of each entry


def hits_of(rows: Sequence[Conversation], words: str) -> Mapping[uuid.UUID, SafeString]:
    """Return for conversations the piece of text with the hit; those without one are missing."""
    asked = [re.escape(word[: max(3, len(word) - 2)]) for word in wholes(words)]
    if not asked or not rows:
        return {}
    wanted = re.compile(r"(?<!\w)(?:" + "|".join(sorted(asked, key=len, reverse=True)) + r")\w*")
    said = Entry.objects.filter(conversation__in=rows).exclude(kind=EntryKind.ACTIVITY)
    texts = said.annotate(start=Left("text", _READ)).order_by("-happened_at")
    found: dict[uuid.UUID, SafeString] = {}
    for key, text in texts.values_list("conversation_id", "start")[: 40 * len(rows)]:
        if key not in found and (hit := _marked(text, wanted)):
            found[key] = hit
    return found


def _marked(text: str, wanted: re.Pattern[str]) -> SafeString | None:
    line = one_line(text, _READ)
    place = wanted.search(fold(line))
    if place is None:
        return None
    start, end = _within(line, place.start(), place.end())
    begin = max(start - _BEFORE, 0)
    before = ("…" if begin else "") + line[begin:start]
    return format_html("{}<mark>{}</mark>{}", before, line[start:end], line[end : end + _AFTER])


def _within(line: str, start: int, end: int) -> tuple[int, int]:
    """Return where in a text a place of its folded form lies; folding may change the length."""
    if len(fold(line)) == len(line):
        return start, end
    length, found = 0, []
    for number, sign in enumerate(line):
        if length in (start, end):
            found.append(number)
        length += len(fold(sign))
    begin = found[0] if found else start
    return begin, found[1] if len(found) > 1 else begin + end - start
