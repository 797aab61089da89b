"""The `instagram` channel. The work is done in `meta`; this says what is Instagram's own."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from shopbell.connections.ports import Settings
from shopbell.connectors.channels.meta.channel import MetaChannel
from shopbell.connectors.channels.meta.sending import OPTIONS
from shopbell.connectors.channels.meta.settings import MetaSettings
from shopbell.connectors.channels.meta.traits import INSTAGRAM, Traits
from shopbell.messaging.ports import Capabilities, Medium


class InstagramSettings(MetaSettings):
    """Settings of one professional account on Instagram."""

    ig_user_id: str = Field(
        title="Instagram account ID",
        pattern=r"^\d{5,30}$",
        description="The account's id at Instagram: a long number, shown beside the token.",
    )
    page_id: str = Field(
        json_schema_extra={"rare": True},
        default="",
        pattern=r"^(\d{5,30})?$",
        description="Only if the token is one of a Facebook page that the account is linked to: "
        "the page's id. Messages are then sent through it.",
    )
    api_base: str = Field(
        json_schema_extra={"rare": True},
        default="https://graph.instagram.com",
        pattern=r"^https?://",
        description="Address of the API. With the token of a Facebook page: "
        "https://graph.facebook.com",
    )

    @property
    def own_id(self) -> str:
        """The account's id in webhooks."""
        return self.ig_user_id

    @property
    def sends_as(self) -> str:
        """The id in the address to which messages are posted."""
        return self.page_id or self.ig_user_id


class InstagramChannel(MetaChannel):
    """Direct messages, stories and comments of an account on Instagram."""

    key: ClassVar[str] = "instagram"
    title: ClassVar[str] = "Instagram"
    summary: ClassVar[str] = "Answer direct messages, story replies and comments on Instagram."
    settings_model: ClassVar[type[Settings]] = InstagramSettings
    address_label: ClassVar[str] = "Account name"
    address_help: ClassVar[str] = "What customers see, such as @lark.larder."
    address_needed: ClassVar[bool] = False
    traits: ClassVar[Traits] = INSTAGRAM
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.INSTAGRAM,
        attachment_bytes=25_000_000,
        max_length=1000,
        read_receipts=True,
        reply_window=timedelta(hours=24),
        human_window=timedelta(days=7),
        options=OPTIONS,
        public=True,
        public_length=INSTAGRAM.comment_length,
        private_reply_window=timedelta(days=7),
        batch=16,
    )
