"""`manage.py rotate_encryption`: re-encrypt the tokens of providers with the current key."""

from argparse import ArgumentParser
from dataclasses import asdict

from django.core.management.base import CommandError

from accounts.links.rotation import Rotation, links_count, links_rotate
from coderauth.commands.operator import OperatorCommand, Options, add_json


class Command(OperatorCommand):
    help = (
        "Re-encrypt the tokens of providers with CODERAUTH_ENCRYPTION_KEY; afterwards "
        "CODERAUTH_ENCRYPTION_KEY_FALLBACKS can be emptied. May run beside the server, once all "
        "replicas have the new key, and repeatedly. Exits with 0 when the current key reads "
        "every token, 1 when no configured key reads some of them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_json(parser)

    def run(self, options: Options) -> None:
        total, done = links_count(), Rotation()
        for done in links_rotate():
            self.progress(done.links, total, "links")
        self.say(
            options,
            asdict(done),
            f"Re-encrypted {_people(done.rotated)}; "
            f"{_people(done.links - done.rotated - done.unreadable)} needed nothing.",
        )
        if done.unreadable:
            raise CommandError(
                f"No configured key reads the tokens of {_people(done.unreadable)}. Add the key "
                "that wrote them to CODERAUTH_ENCRYPTION_KEY_FALLBACKS and run this again, or "
                "leave it: these people sign in again when their provider's session ends."
            )


def _people(count: int) -> str:
    return "1 link" if count == 1 else f"{count} links"
