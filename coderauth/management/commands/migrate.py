"""`manage.py migrate`: Django's command, after creating the database if it is a file."""

from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db import connection

from coderauth.installation import make_database


class Command(Migrate):
    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command; only showing the plan creates nothing."""
        if not (options.get("plan") or options.get("check_unapplied")):
            make_database()
        # Without a connection, Django's checks would say that the database lacks features.
        connection.ensure_connection()
        return super().execute(*args, **options)
