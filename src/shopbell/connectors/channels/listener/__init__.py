"""Own listener for mail, behind a mail server. Registers `listener`."""

from shopbell.connections.ports import CONNECTORS
from shopbell.connectors.channels.listener.channel import ListenerChannel
from shopbell.messaging.ports import CHANNELS

CHANNEL = ListenerChannel()
CHANNELS.register(CHANNEL.key, CHANNEL)
CONNECTORS.register(CHANNEL.key, CHANNEL)
