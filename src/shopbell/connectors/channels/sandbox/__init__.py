"""Channels that need no account anywhere. Registers `sandbox_email`, `sandbox_sms` …"""

from shopbell.connections.ports import CONNECTORS
from shopbell.connectors.channels.sandbox.calls import SandboxPhone
from shopbell.connectors.channels.sandbox.channels import (
    SandboxEmail,
    SandboxInstagram,
    SandboxMessenger,
    SandboxSms,
    SandboxTelegram,
    SandboxWhatsApp,
)
from shopbell.messaging.ports import CHANNELS, Channel

_ALL: tuple[Channel, ...] = (
    SandboxEmail(),
    SandboxSms(),
    SandboxWhatsApp(),
    SandboxInstagram(),
    SandboxMessenger(),
    SandboxTelegram(),
    SandboxPhone(),
)
for _channel in _ALL:
    CHANNELS.register(_channel.key, _channel)
    CONNECTORS.register(_channel.key, _channel)
