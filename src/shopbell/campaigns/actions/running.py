"""While it is sent: pause, go on, cancel.

A newcomer's mistake: cancelling queued messages here. The gate asks for the stage right before each
message leaves (see `rules.py`), so a pause holds at once, also for those.
"""

from django.db import connection, transaction

from shopbell.accounts.models import User
from shopbell.campaigns.actions.deciding import locked
from shopbell.campaigns.models import Campaign, Place, Recipient, Stage
from shopbell.campaigns.reasons import PAUSED
from shopbell.events.actions import wake
from shopbell.kit import clock
from shopbell.messaging.actions import release_held
from shopbell.messaging.models import Message
from shopbell.web.live import announce


@transaction.atomic
def pause_campaign(*, campaign: Campaign, by: User | None) -> Campaign:
    """Hold everybody who has not got it yet."""
    row = locked(campaign, Stage.RUNNING)
    row.stage, row.why_paused = Stage.PAUSED, f"Paused by {by}."
    row.save(update_fields=["stage", "why_paused"])
    announce(row.store_id, "campaigns")
    return row


@transaction.atomic
def resume_campaign(*, campaign: Campaign) -> Campaign:
    """Go on where it was paused. Trouble that was there is taken as looked at."""
    row = locked(campaign, Stage.PAUSED)
    row.stage, row.why_paused, row.lease_until = Stage.RUNNING, "", None
    row.due_at = clock.now()
    row.save(update_fields=["stage", "why_paused", "due_at", "lease_until"])
    release_held(reason=PAUSED)
    look_at_waiting(row)
    wake("campaigns")
    wake("outbox")
    announce(row.store_id, "campaigns")
    return row


@transaction.atomic
def cancel_campaign(*, campaign: Campaign, by: User | None) -> Campaign:
    """Write to nobody else. Whoever got it has it; what is being handed over cannot be stopped."""
    row = locked(campaign, Stage.RUNNING, Stage.PAUSED)
    row.stage, row.ended_at, row.ended_as = Stage.CANCELLED, clock.now(), str(by)
    row.lease_until, row.due_at = None, row.ended_at
    row.save(update_fields=["stage", "ended_at", "ended_as", "lease_until", "due_at"])
    release_held(reason=PAUSED)  # judged anew, and left out by the gate
    look_at_waiting(row)
    wake("campaigns")  # leaves out those whose turn has not come
    wake("outbox")
    announce(row.store_id, "campaigns")
    return row


def look_at_waiting(row: Campaign) -> None:
    """Let the gate judge at once what waits for an hour, and the rows of those be looked at."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Message._meta.db_table} m SET due_at = clock_timestamp()"
            f" FROM {Recipient._meta.db_table} r WHERE r.store_id = %s AND r.campaign_id = %s"
            " AND r.state = 'waiting' AND m.store_id = r.store_id AND m.id = r.message_id"
            " AND m.state = 'queued'",
            [row.store_id, row.pk],
        )
    rows = Recipient.objects.filter(campaign_id=row.pk, state=Place.WAITING)
    rows.update(due_at=clock.now())
