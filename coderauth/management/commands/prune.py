"""`manage.py prune`: delete what nobody needs any more."""

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from audit.retention import entries_prune
from coderauth.http.ratelimit import windows_prune
from coderauth.tasks import results_prune
from scopes.keys.retention import keys_prune


class Command(BaseCommand):
    help = (
        "Delete audit entries and expired keys older than CODERAUTH_AUDIT_RETENTION and "
        "CODERAUTH_EXPIRED_KEY_RETENTION, results of finished tasks, and counts of past limits."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the numbers as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
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
        deleted["rate_windows"] = windows_prune(time.time())
        if options["json"]:
            self.stdout.write(json.dumps(deleted))
            return
        for name, count in deleted.items():
            self.stdout.write(f"{name.replace('_', ' ')}: {count} deleted")

    def _progress(self, what: str) -> Any:
        return lambda count: self.stderr.write(f"{count} {what} deleted")
