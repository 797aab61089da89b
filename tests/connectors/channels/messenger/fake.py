"""A Facebook page on loopback, and the settings of its account."""

from datetime import datetime
from typing import Any

from shopbell.connections.ports import Account
from shopbell.connectors.channels.messenger.channel import MessengerSettings
from tests.connectors.channels.meta.fake import APP_SECRET, TOKEN, VERSION, FakeMeta
from tests.support.channels import make_account


class FakeMessenger(FakeMeta):
    """One page."""

    about = "page"
    replies_edge = "comments"
    hide_field = "is_hidden"
    text_limit = 2000
    names_type = True

    def __init__(self, own_id: str = "100000000000001", **more: Any) -> None:
        super().__init__(own_id, **more)

    def account(self, **changes: Any) -> Account:
        """Return the account as Shopbell has it connected."""
        settings = MessengerSettings.model_validate({**self.settings(), **changes})
        return make_account("messenger", settings, slug="page", address="")

    def settings(self) -> dict[str, Any]:
        """Return the settings as a person enters them."""
        return {
            "page_id": self.own_id,
            "access_token": TOKEN,
            "app_secret": APP_SECRET,
            "verify_token": "lark and larder",
            "api_base": self.url,
            "api_version": VERSION,
        }

    def change(self, identity: str, verb: str = "add", at: datetime | None = None) -> bytes:
        """Return the webhook about a comment: added, edited, removed."""
        at = at or self.now()
        change = self._change(identity)
        change["value"] |= {"verb": verb, "created_time": int(at.timestamp())}
        return self._body(at, changes=[change])

    def _length(self, text: str) -> int:
        return len(text)

    def _change(self, identity: str) -> dict[str, Any]:
        comment = self.comments[identity]
        post = f"{self.own_id}_{comment.post}"
        value = {
            "item": "comment",
            "verb": "add",
            "comment_id": identity,
            "post_id": post,
            "parent_id": comment.parent or post,
            "from": {"id": comment.author, "name": "Mia Sommer"},
            "message": comment.text,
            "created_time": int(comment.at.timestamp()),
            "post": {"id": post, "permalink_url": f"https://facebook.example/{comment.post}"},
        }
        return {"field": "feed", "value": value}
