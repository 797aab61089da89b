"""Why somebody is not told, or is told later: codes of messages and recipients, and their words."""

HELD_BY_INCIDENT = "incident"
PAUSED = "announcement_paused"
STOPPED = "announcement_stopped"
GONE = "customer_gone"
NO_LONGER = "not_affected"

WORDS = {
    STOPPED: "The announcement was stopped before",
    GONE: "The customer's data was erased",
    NO_LONGER: "Their order is not affected any more",
    PAUSED: "The announcement is paused",
    HELD_BY_INCIDENT: "Held while an announcement runs",
    "no_address": "No address for the channels chosen",
    "no_inbox": "No account connected for the channels chosen",
    "no_opt_in": "No permission for WhatsApp, and no other way",
    "unsubscribed": "They do not want delivery updates",
    "hard_bounce": "The address does not exist",
    "soft_bounces": "The mailbox refused too often",
    "complaint": "They reported our mail as spam",
    "too_late": "It would come too late",
    "store_paused": "Sending is paused for the whole store",
    "quiet_hours": "It waits for the end of quiet hours",
    "no_channel": "No channel fits",
}


def reason_words(code: str) -> str:
    """Return a reason as people read it."""
    return WORDS.get(code, code.replace("_", " ").capitalize())
