"""EasyPost trackers: webhooks in, and asking for one parcel. See README.md."""

from shopbell.connections.ports import CONNECTORS
from shopbell.connectors.carriers.easypost.connector import EasyPost
from shopbell.orders.ports import CARRIERS

CONNECTOR = EasyPost()

CARRIERS.register(CONNECTOR.key, CONNECTOR)
CONNECTORS.register(CONNECTOR.key, CONNECTOR)
