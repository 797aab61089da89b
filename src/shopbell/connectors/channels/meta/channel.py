"""A channel of Meta: what Instagram and Messenger do alike, driven by their traits."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from shopbell.connections.ports import Account, Family, Health, Incoming, RawRequest
from shopbell.connectors.channels.meta.comments import read_change
from shopbell.connectors.channels.meta.errors import used_percent
from shopbell.connectors.channels.meta.graph import Graph, fetch_file
from shopbell.connectors.channels.meta.hooks import (
    answer_challenge,
    file_request,
    read_body,
    verify_signature,
)
from shopbell.connectors.channels.meta.messages import read_event, read_receipts
from shopbell.connectors.channels.meta.sending import MetaSession
from shopbell.connectors.channels.meta.settings import MetaSettings
from shopbell.connectors.channels.meta.traits import Traits
from shopbell.connectors.channels.payload import parts, word
from shopbell.kit.errors import ConnectorError
from shopbell.messaging.ports import Receipt, RemoteFile, Written


class MetaChannel:
    """Direct messages and comments of one account at Meta."""

    family: ClassVar[Family] = "channel"
    traits: ClassVar[Traits]

    def open(self, account: Account) -> MetaSession:
        """Make ready; the first request is the first message."""
        return MetaSession(account.settings, self.traits)

    def check(self, account: Account) -> Health:
        """Ask whose token it is, and subscribe to the webhooks that are missing."""
        settings: MetaSettings = account.settings
        traits = self.traits
        graph = Graph(settings, traits.title)
        try:
            found, reply = graph.do("GET", settings.sends_as, params={"fields": traits.profile})
            added = self._subscribe(graph, settings)
        except ConnectorError as error:
            hint = (
                "Make a new access token at Meta with the permissions of the guide, and paste it."
            )
            return Health(ok=False, summary=error.message, hint=hint)
        name = word(found, traits.profile) or settings.sends_as
        facts = (("Account", name), ("Allowance used", f"{used_percent(reply.headers)} %"))
        said = f"Connected to {name}." + (" Its webhooks are switched on now." if added else "")
        return Health(ok=True, summary=said, facts=facts)

    def verify(self, request: RawRequest, account: Account) -> None:
        """Check the signature."""
        verify_signature(request, account.settings)

    def challenge(self, request: RawRequest, account: Account) -> str | None:
        """Answer the question that Meta asks when the address is entered."""
        return answer_challenge(request, account.settings)

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]:
        """File the whole request as one entry."""
        return file_request(request, self.traits.object)

    def receipts(self, topic: str, body: bytes, account: Account) -> list[Receipt]:
        """Return what a webhook says about messages of ours."""
        own = account.settings.own_id
        found: list[Receipt] = []
        for entry in self._entries(body, account):
            for event in parts(entry, "messaging"):
                found += read_receipts(event, own)
        return found

    def written(self, topic: str, body: bytes, account: Account) -> list[Written]:
        """Return what customers wrote, in private and below posts."""
        own = account.settings.own_id
        found: list[Written | None] = []
        for entry in self._entries(body, account):
            sent = entry.get("time")
            found += [read_event(event, own) for event in parts(entry, "messaging")]
            found += [read_change(change, own, sent) for change in parts(entry, "changes")]
            if "field" in entry:  # as one page of Meta's documentation shows it
                found.append(read_change(entry, own, sent))
        return [one for one in found if one is not None]

    def fetch(self, file: RemoteFile, account: Account) -> bytes:
        """Return a file that a customer sent."""
        return fetch_file(file.ref, account.settings, self.traits.title)

    def hide(self, account: Account, comment: str, hidden: bool) -> None:
        """Hide a comment from everybody but who wrote it, or show it again."""
        graph = Graph(account.settings, self.traits.title)
        graph.do("POST", comment, json={self.traits.hides: hidden})

    def _entries(self, body: bytes, account: Account) -> Iterator[dict[str, Any]]:
        """Return the entries about this account: an app at Meta may serve several."""
        for entry in read_body(body, self.traits.object):
            if word(entry, "id") == account.settings.own_id:
                yield entry

    def _subscribe(self, graph: Graph, settings: MetaSettings) -> bool:
        edge, wanted = f"{settings.sends_as}/subscribed_apps", self.traits.fields
        answer, _ = graph.do("GET", edge)
        known: set[str] = set()
        for app in parts(answer, "data"):
            fields = app.get("subscribed_fields")
            known |= {str(field) for field in fields} if isinstance(fields, list) else set()
        if known.issuperset(wanted):
            return False
        graph.do("POST", edge, params={"subscribed_fields": ",".join(wanted)})
        return True
