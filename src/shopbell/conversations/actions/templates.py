"""Answering with a template that the provider approved: what is left when the window is closed."""

import uuid
from collections.abc import Mapping

from django.db import transaction

from shopbell.accounts.models import Store, User
from shopbell.conversations.actions.replies import Reply, send_reply
from shopbell.conversations.models import Conversation, Entry, Thread
from shopbell.conversations.reach import is_usable
from shopbell.kit.errors import Invalid
from shopbell.kit.text import one_line
from shopbell.messaging.approved import gaps_of, is_complete, kept_use, reads_like
from shopbell.messaging.models import ApprovedTemplate
from shopbell.messaging.ports import TemplateStatus


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
) -> Entry:
    """Answer with a template. `values`: what fills its gaps, as body_1, header_1, button_0 …

    Raises:
        Invalid: a gap stays empty, or the template cannot be sent on this line now.
    """
    if template.connection_id != thread.inbox_id or not is_usable(template):
        raise Invalid("This template belongs to another inbox, or needs a file.")
    if template.status != TemplateStatus.APPROVED or template.gone_at is not None:
        raise Invalid(
            f"The provider does not let “{template.name}” be sent just now.",
            remedy="Choose another one.",
        )
    use = _use(template, {name: one_line(value, 1000) for name, value in values.items()})
    if not is_complete(use):
        raise Invalid("A gap of the template is still empty.", kept="What you filled in is here.")
    return send_reply(
        store=store,
        conversation=conversation,
        author=author,
        reply=Reply(
            text=reads_like(template, use), thread=thread, client_id=client_id, approved=use
        ),
    )


def _use(template: ApprovedTemplate, values: Mapping[str, str]) -> dict[str, object]:
    shape = gaps_of(template)
    return kept_use(
        template,
        header=[values.get(f"header_{name}", "") for name in shape["header"]],
        body=[values.get(f"body_{name}", "") for name in shape["body"]],
        buttons=[values.get(f"button_{place}", "") for place in range(len(shape["buttons"]))],
    )
