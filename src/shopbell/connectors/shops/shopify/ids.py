"""Shopify's ids. The number in `admin_graphql_api_id` is the true one.

JavaScript on the way rounds numeric ids over 2^53 (…154508 becomes …154500); texts survive.
"""

import re

from shopbell.connectors.reading import Doc

GID = re.compile(r"gid://[a-z]+/[A-Za-z]+/([0-9]{1,30})(\?.*)?")


def true_id(value: str) -> str:
    """Return the number of a `gid://shopify/Order/123`; other texts give nothing."""
    found = GID.fullmatch(value)
    return found[1] if found else ""


def own_id(doc: Doc) -> str:
    """Return the id of the object itself: from its gid, else its number."""
    listed = true_id(doc.text("admin_graphql_api_id", limit=200))
    plain = doc.ident("id")
    return listed or true_id(plain) or plain
