"""`manage.py users`: list, make, suspend, activate and delete people, and set how they sign in."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from accounts.federation.reversion import reversion_begin
from accounts.management.names import require_names
from accounts.management.passwords import add_password_arguments, obtain_password, shown_once
from accounts.models import User, UserLoginType, UserStatus
from accounts.people.creation import NewUser, user_create
from accounts.people.deletion import user_delete
from accounts.people.search import UserSearch, parse_search
from accounts.people.selectors import user_page
from accounts.people.service_accounts import service_account_convert
from accounts.people.users import site_roles_replace, status_set
from coderauth.commands.operator import OperatorCommand, Options, add_json, add_sure, found, table
from coderauth.commands.refusals import reason
from coderauth.errors import DomainError
from coderauth.http.query import Page
from coderauth.http.times import format_time
from scopes.actors import OPERATOR
from scopes.commands import named_user
from scopes.engine.roles import SITE_ROLES
from scopes.models import Organization
from scopes.organizations.selectors import default_organization, organization_find

COLUMNS = ("username", "email", "status", "login_type", "roles")
SERVICE_ACCOUNT = "service account"


class Command(OperatorCommand):
    help = "Manage people without signing in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        self._add_listing(acts.add_parser("list", help="list and search people"))
        self._add_creation(acts.add_parser("create", help="make an account"))
        for act, run, meaning in (
            ("suspend", self._suspend, "refuse a user's keys until they are activated"),
            ("activate", self._activate, "end a suspension or dormancy"),
            (
                "to-password",
                self._to_password,
                "mail a passcode with which a provider's user sets a password instead",
            ),
            (
                "delete",
                self._delete,
                "delete a user and end their keys; their names can be used again",
            ),
            (
                "to-service-account",
                self._to_service_account,
                "make an account that does not sign in a service account; its keys go on",
            ),
            ("roles", self._roles, "show or replace a user's site roles"),
        ):
            one = acts.add_parser(act, help=meaning)
            one.set_defaults(run=run)
            one.add_argument("user", help="username, e-mail address or id")
            add_json(one)
            if act in {"delete", "to-service-account"}:
                add_sure(one)
            if act == "roles":
                one.add_argument(
                    "--set",
                    nargs="*",
                    metavar="ROLE",
                    help=f"the new set, from {', '.join(SITE_ROLES)}; none without an argument",
                )

    def _add_listing(self, parser: ArgumentParser) -> None:
        parser.set_defaults(run=self._list)
        parser.add_argument(
            "--q", type=_search, default="", help="as in the API, such as `status:active ada`"
        )
        parser.add_argument(
            "--service-accounts",
            action="store_true",
            help="only service accounts, as `service_account:true` in --q",
        )
        parser.add_argument("--limit", type=_number, default=0, help="list at most this many")
        parser.add_argument("--offset", type=_number, default=0, help="skip this many first")
        add_json(parser)

    def _add_creation(self, parser: ArgumentParser) -> None:
        parser.set_defaults(run=self._create)
        parser.add_argument("--email", default="", help="where mail to the person goes")
        parser.add_argument(
            "--service-account",
            action="store_true",
            help="for a machine: no address and no way to sign in, only keys",
        )
        parser.add_argument("--username", required=True, help="unique among people")
        parser.add_argument("--name", default="", help="the person's real name")
        parser.add_argument(
            "--login-type",
            choices=UserLoginType.values,
            help="by default password, and none for a service account",
        )
        parser.add_argument(
            "--status",
            choices=UserStatus.values,
            default=UserStatus.ACTIVE,
            help="by default active",
        )
        parser.add_argument("--role", action="append", default=[], help="a site role; repeatable")
        parser.add_argument(
            "--organization",
            action="append",
            help="name or id; repeatable; by default the default organization",
        )
        add_password_arguments(parser)
        add_json(parser)

    def _list(self, options: Options) -> None:
        page = Page(limit=options["limit"], offset=options["offset"])
        search = options["q"]
        if options["service_accounts"]:
            search = replace(search, service_account=True)
        listed = user_page(User.objects.living(), search=search, page=page)
        self.say(
            options,
            {"users": [_document(user) for user in listed.users], "count": listed.count},
            *table(COLUMNS, [_cells(user) for user in listed.users]),
        )

    def _create(self, options: Options) -> None:
        email, username = options["email"], options["username"]
        is_machine = options["service_account"]
        require_names(email=None if is_machine else email, username=username)
        organizations = _organizations(options["organization"])
        usual = UserLoginType.NONE if is_machine else UserLoginType.PASSWORD
        login_type = options["login_type"] or usual
        has_password = login_type == UserLoginType.PASSWORD and not is_machine
        password = obtain_password(options) if has_password else ""
        new = NewUser(
            email=email,
            username=username,
            name=options["name"],
            password=password,
            login_type=login_type,
            status=options["status"],
            organization_ids=[row.pk for row in organizations],
            roles=options["role"],
            is_service_account=is_machine,
        )
        user = user_create(caller=OPERATOR, new=new)
        shown, lines = shown_once(options, password)
        self.say(
            options,
            {**_document(user), **shown},
            f"Made {username} ({email or SERVICE_ACCOUNT}).",
            *lines,
        )

    def _suspend(self, options: Options) -> None:
        user = status_set(caller=OPERATOR, user=_user(options), status=UserStatus.SUSPENDED)
        self._tell(options, user, f"Suspended {user.username}; their keys are refused.")

    def _activate(self, options: Options) -> None:
        user = status_set(caller=OPERATOR, user=_user(options), status=UserStatus.ACTIVE)
        self._tell(options, user, f"Activated {user.username}.")

    def _delete(self, options: Options) -> None:
        user = _user(options)
        self.confirm(
            options,
            f"Delete {user.username} ({user.email or SERVICE_ACCOUNT}), and end all their keys?",
        )
        user_delete(caller=OPERATOR, user=user)
        self._tell(options, user, f"Deleted {user.username}; all their keys have ended.")

    def _to_password(self, options: Options) -> None:
        user = _user(options)
        reversion_begin(caller=OPERATOR, user=user)
        self._tell(
            options,
            user,
            f"Mailed {user.username} a passcode; nothing changes until it sets a password.",
        )

    def _to_service_account(self, options: Options) -> None:
        user = _user(options)
        what = f"{user.username} a service account, and forget its address {user.email}"
        self.confirm(options, f"Make {what}?")
        user = service_account_convert(caller=OPERATOR, user=user)
        self._tell(options, user, f"{user.username} is a service account; its keys go on.")

    def _roles(self, options: Options) -> None:
        user = _user(options)
        if options["set"] is not None:
            user = site_roles_replace(caller=OPERATOR, user=user, roles=options["set"])
        shown = ", ".join(user.site_roles) or "no site role"
        self._tell(options, user, f"{user.username}: {shown}")

    def _tell(self, options: Options, user: User, sentence: str) -> None:
        self.say(options, _document(user), sentence)


def _number(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _search(text: str) -> UserSearch:
    try:
        return parse_search(text)
    except DomainError as error:
        raise ArgumentTypeError(reason(error)) from error


def _user(options: Options) -> User:
    user: User = named_user(options["user"])
    return user


def _organizations(references: Sequence[str] | None) -> list[Organization]:
    chosen = {
        reference: found(
            organization_find(reference), "organization", reference, "Give its name or id."
        )
        for reference in references or ()
    }
    return [*{row.pk: row for row in chosen.values()}.values()] or [default_organization()]


def _cells(user: User) -> tuple[str, ...]:
    return (
        user.username,
        user.email or SERVICE_ACCOUNT,
        user.status,
        user.login_type,
        ", ".join(user.site_roles),
    )


def _document(user: User) -> dict[str, Any]:
    return {
        "id": str(user.pk),
        "username": user.username,
        "email": user.email,
        "name": user.name,
        "status": str(user.status),
        "login_type": str(user.login_type),
        "is_service_account": user.is_service_account,
        "roles": user.site_roles,
        "last_seen_at": format_time(user.last_seen_at),
        "created_at": format_time(user.created_at),
    }
