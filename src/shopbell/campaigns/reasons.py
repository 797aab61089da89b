"""Why somebody gets nothing of a campaign, or gets it later: codes, and their words."""

PAUSED = "campaign_paused"
CANCELLED = "campaign_cancelled"
GONE = "customer_gone"
NO_LONGER = "not_in_audience"
NO_ADDRESS = "no_address"
NO_CONSENT = "no_consent"
NO_CODE = "no_code"

WORDS = {
    CANCELLED: "The campaign was cancelled before",
    GONE: "Their data was erased",
    NO_LONGER: "They are not in the audience any more",
    NO_CODE: "No code was left for them",
    NO_ADDRESS: "No address for the channels chosen, or it is blocked",
    NO_CONSENT: "No permission for offers on the channels chosen",
    "no_inbox": "No account is connected for the channels chosen",
    "no_opt_in": "No permission for WhatsApp",
    "no_topic": "They do not want this topic",
    "no_approved_template": "No approved template for WhatsApp",
    "unsubscribed": "They unsubscribed",
    "hard_bounce": "The address does not exist",
    "unknown_address": "The address does not exist",
    "soft_bounces": "The mailbox refused too often",
    "complaint": "They reported our mail as spam",
    "too_late": "It would have come too late",
    "paused": "They want a pause",
    "over_budget": "They were told enough lately",
    "open_conversation": "They have an open conversation",
    "quiet_hours": "Quiet hours",
    "region_rule": "The rules of the place",
    "cancelled": "Stopped by hand",
    "missing_variable": "The text prints something that is empty for them",
}

WAITS = ("over_budget", "open_conversation", "quiet_hours", "region_rule")


def reason_words(code: str, *, over: bool = True) -> str:
    """Return a reason as people read it; `over` False: somebody still waits because of it."""
    said = WORDS.get(code, code.replace("_", " ").capitalize())
    return f"{said}, and it came to nothing" if over and code in WAITS else said
