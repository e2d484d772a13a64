"""How commands get a password."""

import sys
from argparse import ArgumentParser
from getpass import getpass

from django.core.management.base import CommandError
from django.utils.crypto import get_random_string

# 142 random bits, and enough of everything for the strength rule.
MADE_UP_LENGTH = 24


def add_password_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from standard input; otherwise it is asked for, or made up "
        "when nobody is there to ask",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def obtain_password(*, from_stdin: bool) -> tuple[str, bool]:
    """Return the password, and whether it was made up and must be shown."""
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise CommandError("There is no password on standard input.")
        return password, False
    if not sys.stdin.isatty():
        return get_random_string(MADE_UP_LENGTH), True
    password = getpass("Password: ")
    if getpass("Password (again): ") != password:
        raise CommandError("The two passwords differ; nothing was changed.")
    return password, False
