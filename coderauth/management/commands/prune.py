"""`manage.py prune`: end and delete what nobody needs any more."""

from argparse import ArgumentParser
from collections.abc import Callable

from django.conf import settings

from audit.retention import entries_retain
from coderauth.commands.operator import OperatorCommand, Options, add_json, table
from coderauth.http.ratelimit import database_time, windows_prune
from coderauth.tasks import results_prune
from scopes.commands import COLUMNS, cells, document
from scopes.keys.retention import keys_retain, keys_unused


class Command(OperatorCommand):
    help = (
        "Expire tokens unused for CODERAUTH_UNUSED_KEYS_EXPIRE_AFTER; delete audit entries and "
        "expired keys older than CODERAUTH_AUDIT_RETENTION and CODERAUTH_EXPIRED_KEY_RETENTION, "
        "results of finished tasks, and counts of past limits. "
        "It does not ask: those settings have decided. The worker does the same every day."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="only list the unused tokens that would expire"
        )
        add_json(parser)

    def run(self, options: Options) -> None:
        if options["dry_run"]:
            self._show_unused(options)
            return
        deleted = {"audit_entries": entries_retain(progress=self._progress("audit entries"))}
        expired, deleted["expired_keys"] = keys_retain(
            expiring=self._progress("tokens", "expired"), deleting=self._progress("expired keys")
        )
        deleted["task_results"] = results_prune()
        deleted["rate_windows"] = windows_prune(database_time())
        lines = [f"{name.replace('_', ' ')}: {count} deleted" for name, count in deleted.items()]
        self.say(
            options,
            {**deleted, "unused_keys_expired": expired},
            *lines,
            f"unused tokens: {expired} expired",
        )

    def _show_unused(self, options: Options) -> None:
        unused_for = settings.UNUSED_KEYS_EXPIRE_AFTER
        keys = list(keys_unused(unused_for=unused_for)) if unused_for else []
        self.say(
            options,
            {"unused_keys": [document(key) for key in keys]},
            *table(COLUMNS, [cells(key) for key in keys]),
            f"{len(keys)} unused tokens would expire."
            if unused_for
            else "No token expires unused: CODERAUTH_UNUSED_KEYS_EXPIRE_AFTER is 0.",
        )

    def _progress(self, what: str, done: str = "deleted") -> Callable[[int], None]:
        return lambda count: self.stderr.write(f"{count} {what} {done}")
