"""Doors for mail: listeners on our own ports. Accounts that name the same place share one."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from django.db import connections

from shopbell.connections.models import Connection
from shopbell.connections.queries import account_of
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.inbound.storing import store_handed
from shopbell.messaging.ports import CHANNELS, Door, HandedMail, MailDoor


class OpenDoor:
    """One place where mail is taken for one or more inboxes."""

    def __init__(self, inboxes: list[Connection]) -> None:
        self._inboxes = {plain_address(inbox.address): inbox for inbox in inboxes}
        for inbox in inboxes:  # also answers to what the store's sending inboxes sent
            for address in addresses_of(inbox.store_id):
                self._inboxes.setdefault(address, inbox)
        first = inboxes[0]
        with store_scope(first.store_id):
            account = account_of(first)
        plug = cast(MailDoor, CHANNELS.get(first.connector))
        self._door: Door = plug.listen(account, self._knows, self._take)

    def close(self) -> None:
        """Stop listening."""
        self._door.close()

    def _knows(self, recipient: str) -> bool:
        return plain_address(recipient) in self._inboxes

    def _take(self, mail: HandedMail) -> None:
        """Store the mail for each inbox it is for; returns when that is committed."""
        try:
            for inbox, recipients in self._split(mail.recipients).items():
                store_handed(self._by_id[inbox], replace(mail, recipients=recipients))
        finally:
            connections.close_all()

    @property
    def _by_id(self) -> Mapping[uuid.UUID, Connection]:
        return {inbox.pk: inbox for inbox in self._inboxes.values()}

    def _split(self, recipients: tuple[str, ...]) -> dict[uuid.UUID, tuple[str, ...]]:
        found: dict[uuid.UUID, tuple[str, ...]] = {}
        for recipient in recipients:
            inbox = self._inboxes[plain_address(recipient)]
            found[inbox.pk] = (*found.get(inbox.pk, ()), recipient)
        return found


def addresses_of(store_id: int) -> list[str]:
    """Return the addresses from which a store sends mail, without plus parts."""
    with store_scope(store_id):
        rows = Connection.objects.filter(family="channel", address__contains="@")
        return sorted({plain_address(row) for row in rows.values_list("address", flat=True)})


def plain_address(address: str) -> str:
    """Return an address in lower case without its plus part."""
    local, at, domain = address.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"
