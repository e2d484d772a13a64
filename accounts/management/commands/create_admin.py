"""`manage.py create_admin`: make an owner, the first one or another."""

import sys
from argparse import ArgumentParser

from django.conf import settings

from accounts.management.names import require_names
from accounts.management.passwords import add_password_arguments, obtain_password, shown_once
from accounts.models import UserStatus
from accounts.people.creation import NewUser, user_create
from coderauth.commands.operator import OperatorCommand, Options, UsageError, add_json
from scopes.actors import OPERATOR
from scopes.engine.roles import OWNER
from scopes.organizations.selectors import default_organization


class Command(OperatorCommand):
    help = "Make an account that may do everything (an owner)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", help="asked for when left out")
        parser.add_argument("--username", help="asked for when left out")
        parser.add_argument("--name", default="", help="the person's real name")
        add_password_arguments(parser)
        add_json(parser)

    def run(self, options: Options) -> None:
        email = options["email"] or _ask("email", "E-mail address")
        username = options["username"] or _ask("username", "Username")
        require_names(email=email, username=username)
        password = obtain_password(options)
        new = NewUser(
            email=email,
            username=username,
            name=options["name"],
            password=password,
            status=UserStatus.ACTIVE,
            organization_ids=[default_organization().pk],
            roles=[OWNER],
        )
        user = user_create(caller=OPERATOR, new=new)
        shown, lines = shown_once(options, password)
        self.say(
            options,
            {"id": str(user.pk), "username": username, "email": email, **shown},
            f"Made the owner {username} ({email}).",
            *lines,
            f"Sign in at {settings.ACCESS_URL}/login",
        )


def _ask(option: str, question: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError(f"Give --{option}: there is no terminal to ask on.")
    return input(f"{question}: ").strip()
