"""How simulated customers answer when they are asked whether everything is right.

The id of the message chooses who answers and what, so that asking twice gives the same.
"""

import re
from datetime import datetime
from urllib.parse import urlencode

from shopbell.demo.posts import Post
from shopbell.feedback.catalogue import KIND
from shopbell.messaging.models import Message

SHARE = 60  # of a hundred who are asked
BAD = 12  # of a hundred who answer
_LINK = re.compile(r"https?://[^\s/]+(/a/[\w.-]+)")
_WORDS = {
    "en": {
        "good": ("", "", "All fine, thank you!", "Well packed. The honey is lovely."),
        "bad": (
            "One jar was broken, and the oil is all over the box.",
            "There is one item less than I ordered.",
            "",
        ),
    },
    "de": {
        "good": ("", "", "Alles bestens, danke!", "Gut verpackt. Der Honig schmeckt."),
        "bad": ("Ein Glas ist zerbrochen.", "Es fehlt etwas aus meiner Bestellung.", ""),
    },
}


def answer_to(message: Message, now: datetime) -> Post | None:
    """Return what somebody sends from the page behind a question; None: they do not answer."""
    link = _LINK.search(message.text) if message.kind == KIND else None
    lot = message.pk.int >> 16 & 0xFFFF
    if link is None or lot % 100 >= SHARE:
        return None
    answer = "bad" if lot // 100 % 100 < BAD else "good"
    words = _WORDS["de" if message.locale.startswith("de") else "en"][answer]
    body = urlencode({"answer": answer, "comment": words[lot // 7 % len(words)]}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return Post(link[1], headers, body, now)
