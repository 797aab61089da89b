"""A whole mailbox: mail in by IMAP, mail out by SMTP. Registers `mailbox`."""

from shopbell.connections.ports import CONNECTORS
from shopbell.connectors.channels.mailbox.channel import MailboxChannel
from shopbell.messaging.ports import CHANNELS

CHANNEL = MailboxChannel()
CHANNELS.register(CHANNEL.key, CHANNEL)
CONNECTORS.register(CHANNEL.key, CHANNEL)
