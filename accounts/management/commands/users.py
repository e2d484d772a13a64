"""`manage.py users`: list, make, suspend, activate and delete people, and set how they sign in."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import rules
from accounts.federation.reversion import reversion_begin
from accounts.management.passwords import (
    add_password_arguments,
    obtain_password,
)
from accounts.models import User, UserLoginType, UserStatus
from accounts.people.creation import NewUser, user_create
from accounts.people.deletion import user_delete
from accounts.people.search import parse_search
from accounts.people.selectors import user_page
from accounts.people.users import site_roles_replace, status_set
from coderauth.commands.refusals import refusals_told
from coderauth.http.query import Page
from coderauth.http.times import format_time
from scopes.actors import OPERATOR
from scopes.engine.roles import SITE_ROLES
from scopes.models import Organization
from scopes.organizations.selectors import default_organization, organization_find
from scopes.people import person_find

COLUMNS = ("username", "email", "status", "login_type", "roles")


class Command(BaseCommand):
    help = (
        "Manage people without signing in. "
        "Exits with 0 when done, 1 when refused, 2 when the arguments make no sense."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        listing = acts.add_parser("list", help="list and search people")
        listing.add_argument("--q", default="", help="as in the API, such as `status:active ada`")
        listing.add_argument("--limit", type=_number, default=0, help="list at most this many")
        listing.add_argument("--offset", type=_number, default=0, help="skip this many first")
        _add_json(listing)
        self._add_creation(acts.add_parser("create", help="make an account"))
        for act, meaning in (
            ("suspend", "refuse a user's keys until they are activated"),
            ("activate", "end a suspension or dormancy"),
            ("delete", "delete a user and end their keys; their names can be used again"),
        ):
            _add_user(acts.add_parser(act, help=meaning))
        _add_user(
            acts.add_parser(
                "to-password",
                help="mail a passcode with which a provider's user sets a password instead",
            )
        )
        roles = acts.add_parser("roles", help="show or replace a user's site roles")
        _add_user(roles)
        roles.add_argument(
            "--set",
            nargs="*",
            metavar="ROLE",
            help=f"the new set, from {', '.join(SITE_ROLES)}; none without an argument",
        )

    def _add_creation(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--username", required=True)
        parser.add_argument("--name", default="", help="the person's real name")
        parser.add_argument(
            "--login-type",
            choices=UserLoginType.values,
            default=UserLoginType.PASSWORD,
            help="`none` is a service account that has keys only",
        )
        parser.add_argument("--status", choices=UserStatus.values, default=UserStatus.ACTIVE)
        parser.add_argument("--role", action="append", default=[], help="a site role; repeatable")
        parser.add_argument(
            "--organization",
            action="append",
            help="name or id; repeatable; by default the default organization",
        )
        add_password_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        acts: dict[str, Callable[[dict[str, Any]], None]] = {
            "list": self._list,
            "create": self._create,
            "suspend": self._suspend,
            "activate": self._activate,
            "delete": self._delete,
            "roles": self._roles,
            "to-password": self._to_password,
        }
        with refusals_told():
            acts[options["act"]](options)

    def _list(self, options: dict[str, Any]) -> None:
        search = parse_search(options["q"])
        page = Page(limit=options["limit"], offset=options["offset"])
        found = user_page(User.objects.living(), search=search, page=page)
        if options["json"]:
            users = [_document(user) for user in found.users]
            self.stdout.write(json.dumps({"users": users, "count": found.count}))
            return
        rows = [COLUMNS, *(_cells(user) for user in found.users)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())

    def _create(self, options: dict[str, Any]) -> None:
        email, username = options["email"], options["username"]
        if not rules.email.accepts(email):
            raise CommandError(f"{email!r} is not an e-mail address.")
        if not rules.new_username.accepts(username):
            raise CommandError(f"{username!r} cannot be a username.")
        organizations = _organizations(options["organization"])
        password, made_up = "", False
        if options["login_type"] == UserLoginType.PASSWORD:
            password, made_up = obtain_password(from_stdin=options["password_stdin"])
        new = NewUser(
            email=email,
            username=username,
            name=options["name"],
            password=password,
            login_type=options["login_type"],
            status=options["status"],
            organization_ids=[row.pk for row in organizations],
            roles=options["role"],
        )
        user = user_create(caller=OPERATOR, new=new)
        if options["json"]:
            shown = {"password": password} if made_up else {}
            self.stdout.write(json.dumps({**_document(user), **shown}))
            return
        self.stdout.write(f"Made {username} ({email}).")
        if made_up:
            self.stdout.write(f"Password, shown this once: {password}")

    def _suspend(self, options: dict[str, Any]) -> None:
        user = status_set(caller=OPERATOR, user=_user(options), status=UserStatus.SUSPENDED)
        self._tell(options, user, f"Suspended {user.username}; their keys are refused.")

    def _activate(self, options: dict[str, Any]) -> None:
        user = status_set(caller=OPERATOR, user=_user(options), status=UserStatus.ACTIVE)
        self._tell(options, user, f"Activated {user.username}.")

    def _delete(self, options: dict[str, Any]) -> None:
        user = _user(options)
        user_delete(caller=OPERATOR, user=user)
        self._tell(options, user, f"Deleted {user.username}; all their keys have ended.")

    def _to_password(self, options: dict[str, Any]) -> None:
        user = _user(options)
        reversion_begin(caller=OPERATOR, user=user)
        self._tell(
            options,
            user,
            f"Mailed {user.username} a passcode; nothing changes until it sets a password.",
        )

    def _roles(self, options: dict[str, Any]) -> None:
        user = _user(options)
        if options["set"] is not None:
            user = site_roles_replace(caller=OPERATOR, user=user, roles=options["set"])
        shown = ", ".join(user.site_roles) or "no site role"
        self._tell(options, user, f"{user.username}: {shown}")

    def _tell(self, options: dict[str, Any], user: User, sentence: str) -> None:
        self.stdout.write(json.dumps(_document(user)) if options["json"] else sentence)


def _add_json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _add_user(parser: ArgumentParser) -> None:
    parser.add_argument("user", help="username, e-mail address or id")
    _add_json(parser)


def _number(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _user(options: dict[str, Any]) -> User:
    found: User | None = person_find(options["user"])
    if found is None:
        raise CommandError(
            f"There is no user {options['user']!r}. Give a username, an e-mail address or an id."
        )
    return found


def _organizations(references: Sequence[str] | None) -> list[Organization]:
    found: dict[object, Organization] = {}
    for reference in references or ():
        row = organization_find(reference)
        if row is None:
            raise CommandError(f"There is no organization {reference!r}.")
        found[row.pk] = row
    return list(found.values()) or [default_organization()]


def _cells(user: User) -> tuple[str, ...]:
    return (user.username, user.email, user.status, user.login_type, ", ".join(user.site_roles))


def _document(user: User) -> dict[str, Any]:
    return {
        "id": str(user.pk),
        "username": user.username,
        "email": user.email,
        "name": user.name,
        "status": str(user.status),
        "login_type": str(user.login_type),
        "roles": user.site_roles,
        "last_seen_at": format_time(user.last_seen_at),
        "created_at": format_time(user.created_at),
    }
