"""Approved templates of the sandbox's WhatsApp: a few of its own, and whatever is submitted.

A newcomer's mistake: keeping them here. What was submitted stands in the store's list already.
"""

from collections.abc import Sequence
from dataclasses import replace

from shopbell.connections.ports import Account
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.approved import kept_templates
from shopbell.messaging.ports import ProviderTemplate, TemplateStatus

_GREEN = {"status": TemplateStatus.APPROVED, "quality": "green"}
SHIPPED = (
    ProviderTemplate(
        "answer_ready", "en", "utility",
        "Hello {{1}}, we have an answer to your question about order {{2}}. Write back to read it.",
        examples=("Mia", "#1001"), **_GREEN,  # type: ignore[arg-type]
    ),
    ProviderTemplate(
        "answer_ready", "de", "utility",
        "Hallo {{1}}, wir haben eine Antwort zu Ihrer Bestellung {{2}}. Schreiben Sie kurz zurück.",
        examples=("Mia", "#1001"), **_GREEN,  # type: ignore[arg-type]
    ),
    ProviderTemplate(
        "order_news", "en", "utility",
        "Hello {{1}}, there is news of your order {{2}}: {{3}} Here you can follow it.",
        header_kind="text", header="News of your order",
        examples=("Mia", "#1001", "https://shop.example/t/1"), **_GREEN,  # type: ignore[arg-type]
    ),
)  # fmt: skip


def templates_of(account: Account) -> Sequence[ProviderTemplate]:
    """Return the sandbox's own templates and those that were submitted."""
    with store_scope(account.store_id):
        kept = kept_templates(account.id)
    own = {(one.name, one.language) for one in SHIPPED}
    return [*SHIPPED, *(one for one in kept if (one.name, one.language) not in own)]


def approve(template: ProviderTemplate) -> ProviderTemplate:
    """Approve of a template at once, as no provider does."""
    return replace(template, status=TemplateStatus.APPROVED, quality="green")
