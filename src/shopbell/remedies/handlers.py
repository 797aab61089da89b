"""What follows when a remedy is done: the customer is told, in the conversation, once."""

from collections.abc import Sequence

from shopbell.accounts.queries import store_by_id
from shopbell.events.registry import Recorded, on
from shopbell.remedies import relevance
from shopbell.remedies.actions import confirm_to_customer
from shopbell.remedies.events import RemedyDone
from shopbell.remedies.queries import remedies

RULES = relevance.not_told_already  # registered with the gate by being imported


@on(RemedyDone)
def confirm_what_was_done(batch: Sequence[Recorded[RemedyDone]]) -> None:
    """Write the plain confirmation; what was told already stays told once."""
    store = store_by_id(batch[0].store_id)
    for remedy in remedies().filter(pk__in=[item.fact.remedy_id for item in batch]):
        confirm_to_customer(store=store, remedy=remedy)
