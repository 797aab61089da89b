"""WhatsApp through Meta's Cloud API. Registers `whatsapp_cloud`."""

from shopbell.connections.ports import CONNECTORS
from shopbell.connectors.channels.whatsapp_cloud.channel import WhatsAppChannel
from shopbell.messaging.ports import CHANNELS

CHANNEL = WhatsAppChannel()
CHANNELS.register(CHANNEL.key, CHANNEL)
CONNECTORS.register(CHANNEL.key, CHANNEL)
