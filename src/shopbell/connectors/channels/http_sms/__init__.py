"""Text messages through any gateway that speaks HTTP. Registers `http_sms`."""

from shopbell.connections.ports import CONNECTORS
from shopbell.connectors.channels.http_sms.channel import HttpSms
from shopbell.messaging.ports import CHANNELS

CHANNEL = HttpSms()
CHANNELS.register(CHANNEL.key, CHANNEL)
CONNECTORS.register(CHANNEL.key, CHANNEL)
