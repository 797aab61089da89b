"""Facebook Messenger and comments on a page. Registers `messenger`."""

from shopbell.connections.ports import CONNECTORS
from shopbell.connectors.channels.messenger.channel import MessengerChannel
from shopbell.messaging.ports import CHANNELS

CHANNEL = MessengerChannel()
CHANNELS.register(CHANNEL.key, CHANNEL)
CONNECTORS.register(CHANNEL.key, CHANNEL)
