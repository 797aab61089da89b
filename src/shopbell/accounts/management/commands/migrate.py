"""`migrate` that also secures the tables: roles, row-level security, composite keys, cache."""

from typing import Any

from django.core.management import call_command
from django.core.management.commands.migrate import Command as DjangoMigrate

from shopbell.kit.db.isolation import secure_database


class Command(DjangoMigrate):
    """Migrate, then secure. Idempotent."""

    def handle(self, *args: Any, **options: Any) -> Any:
        """Run Django's migrate; then make isolation complete unless this is a partial run."""
        result = super().handle(*args, **options)
        if not options.get("app_label") and not options.get("check_unapplied"):
            call_command("createcachetable", verbosity=0)
            secure_database()
        return result
