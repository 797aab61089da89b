"""Mails that must end here: our own coming back, and those that go round in circles."""

import re
import uuid

from shopbell.kit.mail.reading import Mail, Nature
from shopbell.messaging.models import Message
from shopbell.messaging.queries import messages_by_message_ids

LOOP_HOPS = 50
OUR_IDS = "<m."  # how all Message-IDs of ours begin (see `messaging.envelopes`)
_RECEIVED = re.compile(r"^received:", re.I | re.M)
_OURS = re.compile(r"^x-shopbell-message:\s*([0-9a-f-]{36})\s*$", re.I | re.M)


def own_loop(mail: Mail) -> str:
    """Return why a mail is dropped as a loop, or "".

    The mark of another installation is none: a shop may write to another shop.
    """
    if len(_RECEIVED.findall(mail.headers_text)) >= LOOP_HOPS:
        return f"It came through {LOOP_HOPS} servers or more: a loop."
    if mail.nature == Nature.OWN_LOOP:
        return "A mail of this installation came back."
    if mail.message_id.startswith(OUR_IDS) and messages_by_message_ids([mail.message_id]):
        return "A mail of ours came back."
    found = _OURS.search(mail.headers_text)
    if found and Message.objects.filter(pk=_uuid(found[1])).exists():
        return "A mail of ours came back."
    return ""


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)
