"""Shopify: signed webhooks in, GraphQL reads beside them. Importing registers the connector.

Set-up and quirks: README.md beside this file.
"""

from shopbell.connections.ports import CONNECTORS
from shopbell.connectors.shops.shopify.shop import Shopify
from shopbell.orders.ports import SHOPS

CONNECTORS.register(Shopify.key, SHOPS.register(Shopify.key, Shopify()))
