"""Whether receivers can trust mail from the store's domain: asked by a job, kept for the page.

A newcomer's mistake: asking the DNS while a page is made. It takes seconds, and offline it takes
all of them.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from shopbell.accounts.models import Store
from shopbell.campaigns.models import SenderDomain
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.mail.domains import Sender, check_domain, sender_of
from shopbell.messaging.inboxes import inboxes
from shopbell.messaging.ports import CHANNELS, Medium
from shopbell.web.live import announce

TASK = "campaigns.ask_about_domain"
FRESH = timedelta(hours=1)
_UNSIGNED = (
    False,
    "Whether mails are signed (DKIM) is not known: the mailbox does not say with which key.",
    "Write the name of the key, its selector, into the settings of the mailbox.",
)


def sender_now() -> tuple[Sender | None, bool]:
    """Return from where mails of the store in scope come, and whether that is a sandbox."""
    inbox = inboxes().get(Medium.EMAIL)
    if inbox is None:
        return None, False
    sandbox = CHANNELS.get(inbox.connector).capabilities.sandbox
    return sender_of(inbox.address, str(inbox.settings.get("dkim_selector", ""))), sandbox


def told_about(sender: Sender) -> Sequence[tuple[bool, str, str]] | None:
    """Return what was found out about a domain, None if nothing was yet."""
    row = SenderDomain.objects.filter(domain=sender.domain, selector=sender.selector).first()
    if row is None or row.told_at is None:
        return None
    told = [(bool(ok), str(says), str(do)) for ok, says, do in row.told]
    return told if sender.selector else [*told, _UNSIGNED]


@transaction.atomic
def ask_about_domain(*, store: Store) -> bool:
    """Have a job ask, unless it was done in the last hour; returns whether it will be asked."""
    sender, sandbox = sender_now()
    if sender is None or sandbox or not sender.domain:
        return False
    now = clock.now()
    row, made = SenderDomain.objects.select_for_update().get_or_create(
        domain=sender.domain, selector=sender.selector, defaults={"asked_at": now}
    )
    if not made and row.told_at is not None and row.told_at > now - FRESH:
        return False
    row.asked_at = now
    row.save(update_fields=["asked_at"])
    job = app.configure_task(TASK, queueing_lock=f"domain:{store.pk}:{sender.domain}"[:120])
    try:
        with transaction.atomic():
            job.defer(store_id=store.pk, domain=sender.domain, selector=sender.selector)
    except AlreadyEnqueued:
        pass
    return True


def find_out_about_domain(store_id: int, sender: Sender) -> None:
    """Ask the DNS and keep what it said; for the job."""
    told = [[each.ok, each.sentence, each.remedy] for each in check_domain(sender)]
    with store_scope(store_id):
        SenderDomain.objects.filter(domain=sender.domain, selector=sender.selector).update(
            told=told, told_at=clock.now()
        )
        announce(store_id, "campaigns")
