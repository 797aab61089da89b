"""Alerts that nobody has read go by mail: one mail a person, however many there are."""

from collections import defaultdict
from datetime import timedelta
from html import escape

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from shopbell.accounts.models import Store, User
from shopbell.alerts.models import Alert
from shopbell.alerts.queries import unread
from shopbell.kit import clock
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.ports import Medium
from shopbell.messaging.titles import TITLES

KIND = "staff_alert"
TITLES[KIND] = "Alert to staff"
MOST = 50
KEEPS = timedelta(hours=24)
_FRAME = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"></head>'
    '<body style="font-family:system-ui,sans-serif;font-size:15px;line-height:1.5;color:#1d1b18">'
    '{lines}<p style="color:#6b6459">You chose to get this by mail. '
    '<a href="{choose}">Choose otherwise</a></p></body></html>'
)
_LINE = (
    '<p><a href="{url}" style="color:#1d1b18"><strong>#{number} {title}</strong></a><br>{said}</p>'
)


@transaction.atomic
def mail_due_alerts(*, store: Store) -> int:
    """Queue one mail for everybody whose alerts are due; returns how many alerts that were."""
    due = Alert.objects.filter(mail_due_at__lte=clock.now()).select_for_update(skip_locked=True)
    rows = list(due.order_by("at")[:500])
    if not rows:
        return 0
    keys = [row.pk for row in rows]
    Alert.objects.filter(pk__in=keys).update(mail_due_at=None)
    by_user: dict[int, list[Alert]] = defaultdict(list)
    still = unread(Alert.objects.filter(pk__in=keys)).select_related("conversation", "user")
    for row in still.order_by("at"):
        by_user[row.user_id].append(row)
    drafts = [_draft(store, alerts[0].user, alerts) for alerts in by_user.values()]
    queue_messages(drafts=drafts)
    return len(rows)


def _draft(store: Store, user: User, alerts: list[Alert]) -> Draft:
    shown = alerts[:MOST]
    base = settings.ENVIRONMENT.base_url
    choose = base + reverse("alerts:choose", args=[store.slug])
    parts = [(_address(base, store, row), row) for row in shown]
    text = "\n\n".join(f"#{row.conversation.number} {row.said}\n{url}" for url, row in parts)
    lines = "".join(
        _LINE.format(
            url=url,
            number=row.conversation.number,
            title=escape(row.conversation.subject or "No subject"),
            said=escape(row.said),
        )
        for url, row in parts
    )
    return Draft(
        business_key=f"alert:{user.pk}:{shown[-1].pk}:{max(row.event_id for row in shown)}",
        kind=KIND,
        purpose="account",
        media=(Medium.EMAIL,),
        to_name=user.name,
        to_address=user.email,
        not_after=clock.now() + KEEPS,
        origin="staff",
        data={
            "content": {
                "subject": _subject(shown),
                "text": f"{text}\n\nYou chose to get this by mail. Choose otherwise: {choose}",
                "html": _FRAME.format(lines=lines, choose=choose),
            },
            "automatic": True,
        },
    )


def _address(base: str, store: Store, row: Alert) -> str:
    return base + reverse("inbox:show", args=[store.slug, row.conversation.number])


def _subject(alerts: list[Alert]) -> str:
    if len(alerts) == 1:
        return f"[#{alerts[0].conversation.number}] {alerts[0].said}"[:150]
    return f"{len(alerts)} news from the inbox"
