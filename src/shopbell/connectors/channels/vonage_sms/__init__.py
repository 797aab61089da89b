"""Text messages through Vonage. Registers `vonage_sms`."""

from shopbell.connections.ports import CONNECTORS
from shopbell.connectors.channels.vonage_sms.channel import VonageSms
from shopbell.messaging.ports import CHANNELS

CHANNEL = VonageSms()
CHANNELS.register(CHANNEL.key, CHANNEL)
CONNECTORS.register(CHANNEL.key, CHANNEL)
