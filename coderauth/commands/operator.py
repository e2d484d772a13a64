"""How the operator's commands answer, refuse and ask: one convention, in docs/operations.md."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar

from django.core.management.base import BaseCommand, CommandError

from coderauth.commands.refusals import refusals_told

T = TypeVar("T")
Options = dict[str, Any]
REFUSED, USAGE = 1, 2
YES = frozenset({"y", "yes"})


class UsageError(CommandError):
    """The arguments make no sense, whatever is in the database."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, returncode=USAGE)


class OperatorCommand(BaseCommand):
    """A command that exits with 0 when done, 1 when refused and 2 when its arguments make no sense.

    Results go to standard output; refusals and progress, a sentence each, to standard error.
    """

    _called_from_command_line: bool  # Django's, set before `execute`.
    # The checks load every route, which takes a second.
    requires_system_checks: list[str] | Literal["__all__"] = []

    def run(self, options: Options) -> None:
        """Do the act; a command with several names a method for each (`set_defaults(run=…)`)."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        chosen: Callable[[Options], None] = options.get("run", self.run)
        with refusals_told():
            chosen(options)

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except CommandError as error:
            if not self._called_from_command_line or options.get("traceback"):
                raise
            self.stderr.write(str(error))  # Django puts the name of the class before it.
            sys.exit(error.returncode)

    def say(self, options: Options, document: Mapping[str, Any], *lines: str) -> None:
        """Print the one JSON object with `--json`, else the lines."""
        for line in [json.dumps(document)] if options["json"] else lines:
            self.stdout.write(line)

    def progress(self, done: int, total: int, what: str) -> None:
        """Show the progress of long work."""
        self.stderr.write(f"{done} of {max(done, total)} {what}")

    def confirm(self, options: Options, question: str) -> None:
        """Ask before something final is done; raises CommandError unless the answer is yes."""
        if options["is_sure"]:
            return
        if not sys.stdin.isatty():
            raise CommandError("There is no terminal to ask on; use --yes. Nothing was changed.")
        if input(f"{question} [y/N] ").strip().lower() not in YES:
            raise CommandError("Nothing was changed.")


def add_json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def add_sure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--yes",
        "--no-input",
        "--noinput",
        dest="is_sure",
        action="store_true",
        help="do not ask first",
    )


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table with columns as wide as their content."""
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (columns, *rows)
    ]


def found(row: T | None, kind: str, reference: str, advice: str = "") -> T:
    """Return the row; raises CommandError that says what was not found."""
    if row is None:
        raise CommandError(f"There is no {kind} {reference!r}. {advice}".rstrip())
    return row
