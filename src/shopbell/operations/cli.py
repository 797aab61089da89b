"""The `shopbell` command.

Every import beyond click is late, so that `--help` answers at once. Errors raised on purpose are
printed as sentences with what to do, never as a traceback. A newcomer's mistake: printing inside
the functions called here. They return things; this module alone talks to the terminal.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from shopbell.kit.errors import ShopbellError

if TYPE_CHECKING:
    from shopbell.config.environment import Environment


class _Sentences(click.Group):
    """Prints our own errors, and an unreachable database, as sentences."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; exit code 1 on an error we can explain."""
        try:
            return super().invoke(ctx)
        except ShopbellError as error:
            _complain(error)
        except Exception as error:
            if type(error).__name__ not in ("OperationalError", "InterfaceError"):
                raise
            first = str(error).strip().splitlines()[0]
            _complain(
                ShopbellError(
                    f"The database cannot be reached: {first}",
                    remedy="Does `shopbell up` run, is DATABASE_URL right? Ask `shopbell doctor`.",
                )
            )
        ctx.exit(1)


def _complain(error: ShopbellError) -> None:
    for sentence in (error.message, error.kept, error.remedy):
        if sentence:
            click.echo(sentence, err=True)


@click.group(cls=_Sentences, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Shopbell tells your customers what happens to their orders."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopbell.config.settings")


@main.command()
@click.option("--demo", is_flag=True, help="With a demo store and a simulated shop.")
@click.option("--port", type=click.IntRange(1, 65535), help="Instead of SHOPBELL_PORT (8000).")
def up(demo: bool, port: int | None) -> None:
    """Run everything: database, web and worker."""
    if port is not None:
        os.environ["SHOPBELL_PORT"] = str(port)
    environment = _environment("up")
    from shopbell.operations.supervisor import Supervisor

    sys.exit(Supervisor(environment, demo=demo).run())


@main.command()
def web() -> None:
    """Run a web process (with DATABASE_URL, on as many machines as wanted)."""
    environment = _environment("web")
    import django

    django.setup()
    from shopbell.operations.web import serve

    sys.exit(serve(environment))


@main.command()
def worker() -> None:
    """Run a worker process (with DATABASE_URL, on as many machines as wanted)."""
    _environment("worker")
    import django

    django.setup()
    from shopbell.config.worker import run

    run()


@main.command()
def migrate() -> None:
    """Bring the database up to this version."""
    prepared = _prepare(_environment("migrate"))
    count = prepared.migrations
    click.echo(f"Ran {count} migrations." if count else "The database is up to date.")


@main.command()
@click.option("--demo", is_flag=True, help="With the demo store.")
def prepare(demo: bool) -> None:
    """Do what `up` does before it serves, and print what came of it as JSON."""
    import json

    prepared = _prepare(_environment("prepare"), demo=demo)
    click.echo(json.dumps({"migrations": prepared.migrations, "link": prepared.link}))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def doctor(as_json: bool) -> None:
    """Say what is wrong and how to mend it. Exit code 1 when something is."""
    environment = _environment("doctor")
    from shopbell.operations.doctor import run_checks
    from shopbell.operations.doctor_report import as_json as in_json
    from shopbell.operations.doctor_report import print_findings

    findings = run_checks(environment)
    if as_json:
        click.echo(in_json(findings))
    else:
        print_findings(findings)
    sys.exit(0 if all(finding.ok for finding in findings) else 1)


@main.command(name="apply")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Show the plan and change nothing.")
def apply_file(file: str, dry_run: bool) -> None:
    """Set up stores, shops, inboxes, staff and keys as FILE says."""
    from pathlib import Path

    environment = _environment("apply")
    with _database(environment):
        import django

        django.setup()
        from shopbell.operations.provisioning.apply import main as apply_main

        sys.exit(apply_main(Path(file), dry_run=dry_run))


@main.command(name="import")
@click.argument("noun", type=click.Choice(["orders", "customers", "products", "shipments"]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--store", required=True, help="Short name of the store.")
@click.option("--dry-run", is_flag=True, help="Check every row and import nothing.")
@click.option("--good-rows", is_flag=True, help="Import the good rows if others are wrong.")
@click.option("--mend", type=click.Path(dir_okay=False), help="Write the wrong rows to this file.")
def import_file(
    noun: str, file: str, store: str, dry_run: bool, good_rows: bool, mend: str | None
) -> None:
    """Import a CSV FILE of orders, customers, products or shipments."""
    from pathlib import Path

    with _database(_environment("import")):
        import django

        django.setup()
        from shopbell.operations.importing import import_csv

        sys.exit(
            import_csv(
                noun,
                Path(file),
                store_slug=store,
                dry_run=dry_run,
                good_rows=good_rows,
                mend=Path(mend) if mend else None,
            )
        )


@main.command(name="import-history")
@click.option("--store", required=True, help="Short name of the store.")
@click.option("--shop", required=True, help="Short name of the connected shop.")
def import_history(store: str, shop: str) -> None:
    """Read the whole history of a connected shop."""
    with _database(_environment("import-history")):
        import django

        django.setup()
        from shopbell.operations.importing import import_shop_history

        sys.exit(import_shop_history(store_slug=store, shop_slug=shop))


@main.command(name="login-link")
def login_link() -> None:
    """Print a one-time link for the first owner."""
    environment = _environment("login-link")
    with _database(environment):
        import django

        django.setup()
        from shopbell.accounts.actions import first_login_link

        click.echo(first_login_link())


@main.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    click.echo(installed("shopbell"))


def _environment(process: str) -> "Environment":
    from shopbell.config.environment import load
    from shopbell.config.logs import configure_logging

    environment = load()
    configure_logging(process, environment.log_level)
    return environment


def _prepare(environment: "Environment", *, demo: bool = False) -> Any:
    os.environ["SHOPBELL_AS_OWNER"] = "1"
    with _embedded(environment):
        import django

        django.setup()
        from shopbell.operations.prepare import prepare as run_prepare
        from shopbell.operations.prepare import refuse_without_demo

        if demo:
            refuse_without_demo()
        return run_prepare(demo=demo)


@contextmanager
def _embedded(environment: "Environment") -> Iterator[bool]:
    """Have a database: the one `up` runs, or the embedded one started for this command only.

    Yields whether it was started here.
    """
    if not environment.embedded_database:
        yield False
        return
    from shopbell.config.database import socket_folder
    from shopbell.kit.errors import Conflict
    from shopbell.operations.postgres import EmbeddedPostgres

    server = EmbeddedPostgres(environment.home, socket_folder(environment))
    try:
        server.start()
    except Conflict:
        yield False
        return
    try:
        yield True
    finally:
        server.stop()


@contextmanager
def _database(environment: "Environment") -> Iterator[None]:
    """Have a database at this version, also when `up` does not run and never has."""
    import subprocess

    with _embedded(environment) as started_here:
        if started_here:
            subprocess.run(
                [sys.executable, "-m", "shopbell.operations.cli", "prepare"],
                check=True,
                stdout=subprocess.DEVNULL,
            )
        yield


if __name__ == "__main__":
    main()
