"""The webhook subscriptions: are ours there, and if not, make them.

A newcomer's mistake: making them once. Shopify deletes a subscription after eight failed
deliveries in a row and says nothing.
"""

from shopbell.connectors.shops.shopify import queries
from shopbell.connectors.shops.shopify.client import Client
from shopbell.connectors.shops.shopify.topics import WANTED
from shopbell.kit.errors import Permanent
from shopbell.kit.text import one_line
from shopbell.orders.ports import SubscriptionAudit

URI_SINCE = "2025-10"  # older versions of the API call the field callbackUrl


def audit(client: Client, api_version: str, webhook_url: str) -> SubscriptionAudit:
    """List the subscriptions to `webhook_url` and create the missing ones."""
    if not webhook_url:
        return SubscriptionAudit(problems=("Shopbell knows no address of its own for webhooks.",))
    address = "uri" if api_version >= URI_SINCE else "callbackUrl"
    present = _present(client, address, webhook_url)
    created, problems = [], []
    for topic in WANTED:
        if _enum(topic) in present:
            continue
        problem = _subscribe(client, topic, {address: webhook_url, "format": "JSON"})
        if problem:
            problems.append(f"{topic}: {problem}")
        else:
            created.append(topic)
    return SubscriptionAudit(
        present=tuple(topic for topic in WANTED if _enum(topic) in present),
        created=tuple(created),
        problems=tuple(problems),
    )


def _enum(topic: str) -> str:
    """`orders/create` is ORDERS_CREATE in GraphQL."""
    return topic.replace("/", "_").upper()


def _present(client: Client, address: str, webhook_url: str) -> set[str]:
    found: set[str] = set()
    after = None
    while True:
        answer = client.ask(queries.SUBSCRIPTIONS % {"address": address}, {"after": after})
        connection = answer.data.doc("webhookSubscriptions")
        for node in connection.docs("nodes"):
            if node.text(address, limit=2000).rstrip("/") == webhook_url.rstrip("/"):
                found.add(node.text("topic"))
        after = connection.doc("pageInfo").text("endCursor", limit=1000)
        if not connection.doc("pageInfo").flag("hasNextPage") or not after:
            return found


def _subscribe(client: Client, topic: str, subscription: dict[str, str]) -> str:
    """Create one. Returns what went wrong, or nothing."""
    try:
        answer = client.ask(
            queries.SUBSCRIBE, {"topic": _enum(topic), "subscription": subscription}
        )
    except Permanent as error:
        return error.message
    result = answer.data.doc("webhookSubscriptionCreate")
    said = "; ".join(error.text("message", limit=200) for error in result.docs("userErrors"))
    if said:
        return one_line(said)
    return "" if result.doc("webhookSubscription") else "Shopify did not confirm it."
