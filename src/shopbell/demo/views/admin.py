"""The address at which the simulated shop answers as Shopify's Admin API does.

What is about orders goes to the worker that plays the shop, as a wish. Reading back finds nothing
new: the simulated shop tells everything by webhook and loses none.
"""

import hmac
import json
import re
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.connections.queries import opened_settings, webhook_url
from shopbell.connectors.shops.shopify.topics import WANTED
from shopbell.demo.actions import hear_answer, make_wish
from shopbell.demo.admin import OPERATIONS
from shopbell.demo.catalogue import CURRENCY, SHOP_NAME
from shopbell.demo.queries import SHOP_ACCOUNT, demo_store
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Forbidden, Invalid, Temporary
from shopbell.web.access import public_page

_NAME = re.compile(r"\s*(?:query|mutation)\s+([A-Za-z]{1,40})")
_NOTHING = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": []}
LARGEST = 200_000


@csrf_exempt
@public_page("The simulated shop's API: opened by the token of the demo's connection alone.")
@require_POST
def graphql(request: HttpRequest, store: str, version: str) -> JsonResponse:
    """Answer one GraphQL operation."""
    place = demo_store(store)
    settings = _settings(place)
    given = request.headers.get("X-Shopify-Access-Token", "")
    token = str(settings.get("access_token") or "")
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        raise Forbidden("The simulated shop does not know this token.")
    asked = _read(request)
    found = _NAME.match(str(asked.get("query", "")))
    name = found[1] if found else ""
    if name in OPERATIONS:
        return JsonResponse(_from_the_shop(place, name, asked.get("variables") or {}))
    return JsonResponse({"data": _plain(place, name, settings, version)})


def _read(request: HttpRequest) -> dict[str, Any]:
    if len(request.body) > LARGEST:
        raise Invalid("That is too much for the simulated shop.")
    try:
        asked = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Invalid("This is not JSON.") from None
    if not isinstance(asked, dict):
        raise Invalid("This is not a GraphQL request.")
    return asked


def _settings(store: Store) -> dict[str, Any]:
    with store_scope(store.pk):
        row = Connection.objects.filter(connector="shopify", slug=SHOP_ACCOUNT).first()
        return opened_settings(row) if row is not None else {}


def _from_the_shop(store: Store, name: str, variables: Any) -> dict[str, Any]:
    """Ask the worker that plays; a refusal is GraphQL's, a missing worker is ours."""
    wish = make_wish(store=store, verb="admin", name=name, variables=variables)
    try:
        if not hear_answer(wish):
            raise Temporary("Nobody plays the shop just now.")
    except Conflict as error:
        return {"errors": [{"message": error.message, "extensions": {"code": "REFUSED"}}]}
    return {"data": wish.answer}


def _plain(store: Store, name: str, settings: dict[str, Any], version: str) -> dict[str, Any]:
    """Answer what does not need the simulation: who the shop is, its webhooks, what is new."""
    if name == "Shop":
        domain = settings.get("domain")
        return {"shop": {"name": SHOP_NAME, "myshopifyDomain": domain, "currencyCode": CURRENCY}}
    if name == "Subscriptions":
        address = webhook_url(store.slug, "shopify", SHOP_ACCOUNT)
        nodes = [
            {"id": f"gid://shopify/WebhookSubscription/{place}", "uri": address,
             "topic": topic.replace("/", "_").upper()}
            for place, topic in enumerate(WANTED, 1)
        ]  # fmt: skip
        return {"webhookSubscriptions": {**_NOTHING, "nodes": nodes}}
    if name == "Count":
        return {f"{noun}Count": {"count": 0} for noun in ("orders", "customers", "products")}
    if name in ("Orders", "Customers", "Products"):
        return {name.lower(): _NOTHING, "shop": {"currencyCode": CURRENCY}}
    raise Invalid(f"The simulated shop does not know {name or 'this'}.")
