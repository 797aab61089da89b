"""Alerts on the devices people carry: web push, straight to the browser makers' push services.

No relay of anybody between: the body is encrypted for the browser (RFC 8291) and signed with the
installation's own key (RFC 8292). Best effort: a push that fails is not repeated, the alert stays
on the page and goes by mail if so chosen.
"""

import base64
import hashlib
import json
from functools import cache
from urllib.parse import urlsplit

import http_ece
import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from py_vapid import Vapid02

from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_id
from shopbell.alerts.kinds import KINDS
from shopbell.alerts.models import Alert, Device
from shopbell.alerts.queries import unread
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Permanent, ShopbellError
from shopbell.kit.http import PublicFetcher

log = structlog.get_logger()

LIVES_SECONDS = 12 * 3600  # an older push helps nobody
GIVE_UP_AFTER = 10
GONE = ("not_found", "gone")


def push_due_alerts(store_id: int, fetcher: PublicFetcher | None = None) -> int:
    """Push to the devices of everybody whose alerts are due; returns how many alerts."""
    with store_scope(store_id):
        count, letters = _take(store_by_id(store_id))
    sender = fetcher or PublicFetcher(connect_timeout=3, total_timeout=5)
    for device, words in letters:
        try:
            push(device, words, sender)
            worked, over = True, False
        except ShopbellError as error:
            worked = False
            over = isinstance(error, Permanent) and error.code in GONE
            log.info("alerts.push_failed", device=str(device.pk), reason=str(error))
        with store_scope(store_id):
            _note(device, worked, over)
    return count


@transaction.atomic
def _take(store: Store) -> tuple[int, list[tuple[Device, bytes]]]:
    due = Alert.objects.filter(push_due_at__lte=clock.now()).select_for_update(skip_locked=True)
    keys = [row.pk for row in due.order_by("at")[:200]]
    Alert.objects.filter(pk__in=keys).update(push_due_at=None)
    rows = list(unread(Alert.objects.filter(pk__in=keys)).select_related("conversation"))
    devices = list(Device.objects.filter(user_id__in={row.user_id for row in rows}))
    letters = [
        (device, _words(store, row)) for row in rows for device in devices
        if device.user_id == row.user_id
    ]  # fmt: skip
    return len(keys), letters


def _words(store: Store, row: Alert) -> bytes:
    told = {
        "title": KINDS[row.kind].title,
        "text": row.said,
        "url": reverse("inbox:show", args=[store.slug, row.conversation.number]),
    }
    return json.dumps(told, ensure_ascii=False).encode()


@transaction.atomic
def _note(device: Device, worked: bool, over: bool) -> None:
    row = Device.objects.filter(pk=device.pk)
    if worked:
        row.exclude(failures=0).update(failures=0)
    elif over or device.failures + 1 >= GIVE_UP_AFTER:
        row.delete()
    else:
        row.update(failures=F("failures") + 1)


def push(device: Device, words: bytes, sender: PublicFetcher) -> None:
    """Send `words` to one device.

    Raises:
        Permanent: `gone` or `not_found` when the browser has given the address up.
        Temporary: the push service does not answer.
    """
    body = http_ece.encrypt(
        words,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_bytes(device.key),
        auth_secret=_bytes(device.secret),
    )
    sender.post(device.endpoint, body, _headers(device.endpoint))


def public_key() -> str:
    """Return the installation's key as a browser wants it (base64url, uncompressed point)."""
    point = _vapid().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).decode().rstrip("=")


def _headers(endpoint: str) -> dict[str, str]:
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "sub": settings.ENVIRONMENT.base_url.replace("http://", "https://"),
        "exp": int(clock.now().timestamp()) + LIVES_SECONDS,
    }
    signed = dict(_vapid().sign(claims))
    return {
        **signed,
        "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream",
        "ttl": str(LIVES_SECONDS),
        "urgency": "high",
    }


@cache
def _vapid() -> Vapid02:
    """The key follows from SHOPBELL_SECRET_KEY: nothing to keep, the same in every process."""
    seed = hashlib.sha512(b"web push|" + settings.SECRET_KEY.encode()).digest()
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    number = int.from_bytes(seed) % (order - 1) + 1
    return Vapid02(ec.derive_private_key(number, ec.SECP256R1()), {"no-strict": True})


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
