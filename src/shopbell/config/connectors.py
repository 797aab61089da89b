"""The list of built-in connectors. A connector's folder can be deleted: it is then not offered."""

from importlib import import_module
from importlib.util import find_spec

from shopbell.connections.ports import RECEIVERS
from shopbell.messaging.ports import CHANNELS
from shopbell.orders.ports import CARRIERS, SHOPS

BUILT_IN = (
    "shopbell.connectors.shops.shopify",
    "shopbell.connectors.shops.woocommerce",
    "shopbell.connectors.shops.generic",
    "shopbell.connectors.carriers.generic",
    "shopbell.connectors.carriers.aftership",
    "shopbell.connectors.carriers.easypost",
    "shopbell.connectors.receivers.generic",
    "shopbell.connectors.channels.smtp",
    "shopbell.connectors.channels.mailbox",
    "shopbell.connectors.channels.listener",
    "shopbell.connectors.channels.anymail",
    "shopbell.connectors.channels.sandbox",
    "shopbell.connectors.channels.widget",
    "shopbell.connectors.channels.twilio_voice",
    "shopbell.connectors.channels.whatsapp_cloud",
    "shopbell.connectors.channels.instagram",
    "shopbell.connectors.channels.messenger",
    "shopbell.connectors.channels.telegram",
    "shopbell.connectors.channels.channel_http",
    "shopbell.connectors.channels.twilio_sms",
    "shopbell.connectors.channels.http_sms",
    "shopbell.connectors.channels.vonage_sms",
)


def load_connectors() -> None:
    """Import the built-in connectors and those of outside packages; importing registers them."""
    for module in BUILT_IN:
        if _is_there(module):
            import_module(module)
    for registry in (SHOPS, CARRIERS, CHANNELS, RECEIVERS):
        registry.load_outsiders()


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # the whole family's folder is gone
        return False
