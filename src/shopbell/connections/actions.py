"""Writes about connected accounts. Every change is told to the doors, which cache connections.

A newcomer's mistake: expecting an empty secret to erase the stored one. Pages send secrets empty
when nobody typed a new one, so a missing or empty secret keeps the old; `None` erases it.
"""

import re
import types
from contextlib import suppress
from typing import Any, Union, get_args, get_origin

from django.db import connection as database
from django.db import transaction
from pydantic import SecretStr, ValidationError

from shopbell.accounts.models import Store
from shopbell.connections.events import ConnectionSaved
from shopbell.connections.intake import APART
from shopbell.connections.models import Connection, ConnectionState, Intake
from shopbell.connections.ports import (
    CONNECTORS,
    Connector,
    SelfAddressed,
    Settings,
    outside_fields,
)
from shopbell.connections.queries import secret_label
from shopbell.connections.vault import open_sealed, seal
from shopbell.events.actions import emit, wake
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import ConfigurationError, Invalid

CHANGED_CHANNEL = "shopbell_changed"
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,58}[a-z0-9])?")


def secret_fields(model: type[Settings]) -> frozenset[str]:
    """Return the names of the settings that are kept encrypted."""
    return frozenset(
        name for name, field in outside_fields(model).items() if _holds_secret(field.annotation)
    )


def plain_settings(checked: Settings) -> dict[str, Any]:
    """Return the settings that are no secrets, as they are stored."""
    secret = secret_fields(type(checked))
    dumped = checked.model_dump(mode="json", by_alias=True, exclude=_own_names(checked, secret))
    return dict(dumped)


def _own_names(checked: Settings, outside: frozenset[str]) -> set[str]:
    fields = type(checked).model_fields
    return {name for name, info in fields.items() if (info.alias or name) in outside}


def _holds_secret(annotation: Any) -> bool:
    if annotation is SecretStr:
        return True
    if get_origin(annotation) in (Union, types.UnionType):
        return any(_holds_secret(part) for part in get_args(annotation))
    return False


def save_connection(
    *,
    store: Store,
    family: str,
    connector: str,
    slug: str,
    settings: dict[str, Any],
    name: str = "",
    address: str = "",
) -> Connection:
    """Create the connection, or change it when the store has one of this connector and slug.

    Raises:
        Invalid: `fields` has a sentence for each wrong setting; nothing is changed.
    """
    plug = _connector(connector, family)
    if not _SLUG.fullmatch(slug):
        raise Invalid(
            f"{slug!r} cannot be a short name.",
            fields={"slug": "Use small letters, digits and hyphens, 60 characters at most."},
        )
    with store_scope(store.pk):
        row = (
            Connection.objects.select_for_update().filter(connector=connector, slug=slug).first()
        ) or Connection(store=store, family=family, connector=connector, slug=slug)
        before = _secrets_before(row)
        checked = _validate(plug.settings_model, settings, before)
        _fill(row, checked, before)
        own = plug.address(checked) if isinstance(plug, SelfAddressed) else ""
        row.name, row.address = name or row.name, own or address or row.address
        row.save()
        emit(ConnectionSaved(connection_id=row.pk, family=family))
        _tell_doors()
    return row


def _connector(key: str, family: str) -> Connector:
    if key not in CONNECTORS:
        known = ", ".join(found.key for found in CONNECTORS if found.family == family) or "none"
        raise Invalid(
            f"There is no connector {key!r}.", fields={"connector": f"Pick one of: {known}."}
        )
    plug = CONNECTORS.get(key)
    if plug.family != family:
        raise Invalid(
            f"{plug.title} is not a {family}.",
            fields={"connector": f"This connector belongs to the {plug.family} family."},
        )
    return plug


def _secrets_before(row: Connection) -> dict[str, str]:
    """Return the stored secrets in clear; one that no longer opens counts as not there."""
    clear = {}
    for field, sealed in row.secrets.items():
        with suppress(ConfigurationError):
            clear[field] = open_sealed(
                sealed, store_id=row.store_id, label=secret_label(row, field)
            )
    return clear


def _validate(model: type[Settings], given: dict[str, Any], before: dict[str, Any]) -> Settings:
    values = dict(given)
    for field in secret_fields(model):
        if values.get(field, "") == "":
            values.pop(field, None)
            if field in before:
                values[field] = before[field]
    try:
        return model.model_validate(values)
    except ValidationError as error:
        fields = {
            ".".join(map(str, problem["loc"])) or "settings": _sentence(problem)
            for problem in error.errors(include_input=False, include_url=False)
        }
        told = " ".join(f"{field}: {sentence}" for field, sentence in fields.items())
        raise Invalid(f"The settings cannot be used. {told}", fields=fields) from None


_SENTENCES = {
    "missing": "Please fill this in.",
    "extra_forbidden": "There is no such setting.",
    "string_pattern_mismatch": "This does not look right. Compare it with what is said here.",
    "string_too_short": "Enter at least {min_length} characters.",
    "string_too_long": "Enter at most {max_length} characters.",
    "too_short": "Too short: at least {min_length}, and this has {actual_length}.",
    "too_long": "Too long: at most {max_length}, and this has {actual_length}.",
    "int_parsing": "Enter a whole number.",
    "float_parsing": "Enter a number.",
    "greater_than": "Enter more than {gt}.",
    "greater_than_equal": "Enter {ge} or more.",
    "less_than": "Enter less than {lt}.",
    "less_than_equal": "Enter {le} or less.",
    "literal_error": "Choose one of {expected}.",
}


def _sentence(problem: Any) -> str:
    if known := _SENTENCES.get(problem["type"]):
        return known.format(**problem.get("ctx", {}))
    text = str(problem["msg"]).removeprefix("Value error, ").strip()
    return text if text.endswith((".", "?")) else f"{text}."


def _fill(row: Connection, checked: Settings, before: dict[str, Any]) -> None:
    """Put settings in clear and secrets sealed into the row; unchanged secrets stay as they are."""
    secret = secret_fields(type(checked))
    plain = plain_settings(checked)
    values = {info.alias or name: name for name, info in type(checked).model_fields.items()}
    sealed: dict[str, str] = {}
    for field in sorted(secret):
        value = getattr(checked, values[field])
        clear = value.get_secret_value() if isinstance(value, SecretStr) else value
        if clear in (None, ""):
            continue
        if field in row.secrets and before.get(field) == clear:
            sealed[field] = row.secrets[field]
        else:
            sealed[field] = seal(clear, store_id=row.store_id, label=secret_label(row, field))
    changed = plain != row.settings or sealed != row.secrets
    row.settings, row.secrets = plain, sealed
    if changed or row.state in (ConnectionState.OFF, ConnectionState.REMOVED):
        row.state, row.state_detail = ConnectionState.NEW, ""
        row.state_at = clock.now()


def switch_off(*, connection: Connection) -> Connection:
    """Stop using the connection: webhooks are refused, nothing is sent or fetched through it."""
    return record_state(
        connection=connection, state=ConnectionState.OFF, detail="Switched off by a person."
    )


def switch_on(*, connection: Connection) -> Connection:
    """Use the connection again; its health is unknown until it is tried."""
    return record_state(connection=connection, state=ConnectionState.NEW)


def record_state(*, connection: Connection, state: str, detail: str = "") -> Connection:
    """Note the health as last seen. `detail` is a sentence for people."""
    told_before = connection.state
    with store_scope(connection.store_id):
        connection.state = ConnectionState(state).value
        connection.state_detail = detail
        connection.state_at = clock.now()
        connection.save(update_fields=["state", "state_detail", "state_at"])
        if ConnectionState.OFF in (told_before, connection.state):
            _tell_doors()
    return connection


def delete_connection(*, connection: Connection) -> None:
    """Remove the connection with its credentials and the raw requests it sent."""
    with store_scope(connection.store_id):
        connection.delete()
        _tell_doors()


def store_requests(*, connection: Connection, topic: str, bodies: dict[str, bytes]) -> None:
    """Store raw requests by their provider id, in the scope of the caller; known ones stay.

    What is here after the commit is processed some time, whatever happens.
    """
    Intake.objects.bulk_create(
        (
            Intake(
                store_id=connection.store_id,
                connection=connection,
                source=f"{connection.connector}/{connection.slug}",
                provider_id=provider_id[:200],
                topic=topic,
                body=body,
            )
            for provider_id, body in bodies.items()
        ),
        ignore_conflicts=True,
    )
    wake(topic if topic in APART else "intake")


def _tell_doors() -> None:
    """Make every front door forget what it cached, once this transaction is committed."""

    def tell() -> None:
        with database.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, 'connections')", [CHANGED_CHANNEL])

    transaction.on_commit(tell)
