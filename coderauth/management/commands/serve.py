"""`manage.py serve`: the one way to run coderauth (decision D20)."""

from argparse import ArgumentParser

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.people.setup import setup_secret
from coderauth import __version__
from coderauth.commands.operator import OperatorCommand, Options
from coderauth.installation import make_database, make_what_serving_needs
from coderauth.management.hints import command_line
from coderauth.management.interruptions import Interruptions
from coderauth.management.metrics_server import metrics_served
from coderauth.management.starting import (
    refuse_newer_database,
    require_redis,
    wait_for_database,
)
from coderauth.management.web import WebServer, resolve_address
from coderauth.management.worker import Worker

FIRST_OWNER = """\
Nobody has an account yet. Make the first owner with one of these:
  {command}
  curl {url}/api/v2/users/first -H 'Content-Type: application/json' \
-d '{{"email": "you@example.org", "username": "you", "password": "..."}}'
  {url}/setup, which asks for this secret on any other machine: {secret}"""


class Command(OperatorCommand):
    help = "Run coderauth: the web server and the background tasks, until stopped."
    requires_system_checks = "__all__"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--no-migrate",
            action="store_true",
            help="end with an error when migrations are missing, instead of applying them",
        )
        parser.add_argument(
            "--no-worker",
            action="store_true",
            help="leave background tasks to `manage.py db_worker`",
        )
        parser.add_argument(
            "--access-log", action="store_true", help="write a line for each request"
        )

    def run(self, options: Options) -> None:
        address = resolve_address()
        make_database()
        make_what_serving_needs()
        wait_for_database(self._say)
        require_redis(self._say)
        self._migrate(refuse=options["no_migrate"])
        is_empty = not get_user_model()._default_manager.filter(is_deleted=False).exists()
        hint = self._first_owner() if is_empty else ""
        connection.close()
        interruptions = Interruptions()
        with interruptions.handled(), metrics_served():
            web = WebServer(address, access_log=options["access_log"])
            interruptions.on_stop, interruptions.on_impatience = web.stop, web.kill
            try:
                self._announce(web, interruptions, hint)
                if options["no_worker"]:
                    while web.is_running and not interruptions.stopping:
                        interruptions.sleep(60)
                else:
                    Worker(interruptions).run(lambda: web.is_running)
                status = web.wait()
            finally:
                web.kill()
        if not interruptions.stopping:
            raise CommandError(f"The web server ended by itself (status {status}).")
        self._say("Stopped.")

    def _migrate(self, *, refuse: bool) -> None:
        executor = MigrationExecutor(connection)
        refuse_newer_database(executor.loader)
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if missing and refuse:
            raise CommandError(
                f"{missing} migrations are missing. Apply them with: {command_line('migrate')}"
            )
        if missing:
            self._say(f"Bringing the database up to date ({missing} migrations).")
            # Where several start together, it waits for another that does the same.
            call_command("migrate", verbosity=0, interactive=False, stderr=self.stdout)

    def _announce(self, web: WebServer, interruptions: Interruptions, hint: str) -> None:
        """Say where the service is as soon as it answers there."""
        while not web.answers:
            if interruptions.stopping or not web.is_running:
                return
            interruptions.sleep(0.05)
        self._say(f"coderauth {__version__} is ready at {settings.ACCESS_URL} (Ctrl+C stops it)")
        if hint:
            self._say(hint)

    def _first_owner(self) -> str:
        return FIRST_OWNER.format(
            command=command_line("create_admin"), url=settings.ACCESS_URL, secret=setup_secret()
        )

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
