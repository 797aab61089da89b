"""Instagram on loopback, and the settings of an account there."""

from typing import Any

from shopbell.connections.ports import Account
from shopbell.connectors.channels.instagram.channel import InstagramSettings
from tests.connectors.channels.meta.fake import APP_SECRET, TOKEN, VERSION, FakeMeta
from tests.support.channels import make_account


class FakeInstagram(FakeMeta):
    """One professional account."""

    def account(self, **changes: Any) -> Account:
        """Return the account as Shopbell has it connected."""
        settings = InstagramSettings.model_validate({**self.settings(), **changes})
        return make_account("instagram", settings, slug="instagram", address="")

    def settings(self) -> dict[str, Any]:
        """Return the settings as a person enters them."""
        return {
            "ig_user_id": self.own_id,
            "access_token": TOKEN,
            "app_secret": APP_SECRET,
            "verify_token": "lark and larder",
            "api_base": self.url,
            "api_version": VERSION,
        }
