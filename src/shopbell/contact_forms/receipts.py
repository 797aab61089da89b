"""The mail that says "we have your message": short, in the customer's language, rarely.

Whoever can make us write to somebody can abuse us. So it repeats nothing of what was typed, goes to
one address at most once in ten minutes and five times a day, and never to a machine.
"""

from html import escape

from shopbell.accounts.models import Store
from shopbell.contact_forms.definition import GAP, Definition, text_of
from shopbell.contact_forms.models import ContactForm, Submission
from shopbell.contact_forms.reading import Told
from shopbell.contact_forms.words import Words
from shopbell.conversations.composing import markdown_to_html
from shopbell.conversations.models import Conversation, Entry
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.strangers import may_mail
from shopbell.messaging.titles import TITLES

KIND = "form_receipt"
TITLES[KIND] = "We have your message"


def may_receipt(store: Store, address: str, digest: str) -> bool:
    """Return whether an address gets a receipt now."""
    return may_mail(store, address, Submission.objects.filter(address=digest, has_receipt=True))


def send_receipt(*, store: Store, form: ContactForm, told: Told, entry: Entry) -> None:
    """Queue the receipt. It passes the send gate like every message."""
    conversation = entry.conversation
    words = Words(told.language)
    text = _text(store, form, form.definition, told, conversation, words)
    html = (
        f'<!doctype html><html lang="{words.language}" dir="{words.direction}"><head>'
        '<meta charset="utf-8"></head><body style="font-family:system-ui,sans-serif;'
        f'font-size:15px;line-height:1.5;color:#1d1b18">{markdown_to_html(text)}'
        f'<p>{escape(store.name)}</p><p style="color:#6b6459;font-size:13px">'
        f"{escape(words.say('receipt_not_you'))}</p></body></html>"
    )
    draft = Draft(
        business_key=f"form-receipt:{entry.pk}",
        kind=KIND,
        purpose="support",
        media=("email",),
        customer=conversation.customer,
        order=conversation.order,
        to_address=told.email,
        locale=told.language,
        origin="agent",  # to the address that was typed, in words of our own
        data={
            "content": {
                "subject": words.say("receipt_subject", number=conversation.number),
                "text": f"{text}\n\n{store.name}\n\n{words.say('receipt_not_you')}",
                "html": html,
            },
            "from_name": store.name,
            "inbox": str(conversation.inbox_id or ""),
            "conversation": conversation.number,
            "automatic": True,
        },
    )
    queue_messages(drafts=[draft])


def _text(
    store: Store,
    form: ContactForm,
    definition: Definition,
    told: Told,
    conversation: Conversation,
    words: Words,
) -> str:
    topic = text_of(told.topic.title, told.language, form.languages)
    hours = definition.answer_hours
    time = words.time(hours) if hours else ""
    own = text_of(definition.receipt, told.language, form.languages)
    if own:
        values = {"number": str(conversation.number), "topic": topic, "time": time}
        values["store"] = store.name
        return GAP.sub(lambda gap: values.get(gap[1], ""), own)
    parts = [
        words.say("receipt_hello"),
        words.say("receipt_body", topic=topic, number=conversation.number),
        words.say("within", time=time) if time else "",
        words.say("receipt_reply"),
    ]
    return "\n\n".join(filter(None, parts))
