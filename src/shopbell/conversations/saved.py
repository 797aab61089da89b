"""Saved replies: texts with gaps such as `{{customer.first_name}}`, filled for a conversation.

A gap that nothing is known for stays as it is, and an answer with a gap in it is not sent.
"""

import re
import uuid
from collections.abc import Mapping

from shopbell.accounts.models import Store, User
from shopbell.conversations.models import Conversation, SavedReply, TeamMember
from shopbell.kit.errors import Invalid
from shopbell.messaging.links import tracking_url

VARIABLES = {
    "customer.first_name": "The customer's first name",
    "customer.name": "First and last name",
    "order.number": "The number of the order it is about",
    "order.tracking_link": "The customer's tracking page of that order",
    "agent.name": "Your name",
    "store.name": "The name of the shop",
}
_GAP = re.compile(r"\{\{\s*([a-z_.]{1,40})\s*\}\}")


def saved_replies() -> list[SavedReply]:
    """Return the saved replies of the store in scope, by name."""
    return list(SavedReply.objects.select_related("team").order_by("name", "locale"))


def offered_to(agent: User, conversation: Conversation) -> list[SavedReply]:
    """Return the saved replies for a conversation: of the agent's teams, its language first.

    Another language is offered only where the same one is not there in the right one.
    """
    teams: set[uuid.UUID | None] = {None, conversation.team_id}
    teams.update(TeamMember.objects.filter(user=agent).values_list("team_id", flat=True))
    customer = conversation.customer
    wanted = language_of(conversation.locale or (customer.locale if customer else ""))
    rows = [row for row in saved_replies() if row.team_id in teams]
    spoken = {row.name for row in rows if row.locale and language_of(row.locale) == wanted}
    fitting = [r for r in rows if r.name not in spoken or language_of(r.locale) == wanted]
    return sorted(fitting, key=lambda row: (_rank(row, wanted), row.name.casefold()))


def _rank(row: SavedReply, wanted: str) -> int:
    if not row.locale:
        return 1
    return 0 if language_of(row.locale) == wanted else 2


def language_of(locale: str) -> str:
    """Return the language of a locale: "de" of "de-AT"."""
    return locale.replace("_", "-").partition("-")[0].lower()


def values_for(conversation: Conversation, store: Store, agent: User | None) -> dict[str, str]:
    """Return what fills the gaps in an answer to a conversation; what is not known is missing."""
    customer, order = conversation.customer, conversation.order
    found = {
        "customer.first_name": customer.first_name if customer else "",
        "customer.name": customer.name if customer else "",
        "order.number": str(order) if order else "",
        "order.tracking_link": tracking_url(store, order) if order and not order.is_stub else "",
        "agent.name": agent.name if agent else "",
        "store.name": store.name,
    }
    return {name: value for name, value in found.items() if value}


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its gaps filled as far as possible."""
    return _GAP.sub(lambda gap: values.get(gap[1], gap[0]), text)


def gaps(text: str) -> list[str]:
    """Return the names of the gaps in a text."""
    return [gap[1] for gap in _GAP.finditer(text)]


def refuse_gaps(text: str) -> None:
    """Let an answer pass that has no gap left.

    Raises:
        Invalid: with the names of the gaps.
    """
    left = gaps(text)
    if left:
        raise Invalid(
            f"Something is still missing in your answer: {', '.join(dict.fromkeys(left))}.",
            kept="Your answer is still here.",
            remedy="Fill it in or take it out, then send again.",
        )
