"""Mail through a mail provider's API. Registers `anymail`."""

from shopbell.connections.ports import CONNECTORS
from shopbell.connectors.channels.anymail.channel import AnymailChannel
from shopbell.messaging.ports import CHANNELS

CHANNEL = AnymailChannel()
CHANNELS.register(CHANNEL.key, CHANNEL)
CONNECTORS.register(CHANNEL.key, CHANNEL)
