"""What a reply looks like outside: Markdown made HTML, the greeting line, what is quoted below."""

from dataclasses import dataclass
from html import escape

import nh3
from markdown_it import MarkdownIt

from shopbell.accounts.models import Store, User
from shopbell.conversations.models import Conversation, Entry, EntryKind, Thread
from shopbell.conversations.signatures import signature_for

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": False}).enable(
    "strikethrough"
)
_FRAME = (
    '<!doctype html><html lang="{locale}"><head><meta charset="utf-8"></head>'
    '<body style="font-family:system-ui,sans-serif;font-size:15px;line-height:1.5;color:#1d1b18">'
    "{body}{quote}</body></html>"
)
_QUOTE = (
    '<div class="shopbell_quote"><p style="color:#6b6459">{intro}</p>'
    '<blockquote type="cite" style="margin:0 0 0 8px;padding-left:12px;'
    'border-left:2px solid #d9d2c7">{text}</blockquote></div>'
)


@dataclass(frozen=True, slots=True)
class Composed:
    """A reply ready for the gate."""

    subject: str
    text: str
    html: str
    from_name: str
    headers: dict[str, str]


def markdown_to_html(text: str) -> str:
    """Return safe HTML of what an agent typed: no raw HTML, only web and mail links."""
    return nh3.clean(_MARKDOWN.render(text), url_schemes={"http", "https", "mailto", "tel"})


def compose(
    *, store: Store, conversation: Conversation, thread: Thread, entry: Entry, author: User | None
) -> Composed:
    """Return the mail (or the chat line) of a reply, with what it answers quoted below."""
    name = author.name if author else ""
    if thread.answered_by != "email":
        return Composed("", entry.text, "", name or store.name, {})
    answered = thread.entries.filter(kind=EntryKind.INCOMING).order_by("-created_at").first()
    locale = conversation.locale or store.locale
    signature = signature_for(store, author, inbox_id=thread.inbox_id, locale=locale)
    words = f"{entry.text}\n\n-- \n{signature}"
    body = markdown_to_html(entry.text) + markdown_to_html(signature)
    intro, quoted = _quoted(answered)
    text = words + (f"\n\n{intro}\n" + _as_quote(quoted) if quoted else "")
    quote = (
        _QUOTE.format(intro=escape(intro), text=escape(quoted).replace("\n", "<br>"))
        if quoted
        else ""
    )
    return Composed(
        subject=_subject(thread, conversation),
        text=text,
        html=_FRAME.format(locale=locale, body=body, quote=quote),
        from_name=f"{name} ({store.name})" if name else store.name,
        headers=_threading(thread, answered),
    )


def _subject(thread: Thread, conversation: Conversation) -> str:
    subject = thread.subject or conversation.subject
    return subject if subject.lower().startswith(("re:", "aw:", "sv:")) else f"Re: {subject}"


def _quoted(answered: Entry | None) -> tuple[str, str]:
    if answered is None or not answered.text:
        return "", ""
    name = answered.sender_name or answered.sender_address
    return f"{name}, {answered.happened_at:%Y-%m-%d %H:%M} UTC:", answered.text[:5000]


def _as_quote(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def _threading(thread: Thread, answered: Entry | None) -> dict[str, str]:
    """Return the headers by which mail programs keep a thread together."""
    if answered is None or not answered.message_id:
        return {}
    if original := (answered.data.get("forwarded") or {}).get("message_id"):
        return {"In-Reply-To": original, "References": original}  # what the customer has of it
    earlier = thread.entries.exclude(message_id="").order_by("created_at")
    known = [*earlier.values_list("message_id", flat=True)][-20:]
    return {"In-Reply-To": answered.message_id, "References": " ".join(known)}
