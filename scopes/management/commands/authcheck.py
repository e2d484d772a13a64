"""`manage.py authcheck`: may somebody do a thing, and why? (authorization.md 4)"""

import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from coderauth.commands.operator import (
    REFUSED,
    OperatorCommand,
    Options,
    UsageError,
    add_json,
    found,
)
from coderauth.commands.refusals import reason
from coderauth.errors import DomainError
from scopes.authcheck.answers import Check, answer_explained
from scopes.authcheck.subjects import Inspected, inspect_key, inspect_user
from scopes.commands import named_user
from scopes.engine.allow_list import AllowListError
from scopes.engine.catalog import UnknownScopeError
from scopes.engine.explain import Explanation
from scopes.organizations.selectors import organization_find

NO_OBJECT: dict[str, Any] = {
    "level": None,
    "permission": None,
    "negated": False,
    "role": None,
    "organization": None,
    "scope": None,
    "missing": ("object",),
    "hint": "There is no object with this id, or it may not be read.",
}


class Command(OperatorCommand):
    help = (
        "Say whether a user, or a key, may do something, and what decided it. "
        "Exits with 0 when allowed and with 1 when denied."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        who = parser.add_argument_group("who asks")
        who.add_argument("--user", help="username, id or e-mail address")
        who.add_argument("--key-id", help="the first ten characters of a token, before the hyphen")
        who.add_argument("--scope", action="append", help="as if with a key of this scope")
        who.add_argument("--allow", action="append", help="…and this allow-list entry, `type:id`")
        what = parser.add_argument_group("what for")
        what.add_argument("--resource", required=True, help="resource type, such as workspace")
        what.add_argument("--action", required=True, help="such as read")
        what.add_argument("--resource-id", default="", help="id of a stored object")
        what.add_argument("--owner", default="", help="`me`, username or id of the object's owner")
        what.add_argument("--organization", default="", help="name or id of its organization")
        what.add_argument("--any-org", action="store_true", help="in any organization")
        add_json(parser)

    def run(self, options: Options) -> None:
        who, check = self._who(options), self._check(options)
        try:
            answer = answer_explained(who.subject, {"check": check})["check"]
        except DomainError as error:
            raise UsageError(reason(error)) from error
        allowed = answer is not None and answer.allowed and not who.refusal
        document = _document(answer, who, allowed=allowed)
        asked = f"{options['resource']}:{options['action']}"
        told = {"who": who.name, "permission_asked": asked, **document}
        self.say(options, told, *_lines(who.name, asked, document))
        if not allowed:
            sys.exit(REFUSED)

    def _who(self, options: Options) -> Inspected:
        user, key_id = options["user"], options["key_id"]
        if bool(user) == bool(key_id):
            raise UsageError("Give either --user or --key-id.")
        if key_id:
            if options["scope"] or options["allow"]:
                raise UsageError("A key has its own scopes: leave out --scope and --allow.")
            return found(inspect_key(key_id), "key", key_id, "See `manage.py tokens list`.")
        scopes, allow_list = options["scope"] or (), options["allow"] or ()
        try:
            return inspect_user(_person(user), scopes=scopes, allow_list=allow_list)
        except (UnknownScopeError, AllowListError) as error:
            raise UsageError(f"{error}.") from error

    def _check(self, options: Options) -> Check:
        owner, organization = options["owner"], options["organization"]
        if owner and owner != "me":
            owner = str(_person(owner).pk)
        if organization:
            row = organization_find(organization)
            organization = str(found(row, "organization", organization, "Give its name or id.").pk)
        return Check(
            options["action"],
            options["resource"],
            owner,
            organization,
            options["any_org"],
            options["resource_id"],
        )


def _lines(name: str, asked: str, document: dict[str, Any]) -> list[str]:
    lines = [f"{'allowed' if document['allowed'] else 'denied'}: {name} {asked}"]
    if document["permission"]:
        by = f"the role {document['role']}" if document["role"] else "the object's ACL"
        verb = "forbids" if document["negated"] else "grants"
        lines.append(f"  {by} {verb} {document['permission']} ({document['level']} level)")
    if document["scope"]:
        lines.append(f"  the scope {document['scope']} covers it")
    if document["missing"]:
        lines.append(f"  missing: {', '.join(document['missing'])}")
    return [*lines, f"  {document['hint']}"]


def _person(reference: str) -> Any:
    return named_user(reference)


def _document(answer: Explanation | None, who: Inspected, *, allowed: bool) -> dict[str, Any]:
    document = NO_OBJECT if answer is None else asdict(answer)
    refusal = {"hint": who.refusal} if who.refusal else {}
    return {**document, **refusal, "allowed": allowed}
