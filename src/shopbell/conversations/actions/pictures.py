"""Whose mails show their pictures without asking."""

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.conversations.models import PictureTrust
from shopbell.kit.errors import Invalid

MOST = 5_000


@transaction.atomic
def trust_pictures(*, address: str, by: User | None) -> PictureTrust:
    """Show pictures in all mails of a sender from now on; twice is once.

    Raises:
        Invalid: there is no address, or there are too many already.
    """
    wanted = address.strip().lower()[:320]
    if "@" not in wanted:
        raise Invalid("This mail names no sender.", kept="Nothing was changed.")
    if PictureTrust.objects.count() >= MOST:
        raise Invalid(
            f"Pictures of {MOST} senders are shown already.", remedy="Take some back first."
        )
    row, _ = PictureTrust.objects.get_or_create(address=wanted, defaults={"user": by})
    return row


@transaction.atomic
def block_pictures(*, address: str) -> None:
    """Ask again before pictures of a sender are shown."""
    PictureTrust.objects.filter(address=address.strip().lower()[:320]).delete()
