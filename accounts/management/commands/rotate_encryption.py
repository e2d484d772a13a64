"""`manage.py rotate_encryption`: re-encrypt the tokens of providers with the current key."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from accounts.links.rotation import Rotation, links_count, links_rotate


class Command(BaseCommand):
    help = (
        "Re-encrypt the tokens of providers with CODERAUTH_ENCRYPTION_KEY; afterwards "
        "CODERAUTH_ENCRYPTION_KEY_FALLBACKS can be emptied. May run beside the server, once all "
        "replicas have the new key, and repeatedly. Exits with 0 when the current key reads "
        "every token, 1 when no configured key reads some of them."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        total, done = links_count(), Rotation()
        for done in links_rotate():
            self.stderr.write(f"{done.links} of {max(done.links, total)}")
        if options["json"]:
            self.stdout.write(json.dumps(asdict(done)))
        else:
            self.stdout.write(
                f"Re-encrypted {_people(done.rotated)}; "
                f"{_people(done.links - done.rotated - done.unreadable)} needed nothing."
            )
        if done.unreadable:
            self.stderr.write(
                f"No configured key reads the tokens of {_people(done.unreadable)}. Add the key "
                "that wrote them to CODERAUTH_ENCRYPTION_KEY_FALLBACKS and run this again, or "
                "leave it: these people sign in again when their provider's session ends."
            )
            sys.exit(1)


def _people(count: int) -> str:
    return "1 link" if count == 1 else f"{count} links"
