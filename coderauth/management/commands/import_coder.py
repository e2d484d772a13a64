"""`manage.py import_coder`: move people and keys in from a Coder database."""

from argparse import ArgumentParser

from django.db import transaction
from django.utils import timezone

from audit.records import Attempt, record_untold
from coderauth.commands.operator import OperatorCommand, Options, add_json
from coderauth.management.moving.people import ORIGIN, people_take
from coderauth.management.moving.report import Report
from coderauth.management.moving.source import KEYS, PEOPLE, Source, source_opened
from scopes.keys.moving import keys_take

NOT_MOVED = (
    "organizations", "memberships of them", "custom roles", "groups", "links to providers",
    "sessions", "the audit",
)  # fmt: skip


class Command(OperatorCommand):
    help = (
        "Move people and their tokens in from a Coder database; passwords and tokens keep working. "
        "It may be run again: whoever is here already stays as they are here."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--source", required=True, help="the database, as postgres://user:password@host/name"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="only say what would be done; write nothing"
        )
        add_json(parser)

    def run(self, options: Options) -> None:
        report, writes = Report(), not options["dry_run"]
        with source_opened(options["source"]) as source:
            self._move(source, report, writes=writes)
        counts = {kind: dict(counted) for kind, counted in report.counts.items()}
        if writes:
            act = Attempt("import", "system", additional_fields={**ORIGIN, **counts})
            record_untold([act.entry(200, None)])
        self.say(
            options,
            {"dry_run": not writes, **report.document(), "not_moved": list(NOT_MOVED)},
            *(["Nothing was written (--dry-run). It would be:"] if not writes else []),
            *report.lines(),
            f"Not moved: {', '.join(NOT_MOVED)} (docs/migrate.md).",
        )

    def _move(self, source: Source, report: Report, *, writes: bool) -> None:
        """Look at both tables before anything is written."""
        people, keys = source.table_of(PEOPLE), source.table_of(KEYS)
        done, total, now = 0, source.count(people), timezone.now()
        for rows in source.batches(people):
            theirs = source.rows_of(keys, rows)
            with transaction.atomic():
                refused = people_take(rows, report=report, writes=writes)
                keys_take(
                    theirs, refused=refused, now=now, report=report, writes=writes, origin=ORIGIN
                )
            done += len(rows)
            self.progress(done, total, "people")
