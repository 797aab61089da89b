"""The saved reply with which agents answer in an announcement's words while it runs."""

import re

from shopbell.accounts.models import Store
from shopbell.announcements.models import Announcement, Telling
from shopbell.announcements.words import words_in
from shopbell.conversations.actions.saved import Also, drop_saved_reply, save_reply
from shopbell.conversations.models import SavedReply
from shopbell.conversations.saved import VARIABLES

_PRINTED = re.compile(r"\{\{-?\s*([\w.]+)[^}]*\}\}")
_TAG = re.compile(r"\{%.*?%\}", re.DOTALL)
_SAME = {
    "links.track": "order.tracking_link",
    "affected.numbers": "order.number",
    "customer.name": "customer.name",
}


def keep_words_for_agents(store: Store, telling: Telling) -> None:
    """Write the words of the newest telling into the announcement's saved reply."""
    announcement = telling.announcement
    said = words_in(telling.texts)[store.locale]
    announcement.saved_reply = save_reply(
        name=_free_name(announcement),
        text=as_saved_reply(said.mail or said.text),
        also=Also(tag=announcement.tag),
        saved=announcement.saved_reply,
    )
    announcement.save(update_fields=["saved_reply"])


def drop_words_for_agents(announcement: Announcement) -> None:
    """Take the saved reply away: what it says is over."""
    if announcement.saved_reply is not None:
        saved, announcement.saved_reply = announcement.saved_reply, None
        announcement.save(update_fields=["saved_reply"])
        drop_saved_reply(saved=saved)


def as_saved_reply(text: str) -> str:
    """Return Liquid as a saved reply; what it cannot fill stays a gap, which is never sent."""

    def gap(found: re.Match[str]) -> str:
        name = _SAME.get(found[1], found[1])
        return "{{" + name + "}}" if name in VARIABLES else "{{" + found[1] + "}}"

    return _PRINTED.sub(gap, _TAG.sub("", text))


def _free_name(announcement: Announcement) -> str:
    if announcement.saved_reply is not None:
        return announcement.saved_reply.name
    wanted = announcement.name[:90]
    taken = set(SavedReply.objects.filter(name__startswith=wanted).values_list("name", flat=True))
    numbered = (f"{wanted} ({number})" for number in range(2, 1000))
    return wanted if wanted not in taken else next(each for each in numbered if each not in taken)
