"""WooCommerce's REST API: pages of what changed, and the webhooks.

A newcomer's mistake: sorting by date. An order changed while we read would move, and shift
another one past the page we are on. Sorted by id, changed ones appear further on, or twice.
"""

from datetime import UTC, datetime
from typing import Any

from shopbell.connectors.reading import Doc, tidy
from shopbell.connectors.shops.woocommerce.catalogue import read_customer, read_product
from shopbell.connectors.shops.woocommerce.orders import read_order
from shopbell.connectors.shops.woocommerce.settings import WooCommerceSettings
from shopbell.connectors.shops.woocommerce.topics import WANTED
from shopbell.kit.errors import Invalid, Permanent, Temporary, Unsupported
from shopbell.kit.http import Provider, Reply
from shopbell.orders.ports import Facts, Page, SubscriptionAudit

PER_PAGE = 50
KINDS = ("orders", "customers", "products")


class Client:
    """Asks one shop. Make one per call."""

    def __init__(self, settings: WooCommerceSettings) -> None:
        if settings.keys is None:
            raise Unsupported(
                "Reading from WooCommerce needs a consumer key and secret in the settings."
            )
        self._http = Provider(settings.endpoint, name="WooCommerce", auth=settings.keys)

    def _list(self, path: str, params: dict[str, Any]) -> tuple[list[Doc], Reply]:
        reply = self._http.get(path, params=params)
        value = tidy(reply.json("WooCommerce"))
        if not isinstance(value, list):
            raise Temporary("WooCommerce answered with something else than a list.")
        return [Doc(item) for item in value if isinstance(item, dict)], reply

    def currency(self) -> str:
        """Return the shop's currency; products do not name it. Empty if the key may not ask."""
        try:
            value = tidy(self._http.get("data/currencies/current").json("WooCommerce"))
        except Permanent:
            return ""
        return Doc(value).currency("code")

    def name(self) -> str:
        """Ask for one order's worth of nothing; return the address that answered."""
        return self._list("orders", {"per_page": 1})[1].url.split("/wp-json")[0]

    def read_page(self, kind: str, since: datetime | None, cursor: str) -> Page:
        """Read one page of `kind` (see `Shop.changes`)."""
        if kind not in KINDS:
            raise Unsupported(f"WooCommerce has no changes of the kind {kind!r}.")
        if cursor and not (cursor.isascii() and cursor.isdigit()):
            raise Invalid("This is not a cursor of the WooCommerce connector.")
        number = int(cursor or 1)
        found, reply = self._list(kind, {**_filter(kind, since), "page": number})
        headers = Doc(dict(reply.headers))
        pages = headers.count("x-wp-totalpages")
        more = number < pages if pages is not None else len(found) == PER_PAGE
        if kind == "customers" and since is not None and _all_older(found, since):
            more = False
        return Page(
            facts=tuple(self._facts(kind, found)),
            cursor=str(number + 1) if more and found else "",
            total=headers.count("x-wp-total") if not cursor else None,
        )

    def _facts(self, kind: str, found: list[Doc]) -> list[Facts]:
        currency = self.currency() if kind == "products" and found else ""
        facts: list[Facts | None] = []
        for doc in found:
            if kind == "orders":
                facts.append(read_order(doc))
            elif kind == "customers":
                facts.append(read_customer(doc))
            else:
                facts.append(read_product(doc, currency))
        return [fact for fact in facts if fact is not None]

    def audit(self, webhook_url: str, secret: str) -> SubscriptionAudit:
        """Re-enable our webhooks that WooCommerce switched off, and create the missing ones."""
        if not webhook_url:
            return SubscriptionAudit(problems=("Shopbell knows no address of its own.",))
        ours = {hook.lower("topic"): hook for hook in self._webhooks(webhook_url)}
        present, enabled, created, problems = [], [], [], []
        for topic in WANTED:
            hook = ours.get(topic)
            try:
                if hook is None:
                    self._create(topic, webhook_url, secret)
                    created.append(topic)
                elif hook.lower("status") != "active":
                    self._http.put(f"webhooks/{hook.ident('id')}", json={"status": "active"})
                    enabled.append(topic)
                else:
                    present.append(topic)
            except Permanent as error:
                problems.append(f"{topic}: {error.message}")
        return SubscriptionAudit(tuple(present), tuple(created), tuple(enabled), tuple(problems))

    def _webhooks(self, webhook_url: str) -> list[Doc]:
        """List ours; an active one of a topic comes last, so that it wins over a paused twin."""
        found: list[Doc] = []
        number = 1
        while True:
            page, _ = self._list("webhooks", {"per_page": 100, "page": number})
            found += page
            number += 1
            if len(page) < 100:
                break
        address = webhook_url.rstrip("/")
        ours = [h for h in found if h.text("delivery_url", limit=2000).rstrip("/") == address]
        return sorted(ours, key=lambda hook: hook.lower("status") == "active")

    def _create(self, topic: str, webhook_url: str, secret: str) -> None:
        self._http.post(
            "webhooks",
            json={
                "name": f"Shopbell: {topic}",
                "topic": topic,
                "delivery_url": webhook_url,
                "secret": secret,
                "status": "active",
            },
        )


def _filter(kind: str, since: datetime | None) -> dict[str, Any]:
    """Customers cannot be filtered by change: the newest come first and we stop at `since`."""
    if kind == "customers":
        order = {"orderby": "registered_date", "order": "desc"} if since else {"orderby": "id"}
        return {"per_page": PER_PAGE, "role": "all", **order}
    filters = {"per_page": PER_PAGE, "orderby": "id", "order": "asc", "status": "any"}
    if since is not None:
        stamp = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        filters |= {"modified_after": stamp, "dates_are_gmt": "true"}
    return filters


def _all_older(found: list[Doc], since: datetime) -> bool:
    times = [doc.time("date_created_gmt") for doc in found]
    return all(moment is not None and moment < since for moment in times)
