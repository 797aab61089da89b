"""What Twilio's error codes and statuses mean for us.

Codes: https://www.twilio.com/docs/api/errors. Twilio splits codes now and then (July 2024), so what
is not in the table is refused without a verdict on the address.
"""

from enum import StrEnum

from shopbell.messaging.ports import FailureCode, ReceiptKind


class Move(StrEnum):
    """What to do about a refusal where it is not the message that is wrong."""

    WAIT = "wait"  # too fast: the same again, later
    ACCOUNT = "account"  # nothing goes until a person looked


MOVES: dict[int, Move] = {
    20003: Move.ACCOUNT,  # authentication failed
    20005: Move.ACCOUNT,  # account not active
    20006: Move.ACCOUNT,  # access denied
    20429: Move.WAIT,  # too many requests
    14107: Move.WAIT,  # message rate exceeded
    21611: Move.WAIT,  # the queue of this sender is full
    21606: Move.ACCOUNT,  # the sender is not ours, or cannot text there
    21603: Move.ACCOUNT,  # a sender is required
    21659: Move.ACCOUNT,  # the sender is no number of Twilio's
    21660: Move.ACCOUNT,  # the sender belongs to another account
    21661: Move.ACCOUNT,  # the sender cannot text
    21701: Move.ACCOUNT,  # the Messaging Service does not exist
    21703: Move.ACCOUNT,  # the Messaging Service has no numbers
    30001: Move.WAIT,  # queue overflow
    30002: Move.ACCOUNT,  # account suspended
}
INVALID_CALLBACK = 21609

# Refused at once, or failed later: the same number means the same.
FAILURES: dict[int, FailureCode] = {
    21211: FailureCode.UNKNOWN_ADDRESS,  # not a phone number
    21217: FailureCode.UNKNOWN_ADDRESS,  # number cannot exist
    21214: FailureCode.UNKNOWN_ADDRESS,  # cannot be reached
    21614: FailureCode.UNKNOWN_ADDRESS,  # not a mobile number
    21265: FailureCode.UNKNOWN_ADDRESS,  # a short code
    21635: FailureCode.UNKNOWN_ADDRESS,  # a landline
    21408: FailureCode.BLOCKED,  # this country is not switched on in the account
    21612: FailureCode.BLOCKED,  # this sender cannot text there
    21267: FailureCode.BLOCKED,  # names are not for trial accounts
    21608: FailureCode.BLOCKED,  # a trial account writes to verified numbers only
    21266: FailureCode.BAD_CONTENT,  # to itself
    21610: FailureCode.OPTED_OUT,
    21602: FailureCode.BAD_CONTENT,  # empty
    21605: FailureCode.TOO_LARGE,
    21617: FailureCode.TOO_LARGE,  # more than 1,600 characters
    21619: FailureCode.BAD_CONTENT,  # neither text nor picture
    21620: FailureCode.BAD_CONTENT,  # the picture's address cannot be used
    21623: FailureCode.TOO_LARGE,  # more than ten pictures
    30003: FailureCode.REFUSED,  # switched off or out of reach: says nothing for tomorrow
    30004: FailureCode.BLOCKED,
    30005: FailureCode.UNKNOWN_ADDRESS,
    30006: FailureCode.UNKNOWN_ADDRESS,  # a landline
    30007: FailureCode.BLOCKED,  # filtered as spam
    30008: FailureCode.REFUSED,
    30011: FailureCode.BAD_CONTENT,  # pictures are not supported there
    30022: FailureCode.BLOCKED,  # over the limit of the registered campaign
    30032: FailureCode.BLOCKED,  # toll-free number not verified
    30034: FailureCode.BLOCKED,  # US number not registered (A2P 10DLC)
    63016: FailureCode.WINDOW_CLOSED,
}
WORDS: dict[int, str] = {
    21211: "This is not a phone number that exists.",
    21408: "Texts to this country are off at Twilio: Messaging, Settings, Geo permissions.",
    21608: "A Twilio trial account texts only to numbers that were verified there.",
    21610: "The customer told Twilio not to text from this number any more.",
    21612: "This sender cannot text to that country.",
    21614: "This number cannot get texts; it is probably a landline.",
    21635: "This number is a landline.",
    30003: "The phone was off or out of reach.",
    30004: "The network or the phone blocks texts from this sender.",
    30005: "The number does not exist any more.",
    30006: "The number is a landline, or its network cannot be reached.",
    30007: "The network took the text for spam.",
    30008: "The network gave no reason.",
    30032: "The toll-free number is not verified at Twilio yet.",
    30034: "US networks take texts only from registered numbers: Twilio, Messaging, A2P 10DLC.",
}

STATUSES: dict[str, ReceiptKind] = {
    "accepted": ReceiptKind.ACCEPTED,
    "queued": ReceiptKind.ACCEPTED,
    "sending": ReceiptKind.ACCEPTED,
    "sent": ReceiptKind.ACCEPTED,
    "delivered": ReceiptKind.DELIVERED,
    "read": ReceiptKind.READ,
    "undelivered": ReceiptKind.FAILED,
    "failed": ReceiptKind.FAILED,
    "canceled": ReceiptKind.FAILED,
}
INBOUND = frozenset({"received", "receiving"})


def failure_kind(code: FailureCode) -> ReceiptKind:
    """Return the receipt of a failure: only a number that is no number blocks itself."""
    unknown = code is FailureCode.UNKNOWN_ADDRESS
    return ReceiptKind.HARD_BOUNCE if unknown else ReceiptKind.FAILED
