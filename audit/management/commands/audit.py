"""`manage.py audit`: list, verify and export what happened."""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from audit.chain import Verdict, verify
from audit.models import Entry
from audit.search import EntrySearch, parse_search
from audit.selectors import actors_of, entries_found
from coderauth.errors import DomainError
from coderauth.http.times import format_time

BROKEN, USAGE = 1, 2
BATCH = 500
SEARCH = "as `q` of GET /audit: action:delete username:ada date_from:2026-01-05 …"


class Command(BaseCommand):
    help = (
        "Read the audit. `verify` exits with 0 when the chain of entries is intact and with 1 when "
        "it is not; 2 means that the arguments make no sense."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        listing = commands.add_parser("list", help="show the newest entries")
        listing.add_argument("-q", "--query", default="", help=SEARCH)
        listing.add_argument("--limit", type=int, default=50, help="list at most this many (50)")
        listing.add_argument("--json", action="store_true", help="print them as JSON")
        checking = commands.add_parser("verify", help="check that no entry was tampered with")
        checking.add_argument(
            "--known",
            type=_known,
            metavar="NUMBER:HASH",
            help="the number and hash of an entry, noted earlier",
        )
        checking.add_argument("--json", action="store_true", help="print the result as JSON")
        exporting = commands.add_parser("export", help="print all as JSON lines, oldest first")
        exporting.add_argument("-q", "--query", default="", help=SEARCH)
        exporting.add_argument(
            "--json", action="store_true", help="accepted for symmetry: it is always JSON lines"
        )

    def handle(self, *args: Any, command: str, **options: Any) -> None:
        if command == "verify":
            self._verify(options)
            return
        try:
            search = parse_search(options["query"])
        except DomainError as error:
            reasons = "; ".join(wrong.detail for wrong in error.validations)
            raise CommandError(f"{error.message} {reasons}", returncode=USAGE) from error
        if command == "list":
            self._list(search, options)
        else:
            self._export(search)

    def _list(self, search: EntrySearch, options: dict[str, Any]) -> None:
        if options["limit"] < 1:
            raise CommandError("--limit must be at least 1.", returncode=USAGE)
        found = entries_found(Entry.objects.all(), search)
        rows = list(found.order_by("-at", "id")[: options["limit"]])
        people = actors_of(rows)
        if options["json"]:
            self.stdout.write(json.dumps([_document(row) for row in rows]))
            return
        for row in rows:
            person: Any = people.get(row.actor_id) if row.actor_id else None
            who = person.username if person else str(row.actor_id or "-")
            self.stdout.write(
                f"{format_time(row.at)}  {row.status_code}  {who}  {row.action} "
                f"{row.resource_type} {row.resource_target or row.resource_id}".rstrip()
            )

    def _export(self, search: EntrySearch) -> None:
        count = 0
        for row in _oldest_first(search):
            self.stdout.write(json.dumps(_document(row)))
            count += 1
            if count % 10_000 == 0:
                self._progress(f"{count} entries written")
        self._progress(f"{count} entries written")

    def _verify(self, options: dict[str, Any]) -> None:
        verdict = verify(self._verified, known=options["known"])
        if options["json"]:
            document = {**asdict(verdict), "intact": verdict.is_intact}
            if verdict.oldest_unsealed_at:
                document["oldest_unsealed_at"] = format_time(verdict.oldest_unsealed_at)
            self.stdout.write(json.dumps(document))
        else:
            self._tell(verdict)
        if not verdict.is_intact:
            sys.exit(BROKEN)

    def _verified(self, checked: int) -> None:
        if checked % 10_000 == 0:
            self._progress(f"{checked} entries checked")

    def _tell(self, verdict: Verdict) -> None:
        if verdict.is_intact:
            self.stdout.write(f"intact: {verdict.checked} entries checked")
            if verdict.head_hash:
                self.stdout.write(f"  the last one is {verdict.head_sequence}:{verdict.head_hash}")
        else:
            self.stdout.write(f"broken: entry {verdict.first_bad}: {verdict.reason}")
        if verdict.anchor_sequence:
            self.stdout.write(f"  retention removed the entries up to {verdict.anchor_sequence}")
        if verdict.oldest_unsealed_at:
            since = format_time(verdict.oldest_unsealed_at)
            self.stdout.write(f"  {verdict.unsealed} not sealed yet, the oldest of {since}")

    def _progress(self, text: str) -> None:
        self.stderr.write(text)


def _oldest_first(search: EntrySearch) -> Iterator[Entry]:
    """Read in batches: one cursor over everything would be an endless transaction."""
    rows = entries_found(Entry.objects.all(), search).order_by("at", "id")
    batch: list[Entry] = list(rows[:BATCH])
    while batch:
        yield from batch
        last = batch[-1]
        after = Q(at__gt=last.at) | Q(at=last.at, id__gt=last.pk)
        batch = list(rows.filter(after)[:BATCH])


def _document(entry: Entry) -> dict[str, Any]:
    """Return a whole entry, with everything that its hash covers."""
    return {
        "sequence": entry.sequence,
        "id": str(entry.pk),
        "at": format_time(entry.at),
        "actor_id": str(entry.actor_id) if entry.actor_id else None,
        "key_id": entry.key_id,
        "organization_id": str(entry.organization_id) if entry.organization_id else None,
        "ip_address": entry.ip_address,
        "user_agent": entry.user_agent,
        "request_id": entry.request_id,
        "action": entry.action,
        "resource_type": entry.resource_type,
        "resource_id": entry.resource_id,
        "resource_target": entry.resource_target,
        "diff": entry.diff,
        "status_code": entry.status_code,
        "additional_fields": entry.additional_fields,
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }


def _known(text: str) -> tuple[int, str]:
    number, _, digest = text.partition(":")
    if not number.isdecimal() or len(digest) != 64:
        raise ArgumentTypeError("must be NUMBER:HASH, as verify prints it")
    return int(number), digest
