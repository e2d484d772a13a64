"""Decide whether a subject may do an action on an object.

    allowed = (roles permit it, or an ACL does) and a scope permits it and the allow list lists it

Roles are asked level by level. The site level decides if it has an opinion; otherwise the
organization level; otherwise, for what the subject owns, the user level, which in an organization
needs membership. Within a level a negation beats every grant. A scope holds only at site level and
never negates.

`prepare` folds roles and scopes once into tables of all known (type, action) pairs, so unknown ones
are absent and refused. The tables are cached by content: two custom roles of the same name with
different permissions never share one.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from scopes.engine.catalog import FULL, UnknownScopeError, expand
from scopes.engine.policy import ANY, expand_pattern
from scopes.engine.roles import ORGANIZATION_MEMBER, ORGANIZATION_ROLES, Permission, Role

Level = Literal["site", "organization", "user", "acl"]
Missing = Literal["role", "membership", "scope", "allow_list", "unknown", "conflict"]
AllowEntry = tuple[str, str]
Pair = tuple[str, str]

EVERYTHING: Final[tuple[AllowEntry, ...]] = ((ANY, ANY),)
NIL_UUID: Final = "00000000-0000-0000-0000-000000000000"
_NOBODY: Final[Mapping[str, Sequence[str]]] = MappingProxyType({})


class Object(NamedTuple):
    """Describe what is acted on. The ACLs map a user or group id to actions; `*` is every action.

    The group ACL's entry for the organization itself stands for all of its members. A tuple,
    because it costs a third of a frozen dataclass to make and `authcheck` makes hundreds.
    """

    type: str
    id: str = ""
    owner: str = ""
    organization: str = ""
    any_organization: bool = False
    acl_users: Mapping[str, Sequence[str]] = _NOBODY
    acl_groups: Mapping[str, Sequence[str]] = _NOBODY


@dataclass(frozen=True, slots=True)
class Grant:
    """Bind a role the subject holds to an organization id; a site role has none."""

    role: Role
    organization: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Say whether it is allowed, which level of the roles decided, and what was missing."""

    allowed: bool
    level: Level | None = None
    missing: tuple[Missing, ...] = ()

    def __bool__(self) -> bool:
        return self.allowed


# Every possible decision, made once. An outcome holds the roles' answer four times: as it is,
# without a scope, outside of the allow list, and with both missing.
_Outcome = tuple[Decision, Decision, Decision, Decision]


def _outcome(level: Level | None, *missing: Missing) -> _Outcome:
    return (
        Decision(allowed=not missing, level=level, missing=missing),
        Decision(allowed=False, level=level, missing=(*missing, "scope")),
        Decision(allowed=False, level=level, missing=(*missing, "allow_list")),
        Decision(allowed=False, level=level, missing=(*missing, "scope", "allow_list")),
    )


_SITE_GRANTS = _outcome("site")
_SITE_DENIES = _outcome("site", "role")
_ORGANIZATION_GRANTS = _outcome("organization")
_ORGANIZATION_DENIES = _outcome("organization", "role")
_USER_GRANTS = _outcome("user")
_BY_USER_VOTE = (_outcome(None, "role"), _USER_GRANTS, _outcome("user", "role"))  # 0, 1, -1
_ACL_GRANTS = _outcome("acl")
_NO_MEMBERSHIP = _outcome(None, "membership")
UNKNOWN: Final = Decision(allowed=False, missing=("unknown",))
CONFLICT: Final = Decision(allowed=False, missing=("conflict",))


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """The asker, folded for `decide`. Only `prepare` makes it.

    `everywhere` maps every known pair to (site vote, user vote, 1 if no scope permits it);
    `organizations` maps each organization of the subject to its votes; `anywhere` has the pairs
    that some organization grants. `allow_list` is None when it lists everything.
    """

    id: str
    grants: tuple[Grant, ...]
    groups: tuple[str, ...]
    scopes: tuple[str, ...]
    allow_list: frozenset[AllowEntry] | None
    everywhere: Mapping[Pair, tuple[int, int, int]]
    organizations: Mapping[str, Mapping[Pair, int]]
    anywhere: frozenset[Pair]


def _fold(permissions: Iterable[Permission]) -> dict[Pair, int]:
    votes: dict[Pair, int] = {}
    for permission in permissions:
        for pair in expand_pattern(permission.resource, permission.action):
            if permission.negate:
                votes[pair] = -1
            else:
                votes.setdefault(pair, 1)
    return votes


@lru_cache(maxsize=512)
def _fold_scopes(scopes: tuple[str, ...]) -> frozenset[Pair]:
    """Return the pairs that the scopes permit; none at all if one of them is unknown."""
    try:
        return frozenset(_fold(p for name in scopes for p in expand(name).permissions))
    except UnknownScopeError:
        return frozenset()


@lru_cache(maxsize=512)
def _fold_everywhere(
    roles: frozenset[Role], scopes: tuple[str, ...]
) -> Mapping[Pair, tuple[int, int, int]]:
    site = _fold(p for role in roles for p in role.site)
    user = _fold(p for role in roles for p in role.user)
    scoped = _fold_scopes(scopes)
    return {
        pair: (site.get(pair, 0), user.get(pair, 0), int(pair not in scoped))
        for pair in expand_pattern(ANY, ANY)
    }


@lru_cache(maxsize=512)
def _fold_organization(roles: frozenset[Role]) -> Mapping[Pair, int]:
    return _fold(p for role in roles for p in role.organization)


@lru_cache(maxsize=512)
def _fold_anywhere(role_sets: frozenset[frozenset[Role]]) -> frozenset[Pair]:
    return frozenset(
        pair for roles in role_sets for pair, vote in _fold_organization(roles).items() if vote > 0
    )


# What every member of an organization has.
_MEMBERSHIP_GRANTS = frozenset(
    _fold_organization(frozenset({ORGANIZATION_ROLES[ORGANIZATION_MEMBER]}))
)


def prepare(
    *,
    id: str,  # noqa: A002  (the subject's field has this name)
    grants: Iterable[Grant],
    groups: Collection[str] = (),
    scopes: Sequence[str] = (FULL,),
    allow_list: Collection[AllowEntry] = EVERYTHING,
) -> Subject:
    """Fold what a user holds into a subject for `decide`.

    Without roles or scopes, with an unknown scope, or with an empty allow list, nothing is allowed.
    `groups` are the groups of the subject, without the organizations themselves.
    """
    held = tuple(grants)
    names = tuple(scopes)
    bound: dict[str, set[Role]] = {}
    for grant in held:
        if grant.organization:
            bound.setdefault(grant.organization, set()).add(grant.role)
    role_sets = {organization: frozenset(roles) for organization, roles in bound.items()}
    return Subject(
        id,
        held,
        tuple(groups),
        names,
        None if (ANY, ANY) in allow_list else frozenset(allow_list),
        _fold_everywhere(frozenset([grant.role for grant in held]), names),
        {name: _fold_organization(roles) for name, roles in role_sets.items()},
        _fold_anywhere(frozenset(role_sets.values())),
    )


def decide(subject: Subject, action: str, obj: Object) -> Decision:
    """Say whether the subject may do the action; the answer is true if and only if allowed."""
    kind, _, owner, organization, anywhere, acl_users, acl_groups = obj
    pair = (kind, action)
    rights = subject.everywhere.get(pair)
    if rights is None:
        return UNKNOWN
    site, user, gap = rights
    if anywhere and organization and organization != NIL_UUID:
        return CONFLICT
    if site > 0:
        outcome = _SITE_GRANTS
    else:
        if anywhere:
            inside = bool(subject.organizations)
            vote = 1 if pair in subject.anywhere else 0
        else:
            votes = subject.organizations.get(organization)
            inside = votes is not None
            vote = votes.get(pair, 0) if votes else 0
        if site:
            outcome = _SITE_DENIES
        elif vote:
            outcome = _ORGANIZATION_GRANTS if vote > 0 else _ORGANIZATION_DENIES
        else:
            outside = not inside and bool(organization or anywhere)
            mine = user if owner and owner == subject.id else 0
            if outside and mine >= 0 and (mine or pair in _MEMBERSHIP_GRANTS):
                outcome = _NO_MEMBERSHIP
            else:
                outcome = _BY_USER_VOTE[mine]
        if (acl_users or acl_groups) and outcome is not _USER_GRANTS:
            outcome = _ask_acl(subject, action, obj, inside, outcome)
    if subject.allow_list is not None and not _is_listed(subject.allow_list, obj):
        gap += 2
    return outcome[gap]


def _ask_acl(
    subject: Subject, action: str, obj: Object, inside: bool, outcome: _Outcome
) -> _Outcome:
    if outcome[0].allowed or not subject.grants:
        return outcome
    if acl_grants(obj.acl_users.get(subject.id, ()), action):
        return _ACL_GRANTS
    for group in (*subject.groups, obj.organization):
        if acl_grants(obj.acl_groups.get(group, ()), action):
            return _ACL_GRANTS if inside else _NO_MEMBERSHIP
    return outcome


def acl_grants(actions: Sequence[str], action: str) -> bool:
    """Say whether an ACL entry names the action, or all actions."""
    return action in actions or ANY in actions


def _is_listed(allow_list: frozenset[AllowEntry], obj: Object) -> bool:
    return (
        (obj.type, obj.id) in allow_list
        or (obj.type, ANY) in allow_list
        or (ANY, obj.id) in allow_list
    )
