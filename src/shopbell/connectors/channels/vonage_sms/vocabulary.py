"""What Vonage's error codes and statuses mean for us.

https://developer.vonage.com/en/api-errors/messages. A code comes as `title` or at the end of
`type`, for refusals at once and for receipts alike.
"""

from shopbell.messaging.ports import FailureCode, ReceiptKind

WAIT = frozenset({1000, 1480})  # throttled
ACCOUNT = frozenset({1040, 1060, 1070, 1080, 1420})  # credit, partner account, quota, bad sender
FAILURES: dict[int, FailureCode] = {
    1010: FailureCode.BAD_CONTENT,
    1020: FailureCode.BAD_CONTENT,
    1050: FailureCode.BLOCKED,  # the number is barred
    1110: FailureCode.TOO_LARGE,
    1160: FailureCode.BLOCKED,  # a trial account texts only to numbers of its list
    1170: FailureCode.UNKNOWN_ADDRESS,
    1180: FailureCode.REFUSED,  # off for now
    1190: FailureCode.UNKNOWN_ADDRESS,  # off for good
    1210: FailureCode.BLOCKED,  # taken for spam
    1220: FailureCode.REFUSED,
    1240: FailureCode.UNKNOWN_ADDRESS,
    1250: FailureCode.BLOCKED,  # no way to that network
    1260: FailureCode.REFUSED,
    1270: FailureCode.BLOCKED,
    1280: FailureCode.BLOCKED,
    1460: FailureCode.OPTED_OUT,
}
STATUSES: dict[str, ReceiptKind] = {
    "submitted": ReceiptKind.ACCEPTED,
    "delivered": ReceiptKind.DELIVERED,
    "read": ReceiptKind.READ,
    "rejected": ReceiptKind.FAILED,
    "undeliverable": ReceiptKind.FAILED,
}
