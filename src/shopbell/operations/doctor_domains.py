"""The doctor's look at the domains of all addresses we send from (see `kit/mail/domains.py`)."""

from collections.abc import Iterator

from shopbell.config.environment import Environment
from shopbell.kit.mail.domains import Sender, check_domain, sender_of
from shopbell.operations.doctor import Finding


def check_sender_domains(environment: Environment) -> Iterator[Finding]:
    """Check the domain of every address of every connected mail channel."""
    del environment
    from django.db import DatabaseError

    try:
        senders = _senders()
    except DatabaseError:
        return  # the tables are missing; the migrations' finding says so
    for sender in senders:
        for each in check_domain(sender):
            yield Finding(each.name, each.ok, each.sentence, each.remedy)


def _senders() -> list[Sender]:
    from shopbell.connections.models import Connection
    from shopbell.kit.db.scope import unscoped

    with unscoped("doctor: sender domains of all stores"):
        rows = list(
            Connection.objects.filter(family="channel", address__contains="@").values_list(
                "address", "settings"
            )
        )
    found = {
        sender_of(str(address), str(settings.get("dkim_selector", "")))
        for address, settings in rows
    }
    return sorted(found, key=lambda sender: (sender.domain, sender.selector))
