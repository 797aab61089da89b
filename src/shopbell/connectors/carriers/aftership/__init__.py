"""AfterShip Tracking: webhooks in, and asking for one parcel. See README.md."""

from shopbell.connections.ports import CONNECTORS
from shopbell.connectors.carriers.aftership.connector import AfterShip
from shopbell.orders.ports import CARRIERS

CONNECTOR = AfterShip()

CARRIERS.register(CONNECTOR.key, CONNECTOR)
CONNECTORS.register(CONNECTOR.key, CONNECTOR)
