"""Text messages through Twilio. Registers `twilio_sms`."""

from shopbell.connections.ports import CONNECTORS
from shopbell.connectors.channels.twilio_sms.channel import TwilioSms
from shopbell.messaging.ports import CHANNELS

CHANNEL = TwilioSms()
CHANNELS.register(CHANNEL.key, CHANNEL)
CONNECTORS.register(CHANNEL.key, CHANNEL)
