"""Mail through any SMTP server. Registers `smtp`."""

from shopbell.connections.ports import CONNECTORS
from shopbell.connectors.channels.smtp.channel import SmtpChannel
from shopbell.messaging.ports import CHANNELS

CHANNEL = SmtpChannel()
CHANNELS.register(CHANNEL.key, CHANNEL)
CONNECTORS.register(CHANNEL.key, CHANNEL)
