"""`manage.py mark_dormant`: make people dormant who have not been seen for a long time."""

from argparse import ArgumentParser

from django.conf import settings
from django.utils import timezone

from accounts.people.dormancy import users_mark_dormant, users_unseen
from coderauth.commands.operator import OperatorCommand, Options, add_json
from coderauth.http.times import format_time


class Command(OperatorCommand):
    help = (
        "Make active users dormant who were not seen for CODERAUTH_DORMANCY_AFTER. "
        "They become active again by signing in or using a key. Run it daily."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count them, change nothing")
        add_json(parser)

    def run(self, options: Options) -> None:
        unseen_since = timezone.now() - settings.DORMANCY_AFTER
        is_rehearsal = options["dry_run"]
        total = users_unseen(unseen_since).count()
        done = total if is_rehearsal else 0
        if not is_rehearsal:
            for batch in users_mark_dormant(unseen_since=unseen_since):
                done += batch
                self.progress(done, total, "users")
        since = format_time(unseen_since)
        verb = "Would make" if is_rehearsal else "Made"
        people = "1 user" if done == 1 else f"{done} users"
        self.say(
            options,
            {"dormant": done, "unseen_since": since, "dry_run": is_rehearsal},
            f"{verb} {people} dormant, unseen since {since}.",
        )
