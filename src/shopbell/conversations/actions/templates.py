"""Answering with a template that the provider approved: what is left when the window is closed."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from shopbell.accounts.models import Store, User
from shopbell.conversations.actions.files import upload_file
from shopbell.conversations.actions.replies import Reply, send_reply
from shopbell.conversations.models import Conversation, Entry, Thread
from shopbell.kit.errors import Invalid
from shopbell.kit.mail.reading.contents import sniffed_type
from shopbell.kit.text import one_line
from shopbell.messaging.approved import (
    FILE_HEADERS,
    can_be_filled,
    file_header,
    gaps_of,
    kept_use,
    lack_of,
    on_top,
    reads_like,
)
from shopbell.messaging.models import ApprovedTemplate
from shopbell.messaging.ports import TemplateStatus

_KEPT = "What you filled in is here."
_TAKEN = {
    "image": "Choose a JPEG or PNG.",
    "video": "Choose an MP4.",
    "document": "Choose a PDF.",
}


@dataclass(frozen=True, slots=True)
class Top:
    """What stands on top of a template that has a file there: bytes, or a public address."""

    name: str = ""
    content: bytes = b""
    address: str = ""


@transaction.atomic
def send_template(
    *,
    store: Store,
    conversation: Conversation,
    thread: Thread,
    template: ApprovedTemplate,
    values: Mapping[str, str],
    author: User | None,
    client_id: uuid.UUID | None = None,
    top: Top = Top(),
) -> Entry:
    """Answer with a template. `values`: what fills its gaps, as body_1, header_1, button_0 …

    Raises:
        Invalid: a gap stays empty, the file on top is missing or of another type, or the template
            cannot be sent on this line now.
    """
    if client_id is not None:
        known = Entry.objects.filter(conversation=conversation, client_id=client_id).first()
        if known is not None:
            return known
    _refuse_unusable(template, thread)
    kind = file_header(template)
    uploaded = bool(kind and top.content)
    use = _use(template, values, top, uploaded=uploaded)
    if lack := lack_of(use):
        raise Invalid(lack, kept=_KEPT, remedy=_TAKEN.get(kind, ""))
    file = None
    if uploaded:
        _refuse_other_type(template, top)
        file = upload_file(conversation=conversation, by=author, name=top.name, content=top.content)
    return send_reply(
        store=store,
        conversation=conversation,
        author=author,
        reply=Reply(
            text=reads_like(template, use) or f"({on_top(template)})",
            thread=thread,
            client_id=client_id,
            approved=use,
            files=(file.pk,) if file else (),
        ),
    )


def _refuse_unusable(template: ApprovedTemplate, thread: Thread) -> None:
    if template.connection_id != thread.inbox_id:
        raise Invalid("This template belongs to another inbox.", remedy="Choose another one.")
    if not can_be_filled(template):
        raise Invalid(
            f"“{template.name}” has something on top that cannot be filled here.",
            remedy="Choose another one.",
        )
    if template.status != TemplateStatus.APPROVED or template.gone_at is not None:
        raise Invalid(
            f"The provider does not let “{template.name}” be sent just now.",
            remedy="Choose another one.",
        )


def _refuse_other_type(template: ApprovedTemplate, top: Top) -> None:
    kind = file_header(template)
    if sniffed_type(top.content) not in FILE_HEADERS[kind]:
        raise Invalid(
            f"“{one_line(top.name, 80)}” is no {on_top(template)} that can stand on top of this"
            " template.",
            kept=_KEPT,
            remedy=_TAKEN[kind],
        )


def _use(
    template: ApprovedTemplate, given: Mapping[str, str], top: Top, *, uploaded: bool
) -> dict[str, object]:
    shape = gaps_of(template)
    values = {name: one_line(value, 1000) for name, value in given.items()}
    header = [values.get(f"header_{name}", "") for name in shape["header"]]
    if file_header(template):
        header = [] if uploaded else [top.address.strip()]
    return kept_use(
        template,
        header=header,
        body=[values.get(f"body_{name}", "") for name in shape["body"]],
        buttons=[values.get(f"button_{place}", "") for place in range(len(shape["buttons"]))],
        uploaded=uploaded,
    )
