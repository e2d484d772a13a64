"""`manage.py authcheck`: may somebody do a thing, and why? (authorization.md 4)"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from coderauth.errors import DomainError
from scopes.authcheck.answers import Check, answer_explained
from scopes.authcheck.subjects import Inspected, inspect_key, inspect_user
from scopes.engine.allow_list import AllowListError
from scopes.engine.catalog import UnknownScopeError
from scopes.engine.explain import Explanation
from scopes.organizations.selectors import organization_find
from scopes.people import person_find

USAGE = 2
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


class Command(BaseCommand):
    help = (
        "Say whether a user, or a key, may do something, and what decided it. "
        "Exits with 0 when allowed, 1 when denied, 2 when the arguments make no sense."
    )
    requires_system_checks = []

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
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            who = self._who(options)
            check = self._check(options)
            found = answer_explained(who.subject, {"check": check})["check"]
        except (UnknownScopeError, AllowListError) as error:
            raise CommandError(f"{error}.", returncode=USAGE) from error
        except DomainError as error:
            reason = ": ".join(filter(None, [error.message.rstrip("."), error.detail]))
            raise CommandError(reason, returncode=USAGE) from error
        allowed = found is not None and found.allowed and not who.refusal
        document = _document(found, who, allowed=allowed)
        asked = f"{options['resource']}:{options['action']}"
        if options["json"]:
            self.stdout.write(json.dumps({"who": who.name, "permission_asked": asked, **document}))
        else:
            self._tell(who.name, asked, document)
        if not allowed:
            sys.exit(1)

    def _who(self, options: dict[str, Any]) -> Inspected:
        user, key_id = options["user"], options["key_id"]
        if bool(user) == bool(key_id):
            raise CommandError("Give either --user or --key-id.", returncode=USAGE)
        if key_id:
            if options["scope"] or options["allow"]:
                raise CommandError(
                    "A key has its own scopes: leave out --scope and --allow.", returncode=USAGE
                )
            found = inspect_key(key_id)
            if found is None:
                raise CommandError(f"There is no key {key_id!r}.", returncode=USAGE)
            return found
        return inspect_user(
            _person(user), scopes=options["scope"] or (), allow_list=options["allow"] or ()
        )

    def _check(self, options: dict[str, Any]) -> Check:
        owner, organization = options["owner"], options["organization"]
        if owner and owner != "me":
            owner = str(_person(owner).pk)
        if organization:
            found = organization_find(organization)
            if found is None:
                raise CommandError(f"There is no organization {organization!r}.", returncode=USAGE)
            organization = str(found.pk)
        return Check(
            options["action"],
            options["resource"],
            owner,
            organization,
            options["any_org"],
            options["resource_id"],
        )

    def _tell(self, name: str, asked: str, document: dict[str, Any]) -> None:
        verdict = "allowed" if document["allowed"] else "denied"
        self.stdout.write(f"{verdict}: {name} {asked}")
        if document["permission"]:
            by = f"the role {document['role']}" if document["role"] else "the object's ACL"
            verb = "forbids" if document["negated"] else "grants"
            self.stdout.write(f"  {by} {verb} {document['permission']} ({document['level']} level)")
        if document["scope"]:
            self.stdout.write(f"  the scope {document['scope']} covers it")
        if document["missing"]:
            self.stdout.write(f"  missing: {', '.join(document['missing'])}")
        self.stdout.write(f"  {document['hint']}")


def _person(reference: str) -> Any:
    found = person_find(reference)
    if found is None:
        raise CommandError(
            f"There is no user {reference!r}. Give a username, an e-mail address or an id.",
            returncode=USAGE,
        )
    return found


def _document(found: Explanation | None, who: Inspected, *, allowed: bool) -> dict[str, Any]:
    document = NO_OBJECT if found is None else asdict(found)
    refusal = {"hint": who.refusal} if who.refusal else {}
    return {**document, **refusal, "allowed": allowed}
