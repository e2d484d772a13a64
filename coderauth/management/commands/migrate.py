"""`manage.py migrate`: Django's command, after creating the database if it is a file."""

from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db import connection

from coderauth.installation import make_database
from coderauth.management.migrating import one_at_a_time
from coderauth.management.starting import wait_for_database


class Command(Migrate):
    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command, alone; only showing the plan creates nothing and waits for nobody."""
        # Without a connection, Django's checks would say that the database lacks features.
        if options.get("plan") or options.get("check_unapplied"):
            connection.ensure_connection()
            return super().execute(*args, **options)
        make_database()
        wait_for_database(self.stderr.write)
        with one_at_a_time(self.stderr.write):
            return super().execute(*args, **options)
