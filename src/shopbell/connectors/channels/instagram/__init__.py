"""Instagram: direct messages and comments. Registers `instagram`."""

from shopbell.connections.ports import CONNECTORS
from shopbell.connectors.channels.instagram.channel import InstagramChannel
from shopbell.messaging.ports import CHANNELS

CHANNEL = InstagramChannel()
CHANNELS.register(CHANNEL.key, CHANNEL)
CONNECTORS.register(CHANNEL.key, CHANNEL)
