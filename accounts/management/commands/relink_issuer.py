"""`manage.py relink_issuer`: move people's links when their provider has another issuer."""

import json
import sys
from argparse import ArgumentParser
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.links.relinking import Relinked, issuers_linked, links_relink
from coderauth.commands.refusals import refusals_told


class Command(BaseCommand):
    help = (
        "Move everybody's link from one issuer of an OIDC provider to another, by the same name "
        "(`sub`). Do it only when the same people have these names there. Exits with 0 when all "
        "were moved, 1 when some were not."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("old", help="the issuer to which people are linked, exactly as stored")
        parser.add_argument("new", help="the issuer of a configured provider")
        parser.add_argument(
            "--dry-run", action="store_true", help="say who would be moved, and change nothing"
        )
        parser.add_argument(
            "--yes",
            "--no-input",
            "--noinput",
            dest="is_sure",
            action="store_true",
            help="do not ask first",
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        old, new, is_rehearsal = options["old"], options["new"], options["dry_run"]
        with refusals_told():
            plan = [*chain.from_iterable(links_relink(old=old, new=new, is_rehearsal=True))]
            if not plan:
                known = ", ".join(issuers_linked()) or "nobody's"
                raise CommandError(f"Nobody is linked to {old}; there are people of: {known}.")
            if not is_rehearsal and not options["is_sure"]:
                self._ask(plan, old, new)
            done = plan
            if not is_rehearsal:
                done = [*chain.from_iterable(links_relink(old=old, new=new))]
        self._tell(done, is_rehearsal=is_rehearsal, as_json=options["json"])

    def _ask(self, plan: list[Relinked], old: str, new: str) -> None:
        if not sys.stdin.isatty():
            raise CommandError("There is no terminal to ask on; use --yes. Nothing was changed.")
        count = sum(not one.is_taken for one in plan)
        answer = input(f"Move {count} of {len(plan)} people from {old} to {new}? [y/N] ")
        if answer.strip().lower() not in {"y", "yes"}:
            raise CommandError("Nothing was changed.")

    def _tell(self, done: list[Relinked], *, is_rehearsal: bool, as_json: bool) -> None:
        moved = [one for one in done if not one.is_taken]
        left = [one for one in done if one.is_taken]
        if as_json:
            told = {
                "moved": [_document(one) for one in moved],
                "left": [_document(one) for one in left],
            }
            self.stdout.write(json.dumps(told))
        else:
            verb = "Would move" if is_rehearsal else "Moved"
            for one in moved:
                self.stdout.write(f"{verb} {one.username} ({one.subject}).")
        if left:
            names = ", ".join(f"{one.username} ({one.subject})" for one in left)
            raise CommandError(
                f"Not moved, because another account is linked to them at the new issuer: {names}. "
                "Delete the account that should not stay, and run this again."
            )


def _document(one: Relinked) -> dict[str, str]:
    return {"username": one.username, "subject": one.subject}
