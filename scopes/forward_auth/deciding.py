"""Decide about a request that a proxy asks about: by a rule, a query, or the sign-in alone."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings

from coderauth.errors import DomainError
from scopes.authcheck.answers import Check, answer
from scopes.callers import Caller
from scopes.engine.catalog import scopes_cover
from scopes.engine.policy import RESOURCES
from scopes.forward_auth.rules import ForwardRule, rule_for

logger = logging.getLogger(__name__)

_QUERY = frozenset(
    {"resource_type", "action", "resource_id", "owner_id", "organization_id", "rule", "redirect"}
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that the proxy asks about, as far as the proxy's word counts."""

    method: str = ""
    host: str = ""
    path: str = ""

    @property
    def is_known(self) -> bool:
        return bool(self.method and self.path)


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether the request may go on; `missing` are permissions or a scope, if that is known."""

    allowed: bool
    missing: tuple[str, ...] = ()


NO = Ruling(allowed=False)
YES = Ruling(allowed=True)


def decide_by_rules(caller: Caller, asked: Asked) -> Ruling:
    """Decide by the first rule that fits; without a rules file, or a rule, the answer is no."""
    if not settings.FORWARD_AUTH_RULES:
        return _mistake("a path below the endpoint needs CODERAUTH_FORWARD_AUTH_RULES")
    rule = rule_for(
        settings.FORWARD_AUTH_RULES, host=asked.host, path=asked.path, method=asked.method
    )
    return NO if rule is None else decide_by_rule(caller, rule)


def decide_by_query(caller: Caller, query: Mapping[str, str], asked: Asked) -> Ruling:
    """Decide as the configured query says; a wrong or incomplete one is no.

    Without a query, the rules decide if there are any; otherwise being signed in suffices.
    """
    wanted = {name: value for name, value in query.items() if name != "redirect"}
    if unknown := query.keys() - _QUERY:
        return _mistake(f"its query has {', '.join(sorted(unknown))}")
    if not wanted:
        if not settings.FORWARD_AUTH_RULES:
            return YES
        if not asked.is_known:
            return _mistake("no trusted proxy says which request it is about")
        return decide_by_rules(caller, asked)
    if "rule" in wanted:
        named = [rule for rule in settings.FORWARD_AUTH_RULES if rule.name == wanted["rule"]]
        if len(wanted) > 1 or not named:
            return _mistake(f"there is no rule {wanted['rule']!r} to ask for alone")
        return decide_by_rule(caller, named[0])
    resource, action = wanted.get("resource_type", ""), wanted.get("action", "")
    if action not in RESOURCES.get(resource, ()):
        return _mistake("its query needs resource_type and an action of that type")
    check = Check(
        action,
        resource,
        owner_id=wanted.get("owner_id", ""),
        organization_id=wanted.get("organization_id", ""),
        resource_id=wanted.get("resource_id", ""),
    )
    return _checked(caller, [check])


def decide_by_rule(caller: Caller, rule: ForwardRule) -> Ruling:
    """Decide by one rule: each permission as `POST /authcheck` does, and the scope."""
    if rule.scope and scopes_cover(caller.scopes, [rule.scope]):
        return Ruling(allowed=False, missing=(rule.scope,))
    checks = []
    for permission in rule.needs:
        resource, _, action = permission.partition(":")
        checks.append(
            Check(
                action,
                resource,
                owner_id=rule.owner_id,
                organization_id=rule.organization_id,
                resource_id=rule.resource_id,
            )
        )
    return _checked(caller, checks)


def _checked(caller: Caller, checks: Sequence[Check]) -> Ruling:
    named = {f"{one.resource_type}:{one.action}": one for one in checks}
    try:
        answers = answer(caller.subject, named)
    except DomainError as error:
        return _mistake(error.message)
    missing = tuple(name for name, is_allowed in answers.items() if not is_allowed)
    caller.did(name for name, is_allowed in answers.items() if is_allowed)
    return Ruling(allowed=not missing, missing=missing)


def _mistake(what: str) -> Ruling:
    """Say no, and tell the operator why: a mistake of the configuration must not go unnoticed."""
    logger.warning("Forward auth refuses because %s", what)
    return NO
