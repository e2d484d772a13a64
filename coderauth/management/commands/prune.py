"""`manage.py prune`: delete what nobody needs any more."""

from argparse import ArgumentParser
from collections.abc import Callable

from django.conf import settings

from audit.retention import entries_prune
from coderauth.commands.operator import OperatorCommand, Options, add_json
from coderauth.http.ratelimit import database_time, windows_prune
from coderauth.tasks import results_prune
from scopes.keys.retention import keys_prune


class Command(OperatorCommand):
    help = (
        "Delete audit entries and expired keys older than CODERAUTH_AUDIT_RETENTION and "
        "CODERAUTH_EXPIRED_KEY_RETENTION, results of finished tasks, and counts of past limits. "
        "It does not ask: those settings have decided. Run it daily."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_json(parser)

    def run(self, options: Options) -> None:
        deleted = {"audit_entries": 0, "expired_keys": 0}
        if settings.AUDIT_RETENTION:
            deleted["audit_entries"] = entries_prune(
                keep=settings.AUDIT_RETENTION, progress=self._progress("audit entries")
            )
        if settings.EXPIRED_KEY_RETENTION:
            deleted["expired_keys"] = keys_prune(
                keep=settings.EXPIRED_KEY_RETENTION, progress=self._progress("expired keys")
            )
        deleted["task_results"] = results_prune()
        deleted["rate_windows"] = windows_prune(database_time())
        lines = [f"{name.replace('_', ' ')}: {count} deleted" for name, count in deleted.items()]
        self.say(options, deleted, *lines)

    def _progress(self, what: str) -> Callable[[int], None]:
        return lambda count: self.stderr.write(f"{count} {what} deleted")
