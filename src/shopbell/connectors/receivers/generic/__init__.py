"""Any program that takes a signed POST. See README.md."""

from shopbell.connections.ports import CONNECTORS, RECEIVERS
from shopbell.connectors.receivers.generic.receiver import GenericReceiver

CONNECTOR = GenericReceiver()

RECEIVERS.register(CONNECTOR.key, CONNECTOR)
CONNECTORS.register(CONNECTOR.key, CONNECTOR)
