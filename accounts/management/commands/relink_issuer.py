"""`manage.py relink_issuer`: move people's links when their provider has another issuer."""

from argparse import ArgumentParser
from itertools import chain

from django.core.management.base import CommandError

from accounts.links.relinking import Relinked, issuers_linked, links_relink
from coderauth.commands.operator import OperatorCommand, Options, add_json, add_sure


class Command(OperatorCommand):
    help = (
        "Move everybody's link from one issuer of an OIDC provider to another, by the same name "
        "(`sub`). Do it only when the same people have these names there. Exits with 0 when all "
        "were moved, 1 when some were not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("old", help="the issuer to which people are linked, exactly as stored")
        parser.add_argument("new", help="the issuer of a configured provider")
        parser.add_argument(
            "--dry-run", action="store_true", help="say who would be moved, and change nothing"
        )
        add_sure(parser)
        add_json(parser)

    def run(self, options: Options) -> None:
        old, new, is_rehearsal = options["old"], options["new"], options["dry_run"]
        plan = [*chain.from_iterable(links_relink(old=old, new=new, is_rehearsal=True))]
        if not plan:
            known = ", ".join(issuers_linked()) or "none"
            raise CommandError(f"Nobody is linked to {old}. Issuers with links: {known}.")
        done = plan
        if not is_rehearsal:
            count = sum(not one.is_taken for one in plan)
            self.confirm(options, f"Move {count} of {len(plan)} people from {old} to {new}?")
            done = self._relink(old, new, total=len(plan))
        self._tell(options, done)

    def _relink(self, old: str, new: str, *, total: int) -> list[Relinked]:
        done: list[Relinked] = []
        for batch in links_relink(old=old, new=new):
            done += batch
            self.progress(len(done), total, "people")
        return done

    def _tell(self, options: Options, done: list[Relinked]) -> None:
        moved = [one for one in done if not one.is_taken]
        left = [one for one in done if one.is_taken]
        verb = "Would move" if options["dry_run"] else "Moved"
        self.say(
            options,
            {
                "moved": [_document(one) for one in moved],
                "left": [_document(one) for one in left],
                "dry_run": options["dry_run"],
            },
            *(f"{verb} {one.username} ({one.subject})." for one in moved),
        )
        if left:
            names = ", ".join(f"{one.username} ({one.subject})" for one in left)
            raise CommandError(
                f"Not moved, because another account is linked to them at the new issuer: {names}. "
                "Delete the account that should not stay, and run this again."
            )


def _document(one: Relinked) -> dict[str, str]:
    return {"username": one.username, "subject": one.subject}
