"""Files from outside are handed out only after the virus scanner has looked, where there is one.

What a customer sends is taken at once and looked at afterwards: a scanner that is away loses
nothing. What a colleague attaches is looked at before it is kept. An infected file stays where it
is and is never handed out; signatures err, so a person may have it looked at again. The looking is
done in `conversations/scans.py`.
"""

from collections.abc import Sequence

from django.db import transaction

from shopbell.conversations.models import Attachment, Scan, Scanned
from shopbell.events.actions import wake
from shopbell.kit import clock
from shopbell.kit.antivirus import configured
from shopbell.kit.errors import Conflict, Invalid, Permanent, Temporary
from shopbell.kit.media import file_bytes

PUMP = "scans"
PATIENCE_SECONDS = 15.0  # somebody waits for it, and a web process with them


def first_state() -> Scanned:
    """Return the state of a file that has just come in."""
    return Scanned.PENDING if configured() else Scanned.NOT


def await_scan(files: Sequence[Attachment]) -> None:
    """Have files looked at that wait for it."""
    waiting = [file for file in files if file.scanned == Scanned.PENDING]
    if waiting:
        now = clock.now()
        Scan.objects.bulk_create(
            Scan(store_id=file.store_id, attachment=file, due_at=now, attempts=0)
            for file in waiting
        )
        wake(PUMP)


def scan_now(content: bytes) -> Scanned:
    """Look at a file before it is kept.

    Raises:
        Invalid: it is infected, or nobody can look at it now.
    """
    scanner = configured(PATIENCE_SECONDS)
    if scanner is None:
        return Scanned.NOT
    try:
        found = scanner.scan(content)
    except Permanent:
        return Scanned.TOO_LARGE
    except Temporary:
        raise Invalid(
            "The virus scanner does not answer, so the file could not be checked.",
            kept="Nothing was stored.",
            remedy="Try again in a minute; if it goes on, tell the people who run this Shopbell.",
        ) from None
    if found:
        raise Invalid(f"The virus scanner found {found} in this file.", kept="Nothing was stored.")
    return Scanned.CLEAN


def content_of(file: Attachment) -> bytes:
    """Return what is in a file, for handing it out.

    Raises:
        Conflict: it is infected, or has not been looked at yet.
        NotFound: it is gone.
    """
    if file.scanned == Scanned.PENDING:
        raise Conflict(
            "This file is still being checked for viruses.", remedy="Try again in a moment."
        )
    if file.scanned == Scanned.INFECTED:
        raise Conflict(
            f"The virus scanner found {file.malware} in this file, so it is not handed out."
        )
    return file_bytes(file.key)


@transaction.atomic
def scan_again(*, file: Attachment) -> None:
    """Have an infected file looked at once more: signatures err, and are mended."""
    row = Attachment.objects.select_for_update().get(pk=file.pk)
    if row.scanned != Scanned.INFECTED or configured() is None:
        return
    row.scanned, row.malware = Scanned.PENDING, ""
    row.save(update_fields=["scanned", "malware"])
    await_scan([row])
