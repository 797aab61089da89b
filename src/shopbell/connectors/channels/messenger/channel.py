"""The `messenger` channel. The work is done in `meta`; this says what is Messenger's own."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from shopbell.connections.ports import Settings
from shopbell.connectors.channels.meta.channel import MetaChannel
from shopbell.connectors.channels.meta.sending import OPTIONS
from shopbell.connectors.channels.meta.settings import MetaSettings
from shopbell.connectors.channels.meta.traits import MESSENGER, Traits
from shopbell.messaging.ports import Capabilities, Medium


class MessengerSettings(MetaSettings):
    """Settings of one Facebook page."""

    page_id: str = Field(
        pattern=r"^\d{5,30}$",
        description="The page's id: a long number, shown in the page's settings beside the token.",
    )

    @property
    def own_id(self) -> str:
        """The page's id in webhooks."""
        return self.page_id


class MessengerChannel(MetaChannel):
    """Messages to a Facebook page, and comments on its posts and ads."""

    key: ClassVar[str] = "messenger"
    title: ClassVar[str] = "Facebook Messenger"
    summary: ClassVar[str] = "Answer messages to your Facebook page, and comments on its posts."
    settings_model: ClassVar[type[Settings]] = MessengerSettings
    address_label: ClassVar[str] = "Page name"
    address_help: ClassVar[str] = "The Facebook page as customers see it, such as Lark & Larder."
    address_needed: ClassVar[bool] = False
    traits: ClassVar[Traits] = MESSENGER
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.MESSENGER,
        attachment_bytes=25_000_000,
        max_length=2000,
        delivery_receipts=True,
        read_receipts=True,
        reply_window=timedelta(hours=24),
        human_window=timedelta(days=7),
        options=OPTIONS,
        public=True,
        public_length=MESSENGER.comment_length,
        private_reply_window=timedelta(days=7),
        batch=16,
    )
