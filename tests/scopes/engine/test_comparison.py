"""Whose roles permit more: asked of the engine's own answers, decision by decision."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scopes.engine.comparison import IMPLIED, roles_beyond
from scopes.engine.decision import Grant, Object, Subject, decide, prepare
from scopes.engine.policy import RESOURCES
from scopes.engine.roles import ORGANIZATION_ROLES, SITE_ROLES

HOMES = ("one", "two")
SITE = [Grant(role) for role in SITE_ROLES.values()]
BOUND = [Grant(role, home) for role in ORGANIZATION_ROLES.values() for home in HOMES]
grants = st.lists(st.sampled_from([*SITE, *BOUND]), max_size=4)


def subject(held: list[Grant], name: str = "ada") -> Subject:
    return prepare(id=name, grants=[Grant(SITE_ROLES["member"]), *held])


def may(who: Subject) -> set[tuple[str, str, str]]:
    """Return what somebody may do to strangers' things, everywhere and in each place."""
    return {
        (kind, action, home)
        for kind, actions in RESOURCES.items()
        for action in actions
        for home in ("", *HOMES)
        if decide(who, action, Object(kind, owner="a stranger", organization=home))
    }


@given(grants, grants)
def test_who_holds_no_role_beyond_may_do_nothing_more(
    mine: list[Grant], theirs: list[Grant]
) -> None:
    # The implied roles of places are left out: joining one is nobody's rank.
    ranked = [one for one in theirs if one.role.name not in IMPLIED]
    if not roles_beyond(subject(mine), ranked):
        assert may(subject(ranked, "bob")) <= may(subject(mine))


@given(grants)
def test_nobody_is_beyond_themselves(mine: list[Grant]) -> None:
    positive = [one for one in mine if not any(p.negate for p in one.role.organization)]

    assert roles_beyond(subject(positive), positive) == []


@pytest.mark.parametrize(
    ("mine", "theirs", "beyond"),
    [
        ("user-admin", "auditor", ["auditor"]),
        ("user-admin", "owner", ["owner"]),
        ("user-admin", "user-admin", []),
        ("owner", "user-admin", []),
        ("auditor", "user-admin", ["user-admin"]),
        ("member", "member", []),
    ],
)
def test_site_roles_compare(mine: str, theirs: str, beyond: list[str]) -> None:
    held = [Grant(SITE_ROLES[theirs])]

    assert roles_beyond(subject([Grant(SITE_ROLES[mine])]), held) == beyond
