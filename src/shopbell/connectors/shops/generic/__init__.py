"""Any shop that can send our own JSON: signed webhooks in, nothing to read back.

`schema.py` is the canonical JSON, shared with the HTTP API. Set-up: README.md beside this file.
"""

from shopbell.connections.ports import CONNECTORS
from shopbell.connectors.shops.generic.shop import GenericShop
from shopbell.orders.ports import SHOPS

CONNECTORS.register(GenericShop.key, SHOPS.register(GenericShop.key, GenericShop()))
