"""`manage.py reset_password`: give somebody who is locked out a new password."""

from argparse import ArgumentParser

from accounts.management.passwords import add_password_arguments, obtain_password, shown_once
from accounts.models import User, UserStatus
from accounts.passwords.change import password_change
from coderauth.commands.operator import OperatorCommand, Options, add_json, add_sure
from scopes.actors import OPERATOR
from scopes.commands import named_user


class Command(OperatorCommand):
    help = "Set a user's password and end all of the user's sessions and keys."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="username, e-mail address or id")
        add_password_arguments(parser)
        add_sure(parser)
        add_json(parser)

    def run(self, options: Options) -> None:
        user: User = named_user(options["user"])
        self.confirm(
            options, f"Set a new password for {user.username}, and end all their sessions and keys?"
        )
        password = obtain_password(options)
        password_change(caller=OPERATOR, user=user, password=password)
        shown, lines = shown_once(options, password)
        done = f"Set a new password for {user.username}; all their sessions and keys have ended."
        if user.status == UserStatus.SUSPENDED:
            lines.append(f"{user.username} is suspended and cannot sign in until activated.")
        document = {"id": str(user.pk), "username": user.username, **shown}
        self.say(options, document, done, *lines)
