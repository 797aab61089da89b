"""The other yardstick: a plain Django view that does the same with the ORM, with one middleware.

Served like the product's pages: WSGI on eight threads behind uvicorn.
"""

import base64
import hashlib
import hmac
import os
from typing import Any

import django
import orjson
from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

django.setup()
settings.ROOT_URLCONF = __name__
settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]  # it sets Content-Length

from shopbell.connections.models import Intake  # noqa: E402
from shopbell.kit.db.scope import store_scope  # noqa: E402

_STORE = int(os.environ["BENCH_STORE"])


@csrf_exempt
def hook(request: HttpRequest) -> JsonResponse:
    """A signed webhook."""
    secret = os.environ["BENCH_SECRET"].encode()
    wanted = base64.b64encode(hmac.digest(secret, request.body, hashlib.sha256)).decode()
    if not hmac.compare_digest(wanted, request.headers["x-shopify-hmac-sha256"]):
        return JsonResponse({"error": "signature"}, status=401)
    orjson.loads(request.body)
    with store_scope(_STORE):
        _insert("django", request.headers["x-shopify-event-id"], "orders/create", request.body)
    return JsonResponse({"status": "accepted"})


@csrf_exempt
def event(request: HttpRequest) -> JsonResponse:
    """An event with a bearer key."""
    if request.headers["authorization"] != f"Bearer {os.environ['BENCH_KEY']}":
        return JsonResponse({"error": "key"}, status=401)
    told = orjson.loads(request.body)
    with store_scope(_STORE):
        _insert("django/events", told["id"], told["type"], request.body)
    return JsonResponse({"results": [{"id": told["id"], "status": "accepted"}]}, status=202)


def _insert(source: str, provider_id: str, topic: str, body: bytes) -> None:
    row = Intake(source=source, provider_id=provider_id, topic=topic, body=body)
    Intake.objects.bulk_create([row], ignore_conflicts=True)


urlpatterns = [path("hook", hook), path("event", event)]
_pages: Any = WSGIHandler()
application = WSGIMiddleware(_pages, workers=8)
