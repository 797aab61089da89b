"""Writes about campaigns: drafting, deciding, running."""

from shopbell.campaigns.actions.deciding import (
    approve_campaign,
    send_back_campaign,
    submit_campaign,
    take_back_campaign,
)
from shopbell.campaigns.actions.drafting import (
    Plan,
    add_variant,
    change_plan,
    choose_template,
    copy_campaign,
    drop_draft,
    drop_variant,
    start_campaign,
    write_variant,
)
from shopbell.campaigns.actions.running import cancel_campaign, pause_campaign, resume_campaign

__all__ = [
    "Plan",
    "add_variant",
    "approve_campaign",
    "cancel_campaign",
    "change_plan",
    "choose_template",
    "copy_campaign",
    "drop_draft",
    "drop_variant",
    "pause_campaign",
    "resume_campaign",
    "send_back_campaign",
    "start_campaign",
    "submit_campaign",
    "take_back_campaign",
    "write_variant",
]
