"""`manage.py tokens`: list, make, rotate, pause and end anybody's API tokens."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from coderauth.commands.operator import (
    OperatorCommand,
    Options,
    add_json,
    add_sure,
    table,
)
from coderauth.durations import parse_duration, to_nanoseconds
from coderauth.errors import NotFound
from coderauth.http.times import format_time
from scopes.actors import OPERATOR
from scopes.commands import COLUMNS, and_made, cells, chosen, counted, document, named_user
from scopes.engine.catalog import UnknownScopeError, canonical, expand
from scopes.keys.ending import key_expire, key_revoke, keys_made_by
from scopes.keys.issuing import token_issue
from scopes.keys.minting import TokenWish
from scopes.keys.pausing import key_pause, key_resume
from scopes.keys.review import Reviewed, key_bring_under, keys_above_ceilings
from scopes.keys.rotating import key_rotate
from scopes.keys.selectors import tokens_matching
from scopes.keys.usage import KeyUsage, usage_of
from scopes.models import Key

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
            self._add_choice(one)
            add_sure(one)
        for act, run, meaning in (
            ("pause", self._pause, "refuse keys until they are resumed"),
            ("resume", self._resume, "let paused keys work again"),
        ):
            one = acts.add_parser(act, help=meaning)
            one.set_defaults(run=run)
            self._add_choice(one)
        self._add_review(acts.add_parser("review", help="list tokens above a ceiling"))
        using = acts.add_parser("usage", help="show what a token was used for")
        using.set_defaults(run=self._usage)
        self._add_choice(using)
        self._add_rotation(acts.add_parser("rotate", help="give a token a new secret, shown once"))

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
        parser.add_argument(
            "--fixed-end", action="store_true", help="let no use move the end of the token"
        )
        add_json(parser)

    def _add_choice(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", nargs="?", help="the ten characters before a token's hyphen")
        parser.add_argument("--user", help="username, e-mail address or id")
        parser.add_argument("--name", help="of the user's token")
        parser.add_argument("--all", action="store_true", help="all tokens of the user")
        add_json(parser)

    def _add_review(self, parser: ArgumentParser) -> None:
        parser.set_defaults(run=self._review)
        parser.add_argument(
            "--apply", action="store_true", help="bring them under it; asks first unless --yes"
        )
        add_sure(parser)
        add_json(parser)

    def _add_rotation(self, parser: ArgumentParser) -> None:
        parser.set_defaults(run=self._rotate, all=False)
        parser.add_argument("id", nargs="?", help="the ten characters before a token's hyphen")
        parser.add_argument("--user", help="username, e-mail address or id")
        parser.add_argument("--name", help="of the user's token")
        parser.add_argument(
            "--grace",
            type=_lifetime,
            help="how long the old secret works on, such as 1h; 0: not at all; "
            "else CODERAUTH_ROTATION_GRACE",
        )
        parser.add_argument("--scope", action="append", help="hold only these from now on")
        add_json(parser)

    def _list(self, options: Options) -> None:
        user, now = options["user"], timezone.now()
        keys = tokens_matching(
            user_id=named_user(user).pk if user else None,
            scope=options["scope"] or "",
        )
        if options["valid"]:
            keys = keys.usable(now)
        if options["expired"]:
            keys = keys.expired(now)
        rows = [*keys]
        self.say(
            options,
            {"tokens": [document(key) for key in rows], "count": len(rows)},
            *table(COLUMNS, [cells(key) for key in rows]),
        )

    def _usage(self, options: Options) -> None:
        usages = {key: usage_of(key) for key in chosen(options)}
        lines: list[str] = []
        for key, usage in usages.items():
            lines.append(f"{key.name} ({key.pk})")
            used = {use.scope: format_time(use.last_used) for use in usage.used}
            lines += [f"  {scope}  last used {at}" for scope, at in used.items()]
            lines += [f"  {scope}  never used" for scope in usage.unused]
            if usage.trim and set(usage.trim) != {*usage.held}:
                narrow = " ".join(f"--scope={scope}" for scope in usage.trim)
                lines.append(f"  These would do: manage.py tokens rotate {key.pk} {narrow}")
        rows = [_used(key, usage) for key, usage in usages.items()]
        self.say(options, {"tokens": rows, "count": len(rows)}, *lines)

    def _review(self, options: Options) -> None:
        found = [*keys_above_ceilings()]
        document = {"tokens": [_reviewed(one) for one in found], "count": len(found)}
        lines = table(
            ("id", "user", "name", "loses"),
            [
                (one.key.pk, one.key.user.username, one.key.name, "; ".join(one.losses))
                for one in found
            ],
        )
        if not options["apply"]:
            end = "Nothing was changed; --apply does it." if found else "No token is above."
            self.say(options, {**document, "applied": 0}, *(lines if found else ()), end)
            return
        self.confirm(options, f"Bring {len(found)} tokens under their ceilings?")
        applied = 0
        for done, one in enumerate(found, start=1):
            applied += key_bring_under(one.key)
            if done % PROGRESS_EVERY == 0:
                self.progress(done, len(found), "tokens reviewed")
        self.say(options, {**document, "applied": applied}, *lines, f"Changed {applied} tokens.")

    def _create(self, options: Options) -> None:
        wish = TokenWish(
            name=options["name"],
            scopes=options["scope"],
            allow_list=options["allow"],
            lifetime=to_nanoseconds(options["lifetime"]),
            renews=False if options["fixed_end"] else None,
        )
        user = named_user(options["user"])
        key, secret = token_issue(caller=OPERATOR, user=user, wish=wish)
        key.user = user
        until = format_time(key.expires_at)
        self.say(
            options,
            {**document(key), "key": secret},
            f"Made {key.name} ({key.pk}) for {user.username}, until {until}.",
            f"Secret, shown this once: {secret}",
        )

    def _revoke(self, options: Options) -> None:
        self._end(options, "Revoke", "revoked", key_revoke)

    def _expire(self, options: Options) -> None:
        self._end(options, "Expire", "expired", key_expire)

    def _end(self, options: Options, verb: str, done: str, act: Callable[..., None]) -> None:
        keys = chosen(options)
        made = keys_made_by(keys)
        if keys:
            what = f"{counted(keys)} of {keys[0].user}{and_made(keys, made)}"
            self.confirm(options, f"{verb} {what}, for good?")
        ended = self._each(options, keys, act)
        lines = [f"{done.capitalize()} {counted(ended)}{and_made(keys, made)}."]
        if options["all"]:
            lines.append("Browser sessions go on; `manage.py users suspend` refuses them as well.")
        self.say(options, {done: [key.pk for key in ended], "made": made}, *lines)

    def _pause(self, options: Options) -> None:
        self._change(options, "paused", key_pause)

    def _resume(self, options: Options) -> None:
        self._change(options, "resumed", key_resume)

    def _change(self, options: Options, done: str, act: Callable[..., None]) -> None:
        changed = self._each(options, chosen(options), act)
        line = f"{done.capitalize()} {counted(changed)}, with the keys that it made, if any."
        self.say(options, {done: [key.pk for key in changed]}, line)

    def _each(self, options: Options, keys: list[Key], act: Callable[..., None]) -> list[Key]:
        """Do an act to each key; return those that were still there."""
        changed: list[Key] = []
        for number, key in enumerate(keys, start=1):
            try:
                act(caller=OPERATOR, key_id=key.pk)
            except NotFound:
                if not options["all"]:
                    raise
            else:
                changed.append(key)
            if number % PROGRESS_EVERY == 0:
                self.progress(number, len(keys), "tokens")
        return changed

    def _rotate(self, options: Options) -> None:
        (key,) = chosen(options)
        grace = None if options["grace"] is None else to_nanoseconds(options["grace"])
        rotated, secret = key_rotate(
            caller=OPERATOR, key_id=key.pk, grace=grace, scopes=options["scope"] or ()
        )
        rotated.user = key.user
        until = rotated.old_valid_until
        old = f"works until {format_time(until)}" if until else "has ended"
        self.say(
            options,
            {**document(rotated), "key": secret},
            f"Rotated {counted([rotated])} of {key.user.username}. The old secret {old}.",
            f"Secret, shown this once: {secret}",
        )


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


def _reviewed(one: Reviewed) -> dict[str, Any]:
    return {**document(one.key), "loses": list(one.losses)}


def _used(key: Key, usage: KeyUsage) -> dict[str, Any]:
    return {
        "id": key.pk,
        "token_name": key.name,
        "held": [*usage.held],
        "used": [
            {"scope": one.scope, "last_used": format_time(one.last_used)} for one in usage.used
        ],
        "unused": [*usage.unused],
        "trim": [*usage.trim],
    }
