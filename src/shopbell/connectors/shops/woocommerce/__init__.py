"""WooCommerce: signed webhooks in, REST reads beside them. Importing registers the connector.

Set-up and quirks: README.md beside this file.
"""

from shopbell.connections.ports import CONNECTORS
from shopbell.connectors.shops.woocommerce.shop import WooCommerce
from shopbell.orders.ports import SHOPS

CONNECTORS.register(WooCommerce.key, SHOPS.register(WooCommerce.key, WooCommerce()))
