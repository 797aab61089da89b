"""Writing down what somebody agreed to by a form, with all that proves it.

A newcomer's mistake: noting the purpose alone. Who left a topic unticked does not want it.
"""

from typing import Any

from shopbell.consent.actions import record_consent
from shopbell.consent.choosing import begin_anew
from shopbell.consent.models import ConsentAction
from shopbell.kit import clock
from shopbell.signups.models import Signup


def grant(row: Signup, proved: dict[str, Any]) -> None:
    """Grant what was asked for, in the transaction of the caller, who saves the row."""
    assert row.customer is not None
    row.confirmed_at = clock.now()
    proof = proof_of(row) | {name: value for name, value in proved.items() if value}
    for channel in row.form.channels:
        for topic in row.offered:
            wanted = topic in row.topics
            action = ConsentAction.GRANTED if wanted else ConsentAction.WITHDRAWN
            note(row, channel, action, proof, topic=topic)
        note(row, channel, ConsentAction.GRANTED, proof)
    begin_anew(customer=row.customer, is_leaving=False)


def note(
    row: Signup, channel: str, action: ConsentAction, proof: dict[str, Any], topic: str = ""
) -> None:
    """Append one event of permission."""
    assert row.customer is not None
    record_consent(
        customer=row.customer,
        purpose=row.form.purpose,
        channel=channel,
        topic=topic,
        action=action,
        source=str(row.told.get("source") or f"sign-up form “{row.form.name}”"),
        wording=row.wording,
        language=row.language,
        proof=proof,
        actor="customer",
    )


def proof_of(row: Signup) -> dict[str, Any]:
    """Return what is known of the asking."""
    told = {
        "signup": str(row.pk),
        "form": row.form.slug,
        "version": row.told.get("version") or row.version,
        "asked_at": row.created_at.isoformat(),
        "asked_from": row.remote,
        "address": row.email or row.phone,
        "page": row.page,
        "order": row.told.get("order", ""),
        "told_by": row.told.get("told_by", ""),
    }
    return {name: value for name, value in told.items() if value}
