"""Test sends: what is written now goes the whole real way, to an address that staff chose.

A newcomer's mistake: sending past the gate "because it is only a test". Then the test proves
nothing, and a blocked address gets mail.
"""

from typing import Any

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.accounts.queries import store_by_id
from shopbell.campaigns.content.words import check_content
from shopbell.campaigns.examined import SAMPLE_CODE, content_of
from shopbell.campaigns.last_orders import made_up_order
from shopbell.campaigns.leaving import KIND
from shopbell.campaigns.models import Campaign
from shopbell.kit.errors import Invalid
from shopbell.kit.ids import token
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.models import Message
from shopbell.messaging.ports import Medium
from shopbell.messaging.rehearsals import checked_address
from shopbell.messaging.templates import save_template


@transaction.atomic
def send_test(
    *, campaign: Campaign, variant: str, locale: str, medium: str, to: str, by: User
) -> Message:
    """Queue what a variant says in one language to one address.

    Raises:
        Invalid: it is not complete, or the address is none.
    """
    if medium not in campaign.media:
        raise Invalid("The campaign does not go by this channel.")
    address = checked_address(medium, to)
    content = content_of(campaign, variant, locale)
    check_content({locale: content}, [medium], locale)
    source = content.source(medium, locale)
    kind = f"{campaign.text_kind(variant)}-test"
    save_template(
        kind=kind, medium=medium, locale=locale, subject=source.subject,
        preheader=source.preheader, body=source.body, text=source.text, created_by=by,
    )  # fmt: skip
    extra: dict[str, Any] = {"coupon": {"code": SAMPLE_CODE}} if content.uses_codes() else {}
    if content.shows_orders():
        extra["order"] = made_up_order(store_by_id(campaign.store_id))
    person = {"first_name": by.name.partition(" ")[0], "name": by.name, "email": address}
    draft = Draft(
        business_key=f"test:{token(16)}",
        kind=KIND,
        purpose="marketing",
        media=(medium,),
        locale=locale,
        to_name=by.name,
        to_address=address,
        origin="test",
        data={
            "text_kind": kind,
            "context": extra | {"customer": {key: told for key, told in person.items() if told}},
        },
    )
    queue_messages(drafts=[draft])
    return Message.objects.get(business_key=draft.business_key)


def media_of(campaign: Campaign) -> list[Medium]:
    """Return the channels of a campaign, first choice first."""
    return [Medium(each) for each in campaign.media]
