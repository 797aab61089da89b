"""The chat on the shop's page, as an inbox. Registers `widget`."""

from shopbell.connections.ports import CONNECTORS
from shopbell.connectors.channels.widget.channel import WidgetChannel
from shopbell.messaging.ports import CHANNELS

CHANNEL = WidgetChannel()
CHANNELS.register(CHANNEL.key, CHANNEL)
CONNECTORS.register(CHANNEL.key, CHANNEL)
