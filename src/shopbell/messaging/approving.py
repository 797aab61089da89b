"""Approved templates kept as the provider has them: fetched daily or on demand, submitted, chosen.

`sync_templates` and `submit_template` talk to the provider: call them outside any transaction. A
newcomer's mistake: deleting what the provider has no more. It is marked, since messages name it.
"""

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from django.db import DatabaseError, transaction

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection, ConnectionState
from shopbell.connections.ports import Connector
from shopbell.connections.queries import account_of
from shopbell.events.pump import Pump, register, stopping
from shopbell.kit import clock
from shopbell.kit.db.locks import release_session_lock, try_session_lock
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.kit.errors import Invalid, ShopbellError, Unsupported
from shopbell.messaging.approved import gap_names, gaps_of, gaps_source
from shopbell.messaging.catalogue import kind_named
from shopbell.messaging.inbound.storing import save_place
from shopbell.messaging.models import ApprovedTemplate, ApprovedText, Message
from shopbell.messaging.ports import CHANNELS, FailureCode, ProviderTemplate, TemplateKeeper
from shopbell.messaging.previews import compiled_draft
from shopbell.messaging.states import State
from shopbell.messaging.template_news import PLACE, SELDOM

log = structlog.get_logger()

EVERY = timedelta(days=1)
AGAIN = timedelta(minutes=30)  # after trouble
_LOCK = "templates"
_AWAY = (ConnectionState.OFF, ConnectionState.REMOVED)


def keeps_templates(plug: Connector) -> bool:
    """Return whether a channel's provider approves templates."""
    able = getattr(plug, "capabilities", None)
    return isinstance(plug, TemplateKeeper) and bool(able and able.template_outside_window)


def sync_templates(store: Store, row: Connection) -> int:
    """Fetch all templates of an account and keep them; returns how many there are.

    Raises:
        Temporary, Permanent: what the provider said; what we have is kept.
    """
    keeper = _keeper(row)
    account = account_of(row, store)
    try:
        found = keeper.templates(account)
    except ShopbellError as error:
        with store_scope(store.pk):
            place = {"asked_at": clock.now().isoformat(), "trouble": error.message[:300]}
            save_place(row, place, key=PLACE)
        raise
    with store_scope(store.pk):
        _keep(row, found)
        save_place(row, {"asked_at": clock.now().isoformat(), "trouble": ""}, key=PLACE)
    return len(found)


def submit_template(store: Store, row: Connection, template: ProviderTemplate) -> ApprovedTemplate:
    """Ask the provider to approve a template, and keep it with the status it has now."""
    check_template(template)
    made = _keeper(row).submit_template(account_of(row, store), template)
    with store_scope(store.pk):
        return _keep_one(row, made)


def check_template(template: ProviderTemplate) -> None:
    """Refuse what every provider refuses, with the place that is wrong.

    Raises:
        Invalid: gaps are not numbered from one, stand at an edge, or lack an example.
    """
    gaps = gap_names(template.body)
    if gaps != [str(place + 1) for place in range(len(gaps))]:
        raise Invalid(fields={"body": "Number the gaps in their order: {{1}}, {{2}}, {{3}} …"})
    if gaps and (template.body.startswith("{{") or template.body.rstrip().endswith("}}")):
        raise Invalid(fields={"body": "A gap may neither begin nor end the text."})
    if len(template.examples) != len(gaps):
        said = f"Give {len(gaps)} example{'s' if len(gaps) != 1 else ''}, one on each line."
        raise Invalid(fields={"examples": said})


@transaction.atomic
def choose_text(
    *,
    row: Connection,
    kind: str,
    name: str,
    header: Sequence[str],
    body: Sequence[str],
    buttons: Sequence[str],
) -> ApprovedText:
    """Let an approved template tell a kind of message, with these expressions in its gaps.

    Raises:
        Invalid: there is no such template, a gap has nothing, or an expression is no Liquid.
    """
    kind_named(kind)
    return keep_text(row=row, kind=kind, name=name, header=header, body=body, buttons=buttons)


@transaction.atomic
def keep_text(
    *,
    row: Connection,
    kind: str,
    name: str,
    header: Sequence[str],
    body: Sequence[str],
    buttons: Sequence[str],
) -> ApprovedText:
    """Like `choose_text`, for kinds that stand in no catalogue (`Message.data["text_kind"]`).

    Raises:
        Invalid: there is no such template, a gap has nothing, or an expression is no Liquid.
    """
    template = template_named(row, name)
    if template is None:
        raise Invalid("This template is not there any more. Choose another one.")
    shape = gaps_of(template)
    given = {"header": list(header), "body": list(body), "buttons": list(buttons)}
    for part, values in given.items():
        if len(values) != len(shape[part]) or not all(value.strip() for value in values):
            raise Invalid("Fill every gap. WhatsApp sends nothing with an empty one.")
    text = ApprovedText(connection=row, kind=kind, name=name, **given)
    compiled_draft(gaps_source(text, _medium(row), "en"))
    found, _ = ApprovedText.objects.update_or_create(
        connection=row, kind=kind, defaults={"name": name, **given}
    )
    return found


@transaction.atomic
def forget_text(*, row: Connection, kind: str) -> None:
    """Let no template tell a kind any more; outside of 24 hours it goes another way."""
    ApprovedText.objects.filter(connection=row, kind=kind).delete()


def template_named(row: Connection, name: str) -> ApprovedTemplate | None:
    """Return a template in one of its languages, an approved one first."""
    rows = ApprovedTemplate.objects.filter(connection=row, name=name, gone_at=None)
    return min(rows, key=lambda one: (one.status != "approved", one.language), default=None)


def asked_at(row: Connection) -> datetime | None:
    """Return when the templates of an account were last asked for."""
    said = row.sync.get(PLACE, {}).get("asked_at")
    return datetime.fromisoformat(said) if said else None


def run_syncing() -> int:
    """Fetch the templates of every account once a day. Returns 0: a round is a round."""
    for row in _due():
        if stopping.is_set():
            break
        if not try_session_lock(_LOCK, str(row.pk)):
            continue
        try:
            sync_templates(row.store, row)
        except DatabaseError:
            raise
        except ShopbellError as error:
            log.warning("templates.trouble", connection=str(row), error=error.message[:300])
        except Exception:  # one account never stops another
            log.exception("templates.failed", connection=str(row))
        finally:
            release_session_lock(_LOCK, str(row.pk))
    return 0


def _due() -> list[Connection]:
    keys = [plug.key for plug in CHANNELS if keeps_templates(plug)]
    with unscoped("whose templates are looked at today"):
        rows = Connection.objects.select_related("store").filter(
            family="channel", connector__in=keys
        )
        found = list(rows.exclude(state__in=_AWAY).order_by("created_at", "id"))
        now = clock.now()
        return [row for row in found if _next(row) <= now or _was_refused(row, now)]


def _was_refused(row: Connection, now: datetime) -> bool:
    """Whether the provider refused a template since the list was fetched, without having told."""
    last = asked_at(row)
    if last is None or last > now - SELDOM:
        return False
    rows = Message.objects.filter(store_id=row.store_id, connection=row, state=State.FAILED)
    return rows.filter(reason=FailureCode.TEMPLATE, closed_at__gt=last).exists()


def _next(row: Connection) -> datetime:
    last = asked_at(row)
    if last is None:
        return row.created_at
    return last + (AGAIN if row.sync.get(PLACE, {}).get("trouble") else EVERY)


def _keeper(row: Connection) -> TemplateKeeper:
    plug = CHANNELS.get(row.connector)
    if not keeps_templates(plug):
        raise Unsupported(f"{plug.title} has no templates that somebody approves.")
    return cast(TemplateKeeper, plug)


def _medium(row: Connection) -> Any:
    return CHANNELS.get(row.connector).capabilities.medium


def _keep(row: Connection, found: Sequence[ProviderTemplate]) -> None:
    seen: set[uuid.UUID] = {_keep_one(row, one).pk for one in found}
    gone = ApprovedTemplate.objects.filter(connection=row, gone_at=None).exclude(pk__in=seen)
    gone.update(gone_at=clock.now())


def _keep_one(row: Connection, template: ProviderTemplate) -> ApprovedTemplate:
    content = asdict(template)
    for name in ("name", "language", "category", "status", "quality", "reason"):
        del content[name]
    kept, _ = ApprovedTemplate.objects.update_or_create(
        connection=row,
        name=template.name[:512],
        language=template.language[:20],
        defaults={
            "category": template.category[:20],
            "status": str(template.status),
            "quality": template.quality[:20],
            "reason": template.reason[:500],
            "content": content,
            "gone_at": None,
            "synced_at": clock.now(),
        },
    )
    return kept


register(Pump("templates", run_syncing, interval=60.0))
