"""Compare what people may do, so that nobody takes over an account with more rights."""

from collections.abc import Iterable

from scopes.engine.decision import Grant, Pair, Subject
from scopes.engine.policy import expand_pattern
from scopes.engine.roles import MEMBER, ORGANIZATION_MEMBER, Permission

# Everybody holds these; they permit the same to everybody, for oneself or as a member.
IMPLIED = frozenset({MEMBER, ORGANIZATION_MEMBER})


def roles_beyond(subject: Subject, held: Iterable[Grant]) -> list[str]:
    """Return the names of those roles, among the given ones, that permit more than `subject` may.

    Of the subject its roles count, not what its key narrows them to. A role that only forbids
    permits nothing.
    """
    return sorted(
        {
            grant.role.name
            for grant in held
            if grant.role.name not in IMPLIED and not _covers(subject, grant)
        }
    )


def _covers(subject: Subject, grant: Grant) -> bool:
    everywhere = subject.everywhere
    if any(everywhere[pair][0] <= 0 for pair in _granted(grant.role.site)):
        return False
    votes = subject.organizations.get(grant.organization, {})
    return all(
        everywhere[pair][0] > 0 or (everywhere[pair][0] == 0 and votes.get(pair, 0) > 0)
        for pair in _granted(grant.role.organization)
    )


def _granted(permissions: Iterable[Permission]) -> Iterable[Pair]:
    for one in permissions:
        if not one.negate:
            yield from expand_pattern(one.resource, one.action)
