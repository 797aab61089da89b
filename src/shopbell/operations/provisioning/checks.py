"""What must be true of a file beyond its shape, found before the database is touched.

Connectors, channels, scopes and time zones are looked up where they live, so the list of what is
allowed is never written twice.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from zoneinfo import available_timezones

from babel.core import Locale, UnknownLocaleError
from babel.numbers import is_currency
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as DjangoError
from django.core.validators import URLValidator, validate_email
from pydantic import ValidationError

from shopbell.accounts.actions import API_SCOPES
from shopbell.accounts.models import User
from shopbell.connections.ports import RECEIVERS, Connector
from shopbell.kit.errors import Invalid
from shopbell.kit.registry import Registry
from shopbell.messaging.ports import CHANNELS
from shopbell.notifications.conditions import check_conditions
from shopbell.notifications.kinds import KINDS
from shopbell.operations.provisioning.reading import Mistake, mistakes_of, unknown_name
from shopbell.operations.provisioning.schema import (
    ApiKeyKeys,
    File,
    InboxKeys,
    NotificationKeys,
    ShopKeys,
    StaffKeys,
    StoreKeys,
)
from shopbell.orders.ports import CARRIERS, SHOPS

WEB_ADDRESSES = ("url", "logo_url", "help_url")


def mistakes_in(file: File) -> list[Mistake]:
    """Return everything that is wrong with the values of a well-formed file."""
    found = list(_repeated("store", [store.slug for store in file.store]))
    for store in file.store:
        path = f"store[{store.slug}]"
        found += _store(path, store)
        found += _repeated(f"{path}.staff", [entry.email.lower() for entry in store.staff])
        found += _repeated(f"{path}.inbox", [entry.slug for entry in store.inbox])
        found += _repeated(f"{path}.shop", [entry.slug for entry in store.shop])
        found += _repeated(f"{path}.carrier", [entry.slug for entry in store.carrier])
        found += _repeated(f"{path}.receiver", [entry.slug for entry in store.receiver])
        found += _repeated(f"{path}.api_key", [entry.name for entry in store.api_key])
        for table in ("calendar", "team", "sla"):
            found += _repeated(f"{path}.{table}", [row.name for row in getattr(store, table)])
        found += _repeated(f"{path}.contact_form", [entry.slug for entry in store.contact_form])
        found += _repeated(f"{path}.topic", [entry.key for entry in store.topic])
        found += _repeated(f"{path}.signup_form", [entry.slug for entry in store.signup_form])
        found += _repeated(f"{path}.segment", [entry.name for entry in store.segment])
        found += _repeated(f"{path}.journey", [entry.key for entry in store.journey])
        found += _repeated(f"{path}.notification", [entry.kind for entry in store.notification])
        found += _repeated(
            f"{path}.template", [f"{t.kind}, {t.channel}, {t.locale}" for t in store.template]
        )
        for member in store.staff:
            found += _staff(f"{path}.staff[{member.email}]", member)
        for inbox in store.inbox:
            found += _inbox(f"{path}.inbox[{inbox.slug}]", inbox)
        for shop in store.shop:
            found += _connected(f"{path}.shop[{shop.slug}]", shop, SHOPS)
        for carrier in store.carrier:
            found += _connected(f"{path}.carrier[{carrier.slug}]", carrier, CARRIERS)
        for receiver in store.receiver:
            found += _connected(f"{path}.receiver[{receiver.slug}]", receiver, RECEIVERS)
        for key in store.api_key:
            found += _api_key(f"{path}.api_key[{key.name}]", key)
        for notification in store.notification:
            found += _notification(f"{path}.notification[{notification.kind}]", notification)
        for template in store.template:
            where = f"{path}.template[{template.kind}]"
            found += _locale(f"{where}.locale", template.locale)
            if template.kind not in KINDS:
                sentence = unknown_name("notification", template.kind, KINDS)
                found.append(Mistake(f"{where}.kind", sentence))
            if not template.body and not template.text:
                found.append(Mistake(where, "Give the text as `body`, `body_file` or `text`."))
    return found


def _repeated(path: str, names: list[str]) -> Iterator[Mistake]:
    for name, count in Counter(names).items():
        if count > 1:
            yield Mistake(path, f"{name} stands there {count} times; once is enough.")


def _store(path: str, store: StoreKeys) -> Iterator[Mistake]:
    if store.timezone is not None and store.timezone not in available_timezones():
        known = (zone for zone in available_timezones() if "/" in zone)
        yield Mistake(f"{path}.timezone", _near("time zone", store.timezone, known))
    if store.currency is not None and not is_currency(store.currency):
        yield Mistake(
            f"{path}.currency", f"`{store.currency}` is not a currency. Write EUR or GBP."
        )
    if store.locale is not None:
        yield from _locale(f"{path}.locale", store.locale)
    for name in WEB_ADDRESSES:
        value = getattr(store, name)
        if value and not _passes(URLValidator(["http", "https"]), value):
            yield Mistake(f"{path}.{name}", "Write a web address that starts with https://.")
    if store.help_email and not _passes(validate_email, store.help_email):
        yield Mistake(f"{path}.help_email", "This is not an e-mail address.")


def _near(what: str, given: str, known: Iterable[str]) -> str:
    sentence = unknown_name(what, given, known)
    if "Did you mean" in sentence:
        return sentence
    return f"There is no {what} `{given}`. Write a name such as Europe/Berlin."


def _locale(path: str, code: str) -> Iterator[Mistake]:
    try:
        Locale.parse(code, sep="_" if "_" in code else "-")
    except (UnknownLocaleError, ValueError):
        yield Mistake(path, f"`{code}` is not a language. Write en, de or pt-BR.")


def _staff(path: str, member: StaffKeys) -> Iterator[Mistake]:
    if not _passes(validate_email, member.email):
        yield Mistake(f"{path}.email", "This is not an e-mail address.")
    if member.password is not None:
        try:
            validate_password(member.password, User(email=member.email, name=member.name))
        except DjangoError as error:
            yield Mistake(f"{path}.password", " ".join(error.messages))


def _inbox(path: str, inbox: InboxKeys) -> Iterator[Mistake]:
    if inbox.channel not in CHANNELS:
        yield Mistake(f"{path}.channel", unknown_name("channel", inbox.channel, _keys(CHANNELS)))
        return
    yield from settings_mistakes(f"{path}.settings", CHANNELS.get(inbox.channel), inbox.settings)


def _connected(path: str, entry: ShopKeys, registry: Registry[Any]) -> Iterator[Mistake]:
    if entry.connector not in registry:
        sentence = unknown_name("connector", entry.connector, _keys(registry))
        yield Mistake(f"{path}.connector", sentence)
        return
    yield from settings_mistakes(f"{path}.settings", registry.get(entry.connector), entry.settings)


def settings_mistakes(path: str, connector: Connector, settings: dict[str, Any]) -> list[Mistake]:
    """Return what a connector's settings model says against `settings`."""
    try:
        connector.settings_model.model_validate(settings)
    except ValidationError as error:
        return mistakes_of(error, connector.settings_model, settings, path)
    except Invalid as error:
        return [Mistake(path, error.message)]
    return []


def _notification(path: str, wanted: NotificationKeys) -> Iterator[Mistake]:
    if wanted.kind not in KINDS:
        yield Mistake(f"{path}.kind", unknown_name("notification", wanted.kind, KINDS))
    try:
        check_conditions(wanted.when or {})
    except Invalid as error:
        for name, sentence in (error.fields or {"": error.message}).items():
            yield Mistake(f"{path}.when.{name}".rstrip("."), f"{error.message} {sentence}")


def _keys(registry: Registry[Any]) -> list[str]:
    return [connector.key for connector in registry]


def _api_key(path: str, key: ApiKeyKeys) -> Iterator[Mistake]:
    areas = {f"{scope.split(':')[0]}:*" for scope in API_SCOPES}
    known = {"*", *API_SCOPES, *areas}
    for scope in key.scopes:
        if scope not in known:
            yield Mistake(f"{path}.scopes", unknown_name("scope", scope, known))


def _passes(check: Callable[[str], None], value: str) -> bool:
    try:
        check(value)
    except DjangoError:
        return False
    return True
