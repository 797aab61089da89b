"""Pauses a campaign by itself when mailboxes do not exist or people report it as spam.

Large mailbox providers block senders above 0.3 % of complaints and ask for less than 0.1 %; a list
of which one in twenty addresses does not exist was not gathered by asking.
"""

from datetime import datetime

from django.db.models import Q

from shopbell.campaigns.models import Campaign, Stage
from shopbell.messaging.models import Message
from shopbell.messaging.states import COMPLAINED, TOLD, State

COMPLAINTS = 0.001
COMPLAINTS_FROM = 1_000  # told people; below, one complaint is still chance
BOUNCES = 0.05
BOUNCES_FROM = 100
_GONE = ("hard_bounce", "unknown_address")


def look_for_trouble(campaign: Campaign, now: datetime) -> None:
    """Pause a campaign that does harm, and say why."""
    said = trouble_of(campaign)
    if said:
        campaign.stage, campaign.why_paused = Stage.PAUSED, said[:300]
        campaign.alarms_from = now


def trouble_of(campaign: Campaign) -> str:
    """Return what is wrong since a person last looked at it; "" if nothing is."""
    since = campaign.alarms_from or campaign.began_at
    if since is None:
        return ""
    mine = Message.objects.filter(
        kind="campaign", created_at__gte=since, data__campaign=str(campaign.pk)
    )
    gone = mine.filter(state=State.FAILED, reason__in=_GONE).count()
    complained = mine.filter(reason=COMPLAINED).count()
    if gone < BOUNCES * BOUNCES_FROM and not complained:
        return ""
    told = mine.filter(Q(state__in=TOLD) | Q(state=State.FAILED)).count()
    if told >= BOUNCES_FROM and gone >= BOUNCES * told:
        return (
            f"{gone:,} of {told:,} addresses do not exist. Look where these people come from"
            " before you go on."
        )
    if told >= COMPLAINTS_FROM and complained >= COMPLAINTS * told:
        return (
            f"{complained:,} of {told:,} people reported it as spam. Mailbox providers block"
            " senders above 3 of 1,000."
        )
    return ""
