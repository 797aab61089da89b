"""The mails to who asks to be told: each goes to an address that anybody may have typed, so rarely.

They pass the send gate like every message, with a purpose that needs no permission.
"""

from datetime import timedelta

from django.conf import settings

from shopbell.accounts.links import sign
from shopbell.accounts.models import Store
from shopbell.interests.catalogue import CONFIRM, NOTED, PURPOSE
from shopbell.interests.models import Asking
from shopbell.kit import clock
from shopbell.messaging.actions import Draft, queue_messages

FRESH = timedelta(days=1)


def asking_url(store: Store, row: Asking) -> str:
    """Return the link that proves that somebody reads the mailbox, and by which they leave."""
    return f"{settings.BASE_URL}/w/{sign(store, 'asking', row.pk)}"


def send_confirmation(*, store: Store, row: Asking) -> None:
    """Ask the mailbox whether it wants what somebody asked for."""
    _send(CONFIRM, store, row)


def send_noted(*, store: Store, row: Asking) -> None:
    """Tell a mailbox that is known that it is in the list, with the way out of it."""
    _send(NOTED, store, row)


def _send(kind: str, store: Store, row: Asking) -> None:
    draft = Draft(
        business_key=f"{kind}:{row.pk}",
        kind=kind,
        purpose=PURPOSE,
        media=("email",),
        customer=row.customer,
        locale=row.language,
        not_after=clock.now() + FRESH,
        data={
            "product": {"id": str(row.product_id), "variant": row.variant},
            "context": {"waiting": {"link": asking_url(store, row), "wording": row.wording}},
        },
    )
    queue_messages(drafts=[draft])
