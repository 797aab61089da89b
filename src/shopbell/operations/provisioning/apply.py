"""Bring the database into the state a file declares: all of it or nothing, as often as one likes.

The dry run does the very same work and rolls it back, so its plan cannot differ from the truth.
A newcomer's mistake: printing a link or a key before the transaction has committed.
"""

from collections.abc import Callable
from pathlib import Path

import click
from django.db import transaction

from shopbell.accounts.models import Organisation, Store
from shopbell.kit.errors import Invalid, ShopbellError
from shopbell.operations.provisioning import (
    connections,
    contact_forms,
    desk,
    notices,
    outreach,
    people,
    phones,
    signups,
)
from shopbell.operations.provisioning.checks import mistakes_in
from shopbell.operations.provisioning.plan import Plan
from shopbell.operations.provisioning.reading import Mistake, Mistakes, read_file
from shopbell.operations.provisioning.schema import File, StoreKeys


def main(path: str | Path, dry_run: bool = False) -> int:
    """Apply a file, tell what was done, and return the exit code of the command."""
    try:
        plan = apply_file(Path(path), dry_run=dry_run)
    except Mistakes as error:
        for mistake in error.mistakes:
            click.echo(f"  {mistake}", err=True)
        count = len(error.mistakes)
        click.echo(f"{count} {'mistake' if count == 1 else 'mistakes'}. {error.kept}", err=True)
        return 1
    _tell(plan, dry_run)
    return 0


def apply_file(path: Path, *, dry_run: bool = False) -> Plan:
    """Apply the file in one transaction and return what happened. Raises `Mistakes`."""
    file = read_file(path)
    if found := mistakes_in(file):
        raise Mistakes(found)
    plan = Plan()
    with transaction.atomic():
        _apply(plan, file)
        if dry_run or plan.mistakes:
            transaction.set_rollback(True)
    if plan.mistakes:
        raise Mistakes(plan.mistakes)
    return plan


def _apply(plan: Plan, file: File) -> None:
    organisation = _tried(plan, "organisation", lambda: people.apply_organisation(plan, file))
    for wanted in file.store:
        _apply_store(plan, organisation, wanted)


def _apply_store(plan: Plan, organisation: Organisation | None, wanted: StoreKeys) -> None:
    path = f"store[{wanted.slug}]"
    store = _tried(plan, path, lambda: people.apply_store(plan, organisation, wanted))
    if store is None:
        return
    work: list[tuple[str, Callable[[], None]]] = [
        *_each(f"{path}.staff", plan, store, people.apply_staff, wanted.staff, "email"),
        *_each(f"{path}.shop", plan, store, connections.apply_shop, wanted.shop, "slug"),
        *_each(f"{path}.carrier", plan, store, connections.apply_carrier, wanted.carrier, "slug"),
        *_each(
            f"{path}.receiver", plan, store, connections.apply_receiver, wanted.receiver, "slug"
        ),
        *_each(f"{path}.inbox", plan, store, connections.apply_inbox, wanted.inbox, "slug"),
        *_each(f"{path}.api_key", plan, store, people.apply_api_key, wanted.api_key, "name"),
        *_each(
            f"{path}.notification", plan, store, notices.apply_rule, wanted.notification, "kind"
        ),
        *_each(f"{path}.template", plan, store, notices.apply_template, wanted.template, "kind"),
        *_each(
            f"{path}.contact_form",
            plan,
            store,
            contact_forms.apply_contact_form,
            wanted.contact_form,
            "slug",
        ),
        *_each(f"{path}.topic", plan, store, signups.apply_topic, wanted.topic, "key"),
        *_each(
            f"{path}.signup_form",
            plan,
            store,
            signups.apply_signup_form,
            wanted.signup_form,
            "slug",
        ),
        *_each(f"{path}.segment", plan, store, outreach.apply_segment, wanted.segment, "name"),
        *_each(f"{path}.journey", plan, store, outreach.apply_journey, wanted.journey, "key"),
        *_each(f"{path}.calendar", plan, store, desk.apply_calendar, wanted.calendar, "name"),
        *_each(f"{path}.team", plan, store, desk.apply_team, wanted.team, "name"),
        *_each(f"{path}.sla", plan, store, desk.apply_sla, wanted.sla, "name"),
        *_each(
            f"{path}.phone_line", plan, store, phones.apply_phone_line, wanted.phone_line, "inbox"
        ),
        *_each(
            f"{path}.agent_phone",
            plan,
            store,
            phones.apply_agent_phone,
            wanted.agent_phone,
            "member",
        ),
    ]
    for place, step in work:
        _tried(plan, place, step)


def _each[Entry](
    path: str,
    plan: Plan,
    store: Store,
    verb: Callable[[Plan, Store, Entry], None],
    entries: list[Entry],
    name: str,
) -> list[tuple[str, Callable[[], None]]]:
    return [
        (f"{path}[{getattr(entry, name)}]", lambda entry=entry: verb(plan, store, entry))  # type: ignore[misc]  # the default binds the loop's value
        for entry in entries
    ]


def _tried[Result](plan: Plan, path: str, step: Callable[[], Result]) -> Result | None:
    """Run a step in a savepoint; a refusal is noted and the rest is still looked at."""
    try:
        with transaction.atomic():
            return step()
    except Invalid as error:
        for name, sentence in (error.fields or {"": error.message}).items():
            plan.mistakes.append(Mistake(f"{path}.{name}" if name else path, sentence))
    except ShopbellError as error:
        plan.mistakes.append(Mistake(path, f"{error.message} {error.remedy}".strip()))
    return None


def _tell(plan: Plan, dry_run: bool) -> None:
    for step in plan.steps:
        click.echo(str(step))
    if not plan.changes:
        click.echo("Nothing to change.")
        return
    count = f"{plan.changes} {'object' if plan.changes == 1 else 'objects'}"
    if dry_run:
        click.echo(f"Dry run: {count} would be created or changed. Nothing was changed.")
        return
    click.echo(f"Done: {count} created or changed.")
    for email, link in plan.links:
        click.echo(f"Sign-in link for {email} (works once, for 24 hours): {link}")
    for name, raw in plan.keys:
        click.echo(f"API key {name} (shown only now): {raw}")
