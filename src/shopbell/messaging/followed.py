"""Links in offers that count who follows them, and telling people from machines.

    prepare: the links of a mail lead through us   →  somebody follows one, and is sent on at once
    →  the click waits ten seconds  →  counted for a person, or noted as a machine's

Only where the store wants it and the customer agreed to being measured, as of now. Mail filters
open links before people do: what says that it is a machine, what follows a link within two seconds
of the mail's arrival, and who follows all links at once, is none. Where a link leads stands in the
message, so that nobody can make it lead elsewhere. A newcomer's mistake: taking back a click that
was counted. States only move forward, so a click is judged before it counts.
"""

import html
import re
import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Coalesce

from shopbell.accounts.links import sign
from shopbell.accounts.models import Store
from shopbell.consent.queries import current_consents, is_granted
from shopbell.events.pump import Pump, claim, register
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.engagement import record_click
from shopbell.messaging.models import FollowedLink, Message
from shopbell.messaging.policy import policy_of

PURPOSES = frozenset({"marketing"})  # what buyers must be told is not measured
TOO_SOON = timedelta(seconds=2)
AT_ONCE = timedelta(seconds=10)
SEVERAL = 3  # who follows fewer links than this may be a person in a hurry
_ANCHOR = re.compile(r'(<a\b[^>]*?\shref=")(https?://[^"]+)(")', re.IGNORECASE)
_OURS = re.compile(r'(?<=href=")[^"]*/l/[\w.-]+/(\d+)(?=")')


def count_links(store: Store, messages: Sequence[Message]) -> None:
    """Let the links of these mails lead through us, where that is allowed."""
    for message in messages:
        message.data.pop("links", None)
    asked = [m for m in messages if m.purpose in PURPOSES and m.html and m.origin != "test"]
    if not asked or not policy_of(store).track_clicks:
        return
    consents = current_consents({m.customer_id for m in asked if m.customer_id})
    for message in asked:
        if message.customer_id and is_granted(consents, (message.customer_id, "tracking", "email")):
            message.html = _through_us(store, message)


def _through_us(store: Store, message: Message) -> str:
    """Return the mail with links of ours; the same address is the same link wherever it stands."""
    links: dict[str, int] = {}
    base = f"{settings.BASE_URL}/l/{sign(store, 'link', message.pk)}"

    def replaced(found: re.Match[str]) -> str:
        address = html.unescape(found[2])
        if address.startswith(f"{settings.BASE_URL}/"):  # choices, tracking: these count themselves
            return found[0]
        return f"{found[1]}{base}/{links.setdefault(address, len(links))}{found[3]}"

    text = _ANCHOR.sub(replaced, message.html)
    if links:
        message.data["links"] = list(links)
    return text


def with_true_links(message: Message, text: str) -> str:
    """Return the HTML of a mail with the addresses that it leads to."""
    links = message.data.get("links") or []

    def replaced(found: re.Match[str]) -> str:
        place = int(found[1])
        return html.escape(links[place]) if place < len(links) else found[0]

    return _OURS.sub(replaced, text) if links else text


def is_measured(store: Store, message: Message) -> bool:
    """Return whether clicks of this customer may be counted right now."""
    if not policy_of(store).track_clicks or message.customer_id is None:
        return False
    consents = current_consents([message.customer_id])
    return is_granted(consents, (message.customer_id, "tracking", "email"))


@transaction.atomic
def follow_link(*, store: Store, message: Message, place: int, is_machine: bool) -> None:
    """Note that a link was followed; whether by a person is decided when others would be, too."""
    if not is_measured(store, message):
        return
    now = clock.now()
    arrived = message.delivered_at or message.sent_at or message.handed_at
    if is_machine or arrived is None or now - arrived < TOO_SOON:
        note_machine(message=message)
        return
    row = FollowedLink(message=message, place=place, at=now, due_at=now + AT_ONCE, attempts=0)
    FollowedLink.objects.bulk_create([row], ignore_conflicts=True)


def note_machine(*, message: Message) -> None:
    """Note that a machine followed links of a message."""
    if message.scanned_at is None:
        Message.objects.filter(pk=message.pk).update(scanned_at=Coalesce("scanned_at", clock.now()))


def is_a_scan(followed: Sequence[FollowedLink], links: int) -> bool:
    """Return whether these clicks on one mail are a machine's: several links at once."""
    places = {row.place for row in followed}
    if len(places) < SEVERAL:
        return False
    times = sorted(row.at for row in followed)
    return len(places) >= links or times[SEVERAL - 1] - times[0] < TOO_SOON


def run_clicks() -> int:
    """Judge the clicks that have waited."""
    rows = claim(table="messaging_followedlink", columns="t.id, t.store_id", where="true")
    stores: dict[int, list[uuid.UUID]] = defaultdict(list)
    for key, store_id in rows:
        stores[store_id].append(key)
    for store_id, keys in stores.items():
        with store_scope(store_id):
            _judge(keys)
    return len(rows)


def _judge(keys: Sequence[uuid.UUID]) -> None:
    due = FollowedLink.objects.filter(pk__in=keys)
    rows = FollowedLink.objects.filter(message__in=due.values("message")).select_for_update()
    by_message: dict[uuid.UUID, list[FollowedLink]] = defaultdict(list)
    for row in rows.order_by("at", "id"):
        by_message[row.message_id].append(row)
    messages = Message.objects.defer("html", "text").in_bulk(list(by_message))
    for key, followed in by_message.items():
        first = followed[0].at
        together = [row for row in followed if row.at - first <= AT_ONCE]
        message = messages[key]
        if is_a_scan(together, len(message.data.get("links") or [])):
            note_machine(message=message)
        else:
            for row in together:
                record_click(message=message, at=row.at)
        FollowedLink.objects.filter(pk__in=[row.pk for row in together]).delete()


register(Pump(name="clicks", run=run_clicks, interval=2.0))
