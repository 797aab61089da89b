"""Channels that need no account anywhere. Registers `sandbox_email`, `_sms` and `_whatsapp`."""

from shopbell.connections.ports import CONNECTORS
from shopbell.connectors.channels.sandbox.channels import (
    SandboxEmail,
    SandboxSms,
    SandboxWhatsApp,
)
from shopbell.messaging.ports import CHANNELS, Channel

_ALL: tuple[Channel, ...] = (SandboxEmail(), SandboxSms(), SandboxWhatsApp())
for _channel in _ALL:
    CHANNELS.register(_channel.key, _channel)
    CONNECTORS.register(_channel.key, _channel)
