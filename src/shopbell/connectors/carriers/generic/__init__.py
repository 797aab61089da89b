"""The open door for carriers: a signed webhook anybody can send. See README.md."""

from shopbell.connections.ports import CONNECTORS
from shopbell.connectors.carriers.generic.connector import GenericCarrier
from shopbell.orders.ports import CARRIERS

CONNECTOR = GenericCarrier()

CARRIERS.register(CONNECTOR.key, CONNECTOR)
CONNECTORS.register(CONNECTOR.key, CONNECTOR)
