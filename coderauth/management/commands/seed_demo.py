"""`manage.py seed_demo`: fill an empty database with a company that was made up."""

from argparse import ArgumentParser
from random import Random

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.models import User
from accounts.passwords.hashing import hash_password
from coderauth.commands.operator import OperatorCommand, Options, add_json
from coderauth.management.demo.company import DOMAIN, OWNER
from coderauth.management.demo.making import Demo, NotEmpty, demo_make
from coderauth.management.demo.people import Clock

PASSWORD_LENGTH = 16
TAKEN = (
    "There are accounts in this database already, and a demo is made in an empty one only: "
    "set CODERAUTH_DATA_DIR or CODERAUTH_DATABASE_URL to another."
)


class Command(OperatorCommand):
    help = (
        "Fill an empty database with a company to look around in: people, service accounts, "
        "organizations, keys in every state, objects, and weeks of audit."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--seed", type=int, default=1, help="the same number makes the same company (1)"
        )
        parser.add_argument(
            "--once", action="store_true", help="do nothing where there are accounts already"
        )
        add_json(parser)

    def run(self, options: Options) -> None:
        if User.objects.exists():
            if not options["once"]:
                raise CommandError(TAKEN)
            self.say(
                options,
                {"made": False},
                "The demo is there already. If its password is forgotten, set another: "
                f"manage.py reset_password {OWNER.username}",
            )
            return
        password = get_random_string(PASSWORD_LENGTH)
        # Reproducible on purpose; secrets come from elsewhere.
        clock = Clock(timezone.now(), Random(options["seed"]))  # noqa: S311
        encoded = hash_password(password)
        try:
            demo = demo_make(clock=clock, encoded=encoded, progress=self.progress)
        except NotEmpty as error:
            raise CommandError(TAKEN) from error
        self._tell(options, demo, password)

    def _tell(self, options: Options, demo: Demo, password: str) -> None:
        email = f"{OWNER.username}@{DOMAIN}"
        made = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in demo.counts.items())
        shown = {"email": email, "username": OWNER.username, "password": password}
        self.say(
            options,
            {"made": True, **demo.counts, **shown, "token": demo.token},
            f"Made {made}.",
            f"Sign in at {settings.ACCESS_URL}/login as {email}, or as anybody else,",
            f"  with this password, shown this once: {password}",
            f"A token of {OWNER.username} for the API, shown this once: {demo.token}",
        )
