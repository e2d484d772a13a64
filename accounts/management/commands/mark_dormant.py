"""`manage.py mark_dormant`: make people dormant who have not been seen for a long time."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.people.dormancy import users_mark_dormant, users_unseen
from coderauth.http.times import format_time


class Command(BaseCommand):
    help = (
        "Make active users dormant who were not seen for CODERAUTH_DORMANCY_AFTER. "
        "They become active again by signing in or using a key. Run it daily."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count them, change nothing")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        unseen_since = timezone.now() - settings.DORMANCY_AFTER
        is_rehearsal = options["dry_run"]
        total = users_unseen(unseen_since).count()
        done = total if is_rehearsal else 0
        if not is_rehearsal:
            for batch in users_mark_dormant(unseen_since=unseen_since):
                done += batch
                self.stderr.write(f"{done} of {max(done, total)}")
        if options["json"]:
            result = {
                "dormant": done,
                "unseen_since": format_time(unseen_since),
                "dry_run": is_rehearsal,
            }
            self.stdout.write(json.dumps(result))
            return
        verb = "Would make" if is_rehearsal else "Made"
        people = "1 user" if done == 1 else f"{done} users"
        self.stdout.write(f"{verb} {people} dormant, unseen since {format_time(unseen_since)}.")
