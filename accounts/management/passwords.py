"""How commands get a password."""

import sys
from argparse import ArgumentParser
from getpass import getpass

from django.core.management.base import CommandError
from django.utils.crypto import get_random_string

from coderauth.commands.operator import Options

# 142 random bits, and enough of everything for the strength rule.
GENERATED_LENGTH = 24


def add_password_arguments(parser: ArgumentParser) -> None:
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from standard input instead of asking for it",
    )
    how.add_argument(
        "--generate-password",
        action="store_true",
        help="make up a password, and show it once",
    )


def obtain_password(options: Options) -> str:
    """Return the password that is given, generated or asked for; raises CommandError."""
    if options["generate_password"]:
        return get_random_string(GENERATED_LENGTH)
    if options["password_stdin"]:
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise CommandError("There is no password on standard input. Nothing was changed.")
        return password
    if not sys.stdin.isatty():
        raise CommandError(
            "There is no terminal to ask on; use --password-stdin or "
            "--generate-password. Nothing was changed."
        )
    password = getpass("Password: ")
    if getpass("Password (again): ") != password:
        raise CommandError("The two passwords differ. Nothing was changed.")
    return password


def shown_once(options: Options, password: str) -> tuple[dict[str, str], list[str]]:
    """Return how a password is shown, in a document and in lines: only a generated one is."""
    if not options["generate_password"] or not password:
        return {}, []
    return {"password": password}, [f"Password, shown this once: {password}"]
