"""What Meta tells about templates: approved, paused, worth less, of another category.

A newcomer's mistake: looking for the number. These webhooks are about the whole account, and go to
the app's address even where a number has one of its own.
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/message_template_status_update
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from shopbell.connectors.channels.whatsapp_cloud.settings import WhatsAppSettings
from shopbell.connectors.reading import Doc
from shopbell.kit import clock
from shopbell.kit.text import one_line
from shopbell.messaging.ports import TemplateNews, TemplateStatus

_EVENTS: dict[str, TemplateStatus] = {
    "approved": TemplateStatus.APPROVED,
    "reinstated": TemplateStatus.APPROVED,
    "pending": TemplateStatus.PENDING,
    "in_appeal": TemplateStatus.PENDING,
    "rejected": TemplateStatus.REJECTED,
    "paused": TemplateStatus.PAUSED,
    "disabled": TemplateStatus.DISABLED,
    "archived": TemplateStatus.DISABLED,
    "deleted": TemplateStatus.DISABLED,
    "pending_deletion": TemplateStatus.DISABLED,
}
# Sent still, but somebody should know.
_FLAGGED = "Customers complain about it. Meta may pause or disable it."
_GONE = {
    "archived": "Archived at Meta for not being used. Unarchive it in WhatsApp Manager.",
    "deleted": "Deleted at Meta.",
    "pending_deletion": "Deleted at Meta.",
}


def read_news(
    body_changes: Iterator[tuple[Doc, Doc]], settings: WhatsAppSettings
) -> list[TemplateNews]:
    """Translate the changes of one webhook that are about templates of this account."""
    found = []
    for entry, change in body_changes:
        read = _READERS.get(change.text("field", limit=60))
        value = change.doc("value")
        name = value.text("message_template_name", limit=512)
        about = entry.ident("id")
        if read is None or not name or about not in ("", settings.business_account_id):
            continue
        news = TemplateNews(
            name=name,
            language=value.text("message_template_language", limit=20).replace("-", "_"),
            at=min(_moment(entry, "time") or clock.now(), clock.now()),
            provider_id=value.ident("message_template_id"),
        )
        found.append(read(news, value))
    return found


def _status(news: TemplateNews, value: Doc) -> TemplateNews:
    event = value.lower("event")
    if event == "flagged":
        return replace(news, reason=_FLAGGED)
    status = _EVENTS.get(event)
    if status is None:
        return replace(news, is_unclear=True)
    category = value.lower("message_template_category")
    return replace(
        news,
        status=status,
        category=category or None,
        reason="" if status is TemplateStatus.APPROVED else _reason(event, value),
    )


def _reason(event: str, value: Doc) -> str:
    """Return why, in Meta's words, the most exact first."""
    why = value.doc("rejection_info")
    said = f"{why.text('reason')} {why.text('recommendation')}".strip()
    if not said:
        said = value.doc("other_info").text("description") or _GONE.get(event, "")
    code = value.text("reason")
    if not said and code.upper() not in ("", "NONE"):
        said = code.replace("_", " ").lower()
    return one_line(said, 500)


def _quality(news: TemplateNews, value: Doc) -> TemplateNews:
    return replace(news, quality=value.lower("new_quality_score"))


def _category(news: TemplateNews, value: Doc) -> TemplateNews:
    """Tell a new category, or that there will be one in a day."""
    coming, day = value.lower("correct_category"), _moment(value, "category_update_timestamp")
    category = value.lower("new_category") or None
    if not coming or coming == category:
        return replace(news, category=category)
    when = f"on {day:%-d %b %Y}" if day else "within a day"
    return replace(news, category=category, reason=f"Meta makes it {coming} {when}.")


def _moment(told: Doc, key: str) -> datetime | None:
    seconds = told.count(key)
    return datetime.fromtimestamp(seconds, UTC) if seconds and seconds > 0 else None


_READERS: dict[str, Callable[[TemplateNews, Doc], TemplateNews]] = {
    "message_template_status_update": _status,
    "message_template_quality_update": _quality,
    "template_category_update": _category,
}
