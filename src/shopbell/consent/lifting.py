"""Blocks of a customer's addresses, and lifting one: with who, why, and where needed the proof.

Addresses are stored as hashes, so blocks are found from the customer's side. A newcomer's mistake:
lifting a STOP because somebody asked a colleague to. What the customer said themselves is lifted by
what the customer says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from shopbell.accounts.models import Store
from shopbell.consent.actions import lift_suppression
from shopbell.consent.models import Suppression, SuppressionReason
from shopbell.consent.optouts import opt_in
from shopbell.consent.queries import BY_NUMBER, address_hash
from shopbell.customers.events import CustomersChanged
from shopbell.customers.models import Customer, IdentityKind
from shopbell.events.actions import emit
from shopbell.kit import clock
from shopbell.kit.errors import Invalid, NotFound
from shopbell.kit.text import one_line

# What the customer said themselves.
THEIR_WORD = frozenset(
    {SuppressionReason.OPTED_OUT, SuppressionReason.UNSUBSCRIBED, SuppressionReason.COMPLAINT}
)


@dataclass(frozen=True, slots=True)
class Blocked:
    """One address of a customer that is, or was, not written to."""

    medium: str
    address: str
    row: Suppression

    @property
    def needs_proof(self) -> bool:
        """Whether only the customer's own word lifts it."""
        return self.row.reason in THEIR_WORD


def blocked_addresses(
    store: Store, customer: Customer, *, with_lifted: bool = False
) -> list[Blocked]:
    """Return the blocks of every address of a customer, the newest first."""
    mails, phones = {customer.email}, {customer.phone}
    for identity in customer.identities.all():
        if identity.kind == IdentityKind.EMAIL:
            mails.add(identity.value)
        elif identity.kind == IdentityKind.PHONE:
            phones.add(identity.value)
    ways = [("email", value) for value in mails if value]
    ways += [(medium, value) for medium in BY_NUMBER for value in phones if value]
    known = {address_hash(store, medium, value): (medium, value) for medium, value in ways}
    rows = Suppression.objects.filter(address_hash__in=known).order_by("-created_at", "-id")
    if not with_lifted:
        rows = rows.filter(lifted_at=None)
    return [Blocked(*known[row.address_hash], row) for row in rows]


@transaction.atomic
def lift_block(
    *, store: Store, customer: Customer, block: UUID, by: str, why: str, proof: str = ""
) -> Sequence[Suppression]:
    """Write to an address again; returns the blocks that were lifted.

    A STOP counts for the number, so it is lifted on all channels by number, and the permissions it
    took come back with the proof. The rows stay as history with who lifted them and why.

    Raises:
        NotFound: no address of this customer is blocked by it (any more).
        Invalid: nobody says why, or the customer's own word is missing.
    """
    found = next(
        (each for each in blocked_addresses(store, customer) if each.row.pk == block), None
    )
    if found is None:
        raise NotFound("This is not blocked any more.", remedy="Reload the page.")
    why, proof = one_line(why, 200), one_line(proof, 200)
    if not why:
        raise Invalid("Say why it is lifted.", fields={"why": "A few words."}, kept=_KEPT)
    if found.needs_proof and not proof:
        raise Invalid(
            "The customer wanted this, so only the customer can take it back.",
            fields={"proof": "When, where and in which words did the customer ask for messages?"},
            kept=_KEPT,
        )
    said = f"Lifted by {by}: {why}" + (f" ({proof})" if proof else "")
    rows = [found.row]
    if found.row.reason == SuppressionReason.OPTED_OUT and found.medium in BY_NUMBER:
        rows = _of_the_number(store, customer, found)
        opt_in(
            store=store, number=found.address, words=proof, source=f"staff: {why}",
            at=clock.now(), actor=by,
        )  # fmt: skip
    else:
        lift_suppression(suppression=found.row)
    for row in rows:
        row.detail = ". ".join(filter(None, (row.detail, said)))[:500]
        row.save(update_fields=["detail"])
    emit(CustomersChanged(customer_ids=[str(customer.pk)], about=["consent"]))
    return rows


def _of_the_number(store: Store, customer: Customer, found: Blocked) -> list[Suppression]:
    """Return the rows of one STOP: one for each channel by number."""
    return [
        each.row
        for each in blocked_addresses(store, customer)
        if each.address == found.address and each.row.reason == found.row.reason
    ]


_KEPT = "It is still blocked."
