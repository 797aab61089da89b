"""The worker's part of looking through files: see `actions/scans.py`."""

import uuid
from datetime import timedelta

import structlog

from shopbell.conversations.actions.scans import PUMP
from shopbell.conversations.actions.timeline import tell_pages
from shopbell.conversations.models import Attachment, Scan, Scanned
from shopbell.events.pump import Pump, claim, register
from shopbell.kit import clock
from shopbell.kit.antivirus import Scanner, configured
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import NotFound, Permanent, Temporary
from shopbell.kit.media import file_bytes

log = structlog.get_logger()

BATCH = 10
LEASE_SECONDS = 120
PAUSES = (5, 30, 120)  # seconds until the scanner is asked again, the last one for ever


def run_scans() -> int:
    """Look at some of the files that wait; returns how many were claimed."""
    scanner = configured()
    if scanner is None:
        return 0
    rows = claim(
        table="conversations_scan",
        columns="t.id, t.store_id, t.attachment_id, t.attempts",
        where="true",
        limit=BATCH,
        lease_seconds=LEASE_SECONDS,
    )
    for scan_id, store_id, file_id, attempts in rows:
        try:
            state, malware = _look(scanner, store_id, file_id)
        except Temporary as error:
            log.warning("scan.put_off", error=str(error)[:200], attempts=attempts)
            _put_off(store_id, scan_id, attempts)
        else:
            _settle(store_id, scan_id, file_id, state, malware)
    return len(rows)


def _look(scanner: Scanner, store_id: int, file_id: uuid.UUID) -> tuple[Scanned, str]:
    with store_scope(store_id):
        file = Attachment.objects.filter(pk=file_id).first()
    if file is None:
        return Scanned.NOT, ""
    try:
        found = scanner.scan(file_bytes(file.key))
    except NotFound:  # whoever asks for it is told so
        return Scanned.NOT, ""
    except Permanent:
        return Scanned.TOO_LARGE, ""
    return (Scanned.INFECTED, found) if found else (Scanned.CLEAN, "")


def _settle(
    store_id: int, scan_id: uuid.UUID, file_id: uuid.UUID, state: Scanned, malware: str
) -> None:
    with store_scope(store_id):
        Attachment.objects.filter(pk=file_id).update(scanned=state, malware=malware)
        Scan.objects.filter(pk=scan_id).delete()
        file = Attachment.objects.select_related("entry__conversation").filter(pk=file_id).first()
        if file is not None and file.entry is not None:
            tell_pages(file.entry.conversation)


def _put_off(store_id: int, scan_id: uuid.UUID, attempts: int) -> None:
    pause = PAUSES[min(attempts, len(PAUSES)) - 1]
    with store_scope(store_id):
        Scan.objects.filter(pk=scan_id).update(
            lease_until=None, due_at=clock.now() + timedelta(seconds=pause)
        )


register(Pump(name=PUMP, run=run_scans, interval=5.0))
