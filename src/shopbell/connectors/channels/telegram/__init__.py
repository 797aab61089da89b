"""Telegram, through a bot. Registers `telegram`."""

from shopbell.connections.ports import CONNECTORS
from shopbell.connectors.channels.telegram.channel import TelegramChannel
from shopbell.messaging.ports import CHANNELS

CHANNEL = TelegramChannel()
CHANNELS.register(CHANNEL.key, CHANNEL)
CONNECTORS.register(CHANNEL.key, CHANNEL)
