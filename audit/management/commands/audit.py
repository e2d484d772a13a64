"""`manage.py audit`: list, verify and export what happened, and look after its streams."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError
from django.db.models import Q

from audit.chain import Verdict, verify
from audit.documents import document
from audit.models import Entry, Stream
from audit.search import EntrySearch, parse_search
from audit.selectors import actors_of, entries_found
from audit.streams.sending import behind
from audit.streams.sinks import sinks
from coderauth.commands.operator import OperatorCommand, Options, add_json, table
from coderauth.commands.refusals import reason
from coderauth.errors import DomainError
from coderauth.http.times import format_time

BATCH = 500
PROGRESS_EVERY = 10_000
STREAM_COLUMNS = ("name", "sent", "behind", "failures", "last_error")
NO_STREAM = "There is no stream: set CODERAUTH_AUDIT_WEBHOOK_URL or CODERAUTH_AUDIT_SYSLOG."
ADVICE = "Compare the database with a copy from before (docs/audit.md)."
SEARCH = "as `q` of GET /audit: action:delete username:ada date_from:2026-01-05 …"


class Command(OperatorCommand):
    help = (
        "Read the audit. `verify` exits with 0 when the chain of entries is intact and with 1 when "
        "it is not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        listing = acts.add_parser("list", help="show the newest entries")
        listing.set_defaults(run=self._list)
        listing.add_argument("-q", "--query", type=_search, default="", help=SEARCH)
        listing.add_argument(
            "--limit", type=_positive, default=50, help="list at most this many (50)"
        )
        add_json(listing)
        checking = acts.add_parser("verify", help="check that no entry was tampered with")
        checking.set_defaults(run=self._verify)
        checking.add_argument(
            "--known",
            type=_known,
            metavar="NUMBER:HASH",
            help="the number and hash of an entry, noted earlier",
        )
        add_json(checking)
        streaming = acts.add_parser("stream", help="show how far each stream to a receiver is")
        streaming.set_defaults(run=self._stream)
        add_json(streaming)
        exporting = acts.add_parser("export", help="print all as JSON lines, oldest first")
        exporting.set_defaults(run=self._export)
        exporting.add_argument("-q", "--query", type=_search, default="", help=SEARCH)
        exporting.add_argument(
            "--json", action="store_true", help="accepted for symmetry: it is always JSON lines"
        )

    def _list(self, options: Options) -> None:
        entries = entries_found(Entry.objects.all(), options["query"])
        rows = list(entries.order_by("-at", "id")[: options["limit"]])
        people = actors_of(rows)
        self.say(
            options,
            {"entries": [document(row) for row in rows], "count": entries.count()},
            *(_line(row, people.get(row.actor_id) if row.actor_id else None) for row in rows),
        )

    def _export(self, options: Options) -> None:
        count = 0
        for row in _oldest_first(options["query"]):
            self.stdout.write(json.dumps(document(row)))
            count += 1
            if count % PROGRESS_EVERY == 0:
                self.stderr.write(f"{count} entries written")
        self.stderr.write(f"{count} entries written")

    def _stream(self, options: Options) -> None:
        """Tell of every stream that is configured, or was."""
        known = {stream.name: stream for stream in Stream.objects.all()}
        configured = sinks()
        rows = [known.get(name) or Stream(name=name) for name in sorted({*known, *configured})]
        told = [
            {
                "name": row.name,
                "configured": row.name in configured,
                "sent": row.sent_sequence,
                "behind": behind(row),
                "failures": row.failures,
                "last_error": row.last_error,
                "sent_at": format_time(row.sent_at) if row.sent_at else None,
            }
            for row in rows
        ]
        cells = [[str(one[name]) or "-" for name in STREAM_COLUMNS] for one in told]
        lines = table(STREAM_COLUMNS, cells) if told else [NO_STREAM]
        self.say(options, {"streams": told}, *lines)

    def _verify(self, options: Options) -> None:
        verdict = verify(self._verified, known=options["known"])
        told = {**asdict(verdict), "intact": verdict.is_intact}
        if verdict.oldest_unsealed_at:
            told["oldest_unsealed_at"] = format_time(verdict.oldest_unsealed_at)
        self.say(options, told, *_verdict_lines(verdict))
        if not verdict.is_intact:
            raise CommandError(f"The chain is broken at entry {verdict.first_bad}. {ADVICE}")

    def _verified(self, checked: int) -> None:
        if checked % PROGRESS_EVERY == 0:
            self.stderr.write(f"{checked} entries checked")


def _line(row: Entry, person: Any) -> str:
    who = person.username if person else str(row.actor_id or "-")
    return (
        f"{format_time(row.at)}  {row.status_code}  {who}  {row.action} "
        f"{row.resource_type} {row.resource_target or row.resource_id}"
    ).rstrip()


def _verdict_lines(verdict: Verdict) -> list[str]:
    if verdict.is_intact:
        lines = [f"intact: {verdict.checked} entries checked"]
        if verdict.head_hash:
            lines.append(f"  the last one is {verdict.head_sequence}:{verdict.head_hash}")
    else:
        lines = [f"broken: entry {verdict.first_bad}: {verdict.reason}"]
    if verdict.anchor_sequence:
        lines.append(f"  retention removed the entries up to {verdict.anchor_sequence}")
    if verdict.oldest_unsealed_at:
        since = format_time(verdict.oldest_unsealed_at)
        lines.append(f"  {verdict.unsealed} not sealed yet, the oldest of {since}")
    return lines


def _oldest_first(search: EntrySearch) -> Iterator[Entry]:
    """Read in batches: one cursor over everything would be an endless transaction."""
    rows = entries_found(Entry.objects.all(), search).order_by("at", "id")
    batch: list[Entry] = list(rows[:BATCH])
    while batch:
        yield from batch
        last = batch[-1]
        after = Q(at__gt=last.at) | Q(at=last.at, id__gt=last.pk)
        batch = list(rows.filter(after)[:BATCH])


def _known(text: str) -> tuple[int, str]:
    number, _, digest = text.partition(":")
    if not number.isdecimal() or len(digest) != 64:
        raise ArgumentTypeError("must be NUMBER:HASH, as verify prints it")
    return int(number), digest


def _search(text: str) -> EntrySearch:
    try:
        return parse_search(text)
    except DomainError as error:
        raise ArgumentTypeError(reason(error)) from error


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ArgumentTypeError("must be at least 1")
    return number
