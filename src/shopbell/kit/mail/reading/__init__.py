"""Reads the mail of strangers: bytes in, one frozen `Mail` out, nothing raised, nothing executed.

Raw bytes are stored before this is called. `read_mail` works in this process and suits tests and
mail of our own; `MailReaders` does the same in children with limits, for everything else. Trimming
(`trim_text`, `trim_html`) finds the customer's own new words.
"""

from shopbell.kit.mail.reading.mails import (
    Bounce,
    Invitation,
    Mail,
    MailPart,
    Nature,
    Unreadable,
)
from shopbell.kit.mail.reading.pool import MailReaders
from shopbell.kit.mail.reading.reader import read_mail
from shopbell.kit.mail.reading.trimming import Trimmed, trim_html, trim_text

__all__ = [
    "Bounce",
    "Invitation",
    "Mail",
    "MailPart",
    "MailReaders",
    "Nature",
    "Trimmed",
    "Unreadable",
    "read_mail",
    "trim_html",
    "trim_text",
]
