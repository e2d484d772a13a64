"""`manage.py create_admin`: make an owner, the first one or another."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import rules
from accounts.management.passwords import (
    add_password_arguments,
    obtain_password,
)
from accounts.models import UserStatus
from accounts.people.creation import NewUser, user_create
from coderauth.commands.refusals import refusals_told
from scopes.actors import OPERATOR
from scopes.engine.roles import OWNER
from scopes.organizations.selectors import default_organization


class Command(BaseCommand):
    help = "Make an account that may do everything (an owner)."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", help="asked for when left out")
        parser.add_argument("--username", help="asked for when left out")
        parser.add_argument("--name", default="", help="the person's real name")
        add_password_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"] or self._ask("email", "E-mail address")
        username = options["username"] or self._ask("username", "Username")
        if not rules.email.accepts(email):
            raise CommandError(f"{email!r} is not an e-mail address.")
        if not rules.new_username.accepts(username):
            raise CommandError(
                f"{username!r} cannot be a username: 1 to 32 letters, digits and single hyphens "
                'between them, and not "new", "create" or "me".'
            )
        password, made_up = obtain_password(from_stdin=options["password_stdin"])
        with refusals_told():
            user = user_create(
                caller=OPERATOR,
                new=NewUser(
                    email=email,
                    username=username,
                    name=options["name"],
                    password=password,
                    status=UserStatus.ACTIVE,
                    organization_ids=[default_organization().pk],
                    roles=[OWNER],
                ),
            )
        if options["json"]:
            shown = {"password": password} if made_up else {}
            account = {"id": str(user.pk), "username": username, "email": email, **shown}
            self.stdout.write(json.dumps(account))
            return
        self.stdout.write(f"Made the owner {username} ({email}).")
        if made_up:
            self.stdout.write(f"Password, shown this once: {password}")
        self.stdout.write(f"Sign in at {settings.ACCESS_URL}/login")

    def _ask(self, option: str, question: str) -> str:
        if not sys.stdin.isatty():
            raise CommandError(f"Give --{option}: nobody is there to ask.")
        return input(f"{question}: ").strip()
