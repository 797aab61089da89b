"""What a customer would read of an approved template, for an order or for the sample.

Call it outside a store's scope: rendering happens in a child.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from shopbell.messaging.approved import filled, gaps_source, lack_of, reads_like
from shopbell.messaging.gate import customer_zone
from shopbell.messaging.models import ApprovedTemplate, ApprovedText
from shopbell.messaging.ports import CHANNELS, Rendered
from shopbell.messaging.previews import compiled_draft, context_for, find_order, message_for
from shopbell.messaging.rendering.jobs import RenderFailure, RenderJob
from shopbell.messaging.templates import POOL


@dataclass(frozen=True, slots=True)
class GapsPreview:
    """What came of it; `problem` says why nothing did."""

    text: str = ""
    buttons: tuple[str, ...] = ()
    problem: str = ""


def preview_gaps(
    *,
    store: Store,
    row: Connection,
    kind: str,
    template: ApprovedTemplate,
    values: Mapping[str, list[str]],
    order_id: uuid.UUID | None,
) -> GapsPreview:
    """Fill the gaps of a template with an order, or with the sample."""
    medium = CHANNELS.get(row.connector).capabilities.medium
    locale = template.language.replace("_", "-")
    text = ApprovedText(connection_id=row.pk, kind=kind, name=template.name, **values)
    try:
        compiled = compiled_draft(gaps_source(text, medium, locale))
    except Invalid as error:
        return GapsPreview(problem="; ".join(error.fields.values()) or error.message)
    with store_scope(store.pk):
        order = find_order(order_id)
        message = message_for(kind, order)
        context = context_for(store, message, medium, locale)
        zone = customer_zone(message, store)
    job = RenderJob(
        compiled=compiled,
        context=context,
        locale=locale,
        currency=order.currency if order else "EUR",
        time_zone=zone,
    )
    result = POOL.render(job)
    if isinstance(result, RenderFailure):
        return GapsPreview(problem=result.sentence)
    return read_as(text, template, result)


def read_as(text: ApprovedText, template: ApprovedTemplate, result: Rendered) -> GapsPreview:
    """Return how a template reads with what was rendered for its gaps."""
    use = filled(text, template, result.text)
    problem = f"{lack} So nothing would be sent." if (lack := lack_of(use)) else ""
    if result.missing:
        problem = f"{', '.join(result.missing)} is empty here, so nothing would be sent."
    return GapsPreview(reads_like(template, use), tuple(_links(template, use)), problem)


def _links(template: ApprovedTemplate, use: dict[str, object]) -> list[str]:
    """Return the buttons with where they lead."""
    rest = iter(list(use["buttons"]))  # type: ignore[call-overload]
    found = []
    for button in template.content.get("buttons", []):
        value = str(button.get("value", ""))
        if "{{" in value:
            value = value.partition("{{")[0] + str(next(rest, ""))
        found.append(f"{button.get('text', '')} → {value}" if value else str(button.get("text")))
    return found
