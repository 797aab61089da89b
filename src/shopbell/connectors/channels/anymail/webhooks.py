"""Tracking webhooks: checked and read by anymail's views, with the secrets of one account.

A newcomer's mistake: accepting webhooks while no secret is set. Anybody could then report bounces
and silence a customer, so an account without a secret refuses them all.
"""

import base64
import binascii
import hashlib
import hmac
import json
import warnings
from collections.abc import Mapping
from importlib import import_module
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from anymail.exceptions import (
    AnymailConfigurationError,
    AnymailError,
    AnymailWebhookValidationFailure,
)
from anymail.signals import AnymailTrackingEvent
from anymail.webhooks.base import AnymailBaseWebhookView
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest

from shopbell.connections.ports import Account, RawRequest
from shopbell.connectors.channels.anymail.providers import Provider
from shopbell.connectors.channels.anymail.settings import AnymailSettings
from shopbell.kit import clock
from shopbell.kit.errors import BadSignature, Invalid, Unsupported

# What reading hostile bytes with code that expects a provider's own can end in.
NONSENSE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    SuspiciousOperation,
    TypeError,
    ValueError,
)
_SVIX_TOLERANCE = 300.0  # seconds


def verify_request(request: RawRequest, account: Account, view: Any = None) -> None:
    """Check basic auth and signature, with the view for tracking unless another one is given.

    Raises:
        BadSignature: one of them is wrong, or the account has no secret to check with.
        Unsupported: the provider sends no webhooks.
    """
    settings: AnymailSettings = account.settings
    view = view or make_view(settings)
    if not is_guarded(settings):
        raise BadSignature("No webhook secret is set for this account, so nothing is believed.")
    try:
        view.run_validators(as_django(request, account))
    except (AnymailWebhookValidationFailure, AnymailError, *NONSENSE) as error:
        raise BadSignature(f"The webhook is not signed as agreed: {error}") from None
    secret = settings.webhook_secret.get_secret_value()
    if settings.traits.svix and secret:
        verify_svix(request, secret)


def is_guarded(settings: AnymailSettings) -> bool:
    """Whether there is anything to check a webhook with."""
    traits = settings.traits
    if settings.webhook_auth.get_secret_value() or traits.view_key:
        return True
    return bool(settings.webhook_secret.get_secret_value() and (traits.signing or traits.svix))


def verify_svix(request: RawRequest, secret: str) -> None:
    """Check a signature in the Svix way: https://docs.svix.com/receiving/verifying-payloads/how-manual

    Raises:
        BadSignature: it is wrong, missing or older than five minutes.
    """
    headers = request.headers
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        sent = float(headers["svix-timestamp"])
        signatures = headers["svix-signature"].split()
        signed = f"{headers['svix-id']}.{int(sent)}.".encode() + request.body
    except (KeyError, ValueError, OverflowError, binascii.Error):
        raise BadSignature("The webhook's signature headers are missing or broken.") from None
    if not abs(clock.now().timestamp() - sent) <= _SVIX_TOLERANCE:
        raise BadSignature("The webhook's signature is too old, or a clock is wrong.")
    good = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = [one.removeprefix("v1,") for one in signatures if one.startswith("v1,")]
    if not any(hmac.compare_digest(good.encode(), one.encode()) for one in given):
        raise BadSignature("The webhook's signature does not fit its body.")


def read_events(
    settings: AnymailSettings, body: bytes, headers: Mapping[str, str] | None = None
) -> list[AnymailTrackingEvent]:
    """Return the tracking events in a webhook that was verified before.

    Raises:
        Invalid: it cannot be understood, or was meant for another address.
    """
    request = RawRequest("POST", "http://webhook.invalid/", headers or {}, body)
    try:
        events = make_view(settings).parse_events(as_django(request))
    except AnymailConfigurationError as error:
        raise Invalid(f"This is not a tracking webhook. {error}") from None
    except (AnymailError, *NONSENSE) as error:
        raise Invalid(f"The webhook cannot be understood: {type(error).__name__}.") from None
    return [event for event in events if isinstance(event, AnymailTrackingEvent)]


def make_view(settings: AnymailSettings) -> Any:
    """Return anymail's view for the provider, built with the account's secrets."""
    traits = settings.traits
    if not traits.view:
        raise Unsupported(f"{traits.title} sends no webhooks.")
    module = import_module(f"anymail.webhooks.{traits.module}")
    return build_view(settings, getattr(module, traits.view), signs=True)


def build_view(settings: AnymailSettings, view_class: Any, *, signs: bool) -> Any:
    """Return a view of anymail with the account's secrets; `signs`: it checks signatures.

    Raises:
        BadSignature: there is nothing to check with, or the secret is no key.
    """
    traits = settings.traits
    passwords = settings.webhook_auth.get_secret_value().split()
    arguments: dict[str, Any] = {"webhook_secret": passwords}
    secret = settings.webhook_secret.get_secret_value()
    if not signs:
        if not passwords:
            raise BadSignature("Set webhook_auth: nothing else proves who hands mail in.")
    elif traits.signing and secret:
        arguments[traits.signing] = secret
    elif traits.signing and traits.signs and not traits.view_key:
        raise BadSignature(f"Put the signing key of {traits.title} into webhook_secret.")
    if signs and traits.view_key:
        arguments[traits.view_key] = settings.api_key.get_secret_value()
    with warnings.catch_warnings():  # it warns of missing basic auth, which `is_guarded` judges
        warnings.simplefilter("ignore")
        try:
            if settings.provider is Provider.SES:
                return _ses_view(view_class, arguments)
            return view_class(**arguments)
        except (AnymailError, ValueError) as error:
            raise BadSignature(f"The webhook secret of the account is no key: {error}") from None


def _ses_view(view_class: Any, arguments: dict[str, Any]) -> Any:
    """Build the SES view without boto3: reading notifications does not need it."""
    view = view_class.__new__(view_class)
    view.auto_confirm_enabled = False  # `subscriptions.py` confirms, without a key
    view.session_params, view.client_params = {}, {}
    AnymailBaseWebhookView.__init__(view, **arguments)
    return view


def as_django(request: RawRequest, account: Account | None = None) -> WSGIRequest:
    """Return the request as Django sees it, at the public address the provider was given."""
    url = urlsplit((account.webhook_url if account is not None else "") or request.url)
    content_type = request.headers.get("content-type") or guess_content_type(request.body)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": url.path or "/",
        "QUERY_STRING": url.query,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(request.body)),
        "SERVER_NAME": url.hostname or "localhost",
        "SERVER_PORT": str(url.port or (443 if url.scheme == "https" else 80)),
        "HTTP_HOST": url.netloc.rpartition("@")[2] or "localhost",
        "wsgi.url_scheme": url.scheme or "http",
        "wsgi.input": BytesIO(request.body),
    }
    for name, value in request.headers.items():
        if name not in ("content-type", "content-length", "host"):
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    return WSGIRequest(environ)


def guess_content_type(body: bytes) -> str:
    """Tell JSON, multipart and urlencoded forms apart: stored bodies come without headers."""
    start = body.lstrip()[:1]
    if start in (b"{", b"["):
        return "application/json"
    if body.startswith(b"--"):
        boundary = body[2:].split(b"\r\n", 1)[0][:70].decode("latin-1")
        return f'multipart/form-data; boundary="{boundary}"'
    return "application/x-www-form-urlencoded"


def check_json(body: bytes) -> None:
    """Refuse a body that claims to be JSON and is not."""
    if guess_content_type(body) != "application/json":
        return
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        raise Invalid("The webhook's body is not JSON.") from None
