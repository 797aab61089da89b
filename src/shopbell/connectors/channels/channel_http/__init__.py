"""Any other platform, through a program of the merchant's. Registers `channel_http`."""

from shopbell.connections.ports import CONNECTORS
from shopbell.connectors.channels.channel_http.channel import HttpChannel
from shopbell.messaging.ports import CHANNELS

CHANNEL = HttpChannel()
CHANNELS.register(CHANNEL.key, CHANNEL)
CONNECTORS.register(CHANNEL.key, CHANNEL)
