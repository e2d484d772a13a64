"""`manage.py reset_password`: give somebody who is locked out a new password."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.management.passwords import (
    add_password_arguments,
    obtain_password,
)
from accounts.models import UserStatus
from accounts.passwords.change import password_change
from coderauth.commands.refusals import refusals_told
from scopes.actors import OPERATOR
from scopes.people import person_find


class Command(BaseCommand):
    help = "Set a user's password and end all of the user's sessions and keys."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="username, e-mail address or id")
        add_password_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        user = person_find(options["user"])
        if user is None:
            raise CommandError(
                f"There is no user {options['user']!r}. "
                "Give a username, an e-mail address or an id."
            )
        password, made_up = obtain_password(from_stdin=options["password_stdin"])
        with refusals_told():
            password_change(caller=OPERATOR, user=user, password=password)
        if options["json"]:
            shown = {"password": password} if made_up else {}
            self.stdout.write(json.dumps({"id": str(user.pk), "username": user.username, **shown}))
            return
        self.stdout.write(
            f"Set a new password for {user.username}; all their sessions and keys have ended."
        )
        if made_up:
            self.stdout.write(f"Password, shown this once: {password}")
        if user.status == UserStatus.SUSPENDED:
            self.stdout.write(f"{user.username} is suspended and cannot sign in until activated.")
