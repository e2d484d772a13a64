"""`manage.py tokens`: list, make, revoke and expire anybody's API tokens."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from coderauth.commands.operator import (
    OperatorCommand,
    Options,
    UsageError,
    add_json,
    add_sure,
    found,
    table,
)
from coderauth.durations import parse_duration, to_nanoseconds
from coderauth.errors import NotFound
from coderauth.http.times import format_time
from scopes.actors import OPERATOR
from scopes.commands import named_user
from scopes.engine.catalog import UnknownScopeError, canonical, expand
from scopes.keys.ending import key_expire, key_revoke, keys_made_by
from scopes.keys.issuing import token_issue
from scopes.keys.minting import TokenWish
from scopes.keys.rows import key_find
from scopes.keys.selectors import tokens_matching
from scopes.models import Key

COLUMNS = ("id", "user", "name", "scopes", "allow list", "last used", "expires")
SEE = "See `manage.py tokens list`."
PROGRESS_EVERY = 100


class Command(OperatorCommand):
    help = "Manage API tokens without signing in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        self._add_listing(acts.add_parser("list", help="list tokens, oldest first"))
        self._add_creation(acts.add_parser("create", help="make a token and show its secret once"))
        for act, run, meaning in (
            ("revoke", self._revoke, "end keys at once and delete them"),
            ("expire", self._expire, "end keys at once and keep them in the list"),
        ):
            one = acts.add_parser(act, help=meaning)
            one.set_defaults(run=run)
            self._add_ending(one)

    def _add_listing(self, parser: ArgumentParser) -> None:
        parser.set_defaults(run=self._list)
        parser.add_argument(
            "--user", help="only those of this user: username, e-mail address or id"
        )
        parser.add_argument("--scope", type=_scope, help="only with this scope")
        validity = parser.add_mutually_exclusive_group()
        validity.add_argument("--expired", action="store_true", help="only those that have expired")
        validity.add_argument("--valid", action="store_true", help="only those that can be used")
        add_json(parser)

    def _add_creation(self, parser: ArgumentParser) -> None:
        parser.set_defaults(run=self._create)
        parser.add_argument("--user", required=True, help="username, e-mail address or id")
        parser.add_argument(
            "--name", default="", help="unique for the user; by default a random one"
        )
        parser.add_argument(
            "--scope",
            action="append",
            default=[],
            help="what the token may do, such as workspace:read; repeatable; by default everything",
        )
        parser.add_argument(
            "--allow",
            action="append",
            default=[],
            metavar="TYPE:ID",
            help="`type:id` it is limited to; `*` stands for any; repeatable; by default unlimited",
        )
        parser.add_argument(
            "--lifetime",
            type=_lifetime,
            default=timedelta(0),
            help="such as 24h, 30d or 1y; else CODERAUTH_DEFAULT_TOKEN_LIFETIME",
        )
        add_json(parser)

    def _add_ending(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", nargs="?", help="the ten characters before a token's hyphen")
        parser.add_argument("--user", help="username, e-mail address or id")
        parser.add_argument("--name", help="of the user's token")
        parser.add_argument("--all", action="store_true", help="all tokens of the user")
        add_sure(parser)
        add_json(parser)

    def _list(self, options: Options) -> None:
        user, now = options["user"], timezone.now()
        keys = tokens_matching(
            user_id=_person(user).pk if user else None,
            scope=options["scope"] or "",
        )
        if options["valid"]:
            keys = keys.usable(now)
        if options["expired"]:
            keys = keys.expired(now)
        rows = [*keys]
        self.say(
            options,
            {"tokens": [_document(key) for key in rows], "count": len(rows)},
            *table(COLUMNS, [_cells(key) for key in rows]),
        )

    def _create(self, options: Options) -> None:
        wish = TokenWish(
            name=options["name"],
            scopes=options["scope"],
            allow_list=options["allow"],
            lifetime=to_nanoseconds(options["lifetime"]),
        )
        user = _person(options["user"])
        key, secret = token_issue(caller=OPERATOR, user=user, wish=wish)
        key.user = user
        until = format_time(key.expires_at)
        self.say(
            options,
            {**_document(key), "key": secret},
            f"Made {key.name} ({key.pk}) for {user.username}, until {until}.",
            f"Secret, shown this once: {secret}",
        )

    def _revoke(self, options: Options) -> None:
        self._end(options, "Revoke", "revoked", key_revoke)

    def _expire(self, options: Options) -> None:
        self._end(options, "Expire", "expired", key_expire)

    def _end(self, options: Options, verb: str, done: str, act: Callable[..., None]) -> None:
        keys = _chosen(options)
        made = keys_made_by(keys)
        if keys:
            what = f"{_counted(keys)} of {keys[0].user}{_and_made(keys, made)}"
            self.confirm(options, f"{verb} {what}, for good?")
        ended: list[Key] = []
        for number, key in enumerate(keys, start=1):
            try:
                act(caller=OPERATOR, key_id=key.pk)
            except NotFound:
                if not options["all"]:
                    raise
            else:
                ended.append(key)
            if number % PROGRESS_EVERY == 0:
                self.progress(number, len(keys), "tokens")
        lines = [f"{done.capitalize()} {_counted(ended)}{_and_made(keys, made)}."]
        if options["all"]:
            lines.append("Browser sessions go on; `manage.py users suspend` refuses them as well.")
        self.say(options, {done: [key.pk for key in ended], "made": made}, *lines)


def _scope(text: str) -> str:
    try:
        return expand(canonical(text)).name
    except UnknownScopeError as error:
        raise ArgumentTypeError(f"{error}") from error


def _lifetime(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{error}") from error


def _person(reference: str) -> Any:
    return named_user(reference)


def _chosen(options: Options) -> list[Key]:
    key_id, user, name = options["id"], options["user"], options["name"]
    by_id = bool(key_id) and not (user or name or options["all"])
    by_user = bool(user) and not key_id and bool(name) != options["all"]
    if not by_id and not by_user:
        raise UsageError("Say which: an id, or --user with --name, or --user with --all.")
    if by_id:
        # A whole token is accepted, too, but its secret is not repeated.
        identifier = key_id.partition("-")[0]
        return [found(key_find(identifier), "key", identifier, SEE)]
    person = _person(user)
    keys = tokens_matching(user_id=person.pk)
    if options["all"]:
        return list(keys)
    token = keys.filter(name=name).first()
    if token is None:
        raise CommandError(f"{person.username} has no token {name!r}. {SEE}")
    return [token]


def _counted(keys: list[Key]) -> str:
    if len(keys) == 1:
        return f"{keys[0].name or 'the session'} ({keys[0].pk})"
    return f"{len(keys)} tokens"


def _and_made(keys: list[Key], made: list[str]) -> str:
    """Say which keys end as well: those made by narrowed ones."""
    if not made:
        return ""
    them = f"key {made[0]}" if len(made) == 1 else f"{len(made)} keys"
    return f", and the {them} made by {'it' if len(keys) == 1 else 'them'}"


def _cells(key: Key) -> tuple[str, ...]:
    return (
        key.pk,
        key.user.username,
        key.name,
        ", ".join(key.scopes),
        ", ".join(key.allow_list),
        format_time(key.last_used_at) if key.last_used_at else "never",
        format_time(key.expires_at),
    )


def _document(key: Key) -> dict[str, Any]:
    return {
        "id": key.pk,
        "user_id": str(key.user_id),
        "username": key.user.username,
        "token_name": key.name,
        "scopes": key.scopes,
        "allow_list": key.allow_list,
        "lifetime_seconds": key.lifetime_seconds,
        "last_used": format_time(key.last_used_at),
        "created_at": format_time(key.created_at),
        "expires_at": format_time(key.expires_at),
    }
