"""Answers without Markdown's signs, for channels that would show them: `**soon**` is "soon" there.

Only what a template or a rule says is changed. What somebody types leaves as it was typed.
"""

import re

from shopbell.conversations.models import Thread
from shopbell.messaging.ports import Medium

FORMATTING = (Medium.EMAIL, Medium.CHAT)  # bold type, lists and links reach the customer as such
_LINK = re.compile(r"\[([^\[\]\n]+)\]\((https?://[^\s()]+|mailto:[^\s()]+)\)")
_STRONG = re.compile(r"(\*\*|__|~~)(?=\S)(.+?)(?<=\S)\1")
_SOFT = re.compile(
    r"(?:^|(?<=[\s(\"'„“«»>]))([*_])(?=[^\s*_])([^*_\n]+)(?<=[^\s*_])\1(?![\w*_])", re.MULTILINE
)
_HEADING = re.compile(r"^#{1,6} +", re.MULTILINE)


def formats(thread: Thread) -> bool:
    """Whether bold type, lists and links reach the customer as such on a line."""
    return thread.answered_by in FORMATTING


def without_signs(text: str) -> str:
    """Return a text as it reads where Markdown is not shown as such; lists stay as they are."""
    text = _LINK.sub(_address, _HEADING.sub("", text))
    return _SOFT.sub(r"\2", _STRONG.sub(r"\2", text))


def _address(link: re.Match[str]) -> str:
    label, target = link[1].strip(), link[2].removeprefix("mailto:")
    return target if label in target else f"{label}: {target}"
