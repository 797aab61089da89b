"""Clicks and opens: counted for people, not for machines, and opens only with permission.

Links of offers are in `followed`.

A newcomer's mistake: letting an open or click decide anything. They are shown, nothing more.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from shopbell.accounts.models import Store
from shopbell.consent.queries import current_consents, is_granted
from shopbell.kit import clock
from shopbell.messaging.actions import write_log
from shopbell.messaging.models import Message
from shopbell.messaging.policy import policy_of
from shopbell.messaging.states import State, advances
from shopbell.web.live import announce

_MACHINES = (
    *("bot", "crawler", "spider", "preview", "scanner", "python", "curl", "wget", "monitor"),
    *("headless", "http-client", "httpclient", "okhttp", "libwww", "axios", "node-fetch", "java/"),
    *("barracuda", "mimecast", "proofpoint", "symantec", "facebookexternalhit", "whatsapp/"),
)


def is_machine(headers: Mapping[str, str]) -> bool:
    """Return whether a request looks like a scanner or a prefetch rather than a person."""
    purpose = f"{headers.get('Sec-Purpose', '')} {headers.get('Purpose', '')}".lower()
    agent = headers.get("User-Agent", "").lower()
    return "prefetch" in purpose or not agent or any(word in agent for word in _MACHINES)


@transaction.atomic
def record_click(*, message: Message, at: datetime | None = None) -> None:
    """Count a followed link. The first one makes the message read."""
    first = message.clicked_at is None
    now = at or clock.now()
    message.clicked_at = message.clicked_at or now
    Message.objects.filter(pk=message.pk).update(
        click_count=F("click_count") + 1,
        clicked_at=Coalesce("clicked_at", now),
        read_at=Coalesce("read_at", now),
    )
    if first:
        _mark_read(message, "A link in it was followed.")


@transaction.atomic
def record_open(*, store: Store, message: Message) -> None:
    """Note an open if the store measures opens and the customer agreed, as of now."""
    if not policy_of(store).track_opens or message.customer_id is None or message.read_at:
        return
    key = (message.customer_id, "tracking", "email")
    if not is_granted(current_consents([message.customer_id]), key):
        return
    Message.objects.filter(pk=message.pk).update(read_at=clock.now())
    _mark_read(message, "Opened.")


def _mark_read(message: Message, text: str) -> None:
    if advances(message.state, State.READ):
        Message.objects.filter(pk=message.pk, state=message.state).update(
            state=State.READ, closed_at=Coalesce("closed_at", clock.now())
        )
    write_log(message, State.READ, text)
    announce(message.store_id, "messages", message.pk)
