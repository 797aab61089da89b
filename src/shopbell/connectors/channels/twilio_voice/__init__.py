"""Calls through Twilio. Registers `twilio_voice`."""

from shopbell.connections.ports import CONNECTORS
from shopbell.connectors.channels.twilio_voice.channel import TwilioVoice
from shopbell.messaging.ports import CHANNELS

CHANNEL = TwilioVoice()
CHANNELS.register(CHANNEL.key, CHANNEL)
CONNECTORS.register(CHANNEL.key, CHANNEL)
