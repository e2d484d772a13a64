"""Decide about a request that a proxy asks about: by a rule, a query, or the sign-in alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from coderauth.errors import DomainError
from scopes.authcheck.answers import Check, answer
from scopes.callers import Caller
from scopes.engine.catalog import scopes_cover
from scopes.engine.policy import RESOURCES
from scopes.forward_auth.questions import Asked, Question
from scopes.forward_auth.rules import ForwardRule, rule_for

_QUERY = frozenset(
    {"resource_type", "action", "resource_id", "owner_id", "organization_id", "rule", "redirect"}
)


@dataclass(frozen=True, slots=True)
class Demand:
    """What a caller must be allowed to do, and a scope that the key must hold; whoever it is.

    If it `is_refused`, nobody may; a `mistake` of the configuration may be why.
    """

    checks: tuple[Check, ...] = ()
    scope: str = ""
    is_refused: bool = False
    mistake: str = ""

    @property
    def asks_database(self) -> bool:
        return any(check.resource_id for check in self.checks)


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether the request may go on; `missing` are permissions or a scope, if that is known."""

    allowed: bool
    missing: tuple[str, ...] = ()
    mistake: str = ""


def demand_of(question: Question) -> Demand:
    """Return what a question demands: by its query, by the rules, or nothing but a sign-in.

    Without a query, the rules decide if there are any. A wrong or incomplete query refuses.
    """
    query = question.query
    if query is None:
        if not settings.FORWARD_AUTH_RULES:
            return _mistake("a path below the endpoint needs CODERAUTH_FORWARD_AUTH_RULES")
        return _by_rules(question.asked)
    if unknown := query.keys() - _QUERY:
        return _mistake(f"its query has {', '.join(sorted(unknown))[:80]!r}")
    wanted = {name: value for name, value in query.items() if name != "redirect"}
    if wanted:
        return _by_query(wanted)
    if not settings.FORWARD_AUTH_RULES:
        return Demand()
    if not question.asked.is_known:
        return _mistake("no trusted proxy says which request it is about")
    return _by_rules(question.asked)


def demand_by_rule(rule: ForwardRule) -> Demand:
    """Return what a rule demands: each permission as `POST /authcheck` has it, and the scope."""
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
    return Demand(tuple(checks), rule.scope)


def judge(caller: Caller, demand: Demand) -> Ruling:
    """Judge whether a caller may do what is demanded; notes what the key was used for."""
    if demand.is_refused:
        return Ruling(allowed=False, mistake=demand.mistake)
    if demand.scope and scopes_cover(caller.scopes, [demand.scope]):
        return Ruling(allowed=False, missing=(demand.scope,))
    named = {f"{one.resource_type}:{one.action}": one for one in demand.checks}
    try:
        answers = answer(caller.subject, named)
    except DomainError as error:
        return Ruling(allowed=False, mistake=error.message)
    missing = tuple(name for name, is_allowed in answers.items() if not is_allowed)
    caller.did(name for name, is_allowed in answers.items() if is_allowed)
    return Ruling(allowed=not missing, missing=missing)


# The header fields that say who is calling. All are always sent, also when they are empty.
IDENTITY: Final[Mapping[str, Callable[[Caller], str]]] = {
    "X-Auth-User": lambda caller: caller.username,
    "X-Auth-User-Id": lambda caller: caller.id,
    "X-Auth-Email": lambda caller: caller.email,
    "X-Auth-Roles": lambda caller: ",".join(caller.site_roles),
    "X-Auth-Organizations": lambda caller: ",".join(caller.organization_ids),
    "X-Auth-Scopes": lambda caller: ",".join(caller.scopes),
    "X-Auth-Key-Id": lambda caller: caller.key_id,
}


def identity(caller: Caller) -> dict[str, str]:
    """Return the header fields of IDENTITY, as UTF-8: WSGI has a character for each byte."""
    return {name: of(caller).encode().decode("latin-1") for name, of in IDENTITY.items()}


def _by_rules(asked: Asked) -> Demand:
    rule = rule_for(
        settings.FORWARD_AUTH_RULES, host=asked.host, path=asked.path, method=asked.method
    )
    return Demand(is_refused=True) if rule is None else demand_by_rule(rule)


def _by_query(wanted: Mapping[str, str]) -> Demand:
    if "rule" in wanted:
        named = [rule for rule in settings.FORWARD_AUTH_RULES if rule.name == wanted["rule"]]
        if len(wanted) > 1 or not named:
            return _mistake(f"there is no rule {wanted['rule'][:80]!r} to ask for alone")
        return demand_by_rule(named[0])
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
    return Demand((check,))


def _mistake(what: str) -> Demand:
    """Refuse because of the configuration: the operator must hear of it."""
    return Demand(is_refused=True, mistake=what)
