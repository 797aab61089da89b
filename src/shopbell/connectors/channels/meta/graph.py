"""Calling the Graph API as one account, and bringing its files here."""

import json
from typing import Any
from urllib.parse import urlsplit

from shopbell.connectors.channels.meta.errors import find_refusal
from shopbell.connectors.channels.meta.settings import MetaSettings
from shopbell.connectors.channels.multipart import file_form
from shopbell.kit.http import Provider, PublicFetcher, Reply
from shopbell.messaging.ports import OutgoingFile

FILE_BYTES = 26_000_000
_FETCH_SECONDS = 60.0


class Graph:
    """The Graph API with an account's token. An instance is cheap."""

    def __init__(self, settings: MetaSettings, title: str) -> None:
        self.title = title
        self._provider = Provider(
            f"{settings.api_base.rstrip('/')}/{settings.api_version}",
            name=title,
            headers={"authorization": f"Bearer {settings.access_token.get_secret_value()}"},
            read_timeout=settings.timeout,
            total_timeout=settings.timeout,
        )

    def ask(self, method: str, path: str, **options: Any) -> Reply:
        """Call, and return whatever is answered. Raises as `Provider.ask`."""
        return self._provider.ask(method, path, **options)

    def do(self, method: str, path: str, **options: Any) -> tuple[dict[str, Any], Reply]:
        """Call, and return the answer with its headers.

        Raises:
            Temporary, Permanent: it was refused, or nobody answers.
        """
        reply = self.ask(method, path, **options)
        refusal = find_refusal(reply)
        if refusal is not None:
            raise refusal.error(self.title)
        content: dict[str, Any] = reply.json(self.title)
        return content, reply

    def upload(self, owner: str, file: OutgoingFile, kind: str, platform: str) -> Reply:
        """Bring a file to Meta; the answer names its `attachment_id`. The customer sees nothing."""
        attachment = {"attachment": {"type": kind, "payload": {"is_reusable": True}}}
        fields = {"message": json.dumps(attachment)} | ({"platform": platform} if platform else {})
        content_type, content = file_form(fields, "filedata", file)
        return self.ask(
            "POST",
            f"{owner}/message_attachments",
            content=content,
            headers={"content-type": content_type},
        )


def fetch_file(url: str, settings: MetaSettings, title: str) -> bytes:
    """Return a file that a customer sent. The token never goes along.

    Raises:
        Temporary, Permanent: it is not to be had, or not any more.
    """
    base, asked = urlsplit(settings.api_base), urlsplit(url)
    if (asked.scheme, asked.netloc) == (base.scheme, base.netloc):
        provider = Provider(f"{base.scheme}://{base.netloc}", name=title, max_bytes=FILE_BYTES)
        return provider.get(asked.path + (f"?{asked.query}" if asked.query else "")).body
    fetcher = PublicFetcher(max_bytes=FILE_BYTES, total_timeout=_FETCH_SECONDS)
    return fetcher.fetch(url).body
