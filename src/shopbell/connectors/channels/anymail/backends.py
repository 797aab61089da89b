"""Building an anymail backend with the credentials of one account, without global settings.

A newcomer's mistake: `AnymailConfigurationError` says "you must set ANYMAIL = …". Here it always
means that an argument is missing in `providers.py`.
"""

import warnings
from importlib import import_module
from typing import Any

from anymail.exceptions import AnymailConfigurationError, AnymailImproperlyInstalled

from shopbell.connectors.channels.anymail.providers import Provider
from shopbell.connectors.channels.anymail.settings import AnymailSettings
from shopbell.kit.errors import Permanent
from shopbell.messaging.ports import FailureCode


def make_backend(settings: AnymailSettings) -> Any:
    """Return a backend for one account; nothing is sent yet.

    Raises:
        Permanent: the settings are not enough, or a package is missing.
    """
    traits = settings.traits
    try:
        module = import_module(f"anymail.backends.{traits.module}")
        with warnings.catch_warnings():  # anymail warns that SendGrid is no longer tested by it
            warnings.simplefilter("ignore")
            return module.EmailBackend(ignore_recipient_status=True, **_arguments(settings))
    except (AnymailConfigurationError, AnymailImproperlyInstalled) as error:
        raise Permanent(
            f"{traits.title} cannot be used: {error}", code=FailureCode.AUTHENTICATION
        ) from error


def _arguments(settings: AnymailSettings) -> dict[str, Any]:
    if settings.provider is Provider.SES:
        return _ses_arguments(settings)
    traits = settings.traits
    arguments: dict[str, Any] = dict(settings.options)
    arguments[traits.key] = settings.api_key.get_secret_value()
    if traits.second:
        arguments[traits.second] = settings.api_secret.get_secret_value()
    arguments["timeout"] = settings.timeout
    return arguments


def _ses_arguments(settings: AnymailSettings) -> dict[str, Any]:
    options = dict(settings.options)
    region, url = options.pop("region"), options.pop("api_url", None)
    # One attempt only: a silent second one after a lost answer would be a second mail.
    config = {
        "connect_timeout": settings.timeout,
        "read_timeout": settings.timeout,
        "retries": {"total_max_attempts": 1},
        "proxies": {},
    }
    return {
        "session_params": {
            "aws_access_key_id": settings.api_key.get_secret_value(),
            "aws_secret_access_key": settings.api_secret.get_secret_value(),
            "region_name": region,
        },
        "client_params": {"config": config, **({"endpoint_url": url} if url else {})},
        **options,
    }
