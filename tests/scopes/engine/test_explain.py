from typing import Any

import pytest

from scopes.engine.decision import Grant, Object, prepare
from scopes.engine.explain import Explanation, explain
from scopes.engine.roles import ORGANIZATION_ROLES, SITE_ROLES

HOME = "org-home"
MEMBER = Grant(SITE_ROLES["member"])
AT_HOME = Grant(ORGANIZATION_ROLES["organization-member"], HOME)
BAN = Grant(ORGANIZATION_ROLES["organization-workspace-creation-ban"], HOME)
workspace = Object("workspace", id="w-1", owner="alice", organization=HOME)


def _told(action: str, obj: Object, *grants: Grant, **rest: Any) -> Explanation:
    subject = prepare(id="alice", grants=grants or (MEMBER, AT_HOME), **rest)
    return explain(subject, action, obj)


def test_grant_is_traced_to_role_and_scope() -> None:
    told = _told("read", workspace, scopes=("file:read", "workspace:read"))
    assert told == Explanation(
        allowed=True,
        level="user",
        permission="workspace:*",
        negated=False,
        role="member",
        organization=None,
        scope="workspace:read",
        missing=(),
        hint="This is allowed; there is nothing to do.",
    )


def test_grant_of_an_organization_role_names_the_organization() -> None:
    told = _told("read", Object("organization", organization=HOME))
    assert (told.role, told.organization) == ("organization-member", HOME)
    assert (told.permission, told.scope) == ("organization:read", "coder:all")


def test_denial_is_traced_to_the_role_that_forbids() -> None:
    told = _told("create", workspace, MEMBER, AT_HOME, BAN)
    assert (told.role, told.organization, told.negated) == (BAN.role.name, HOME, True)
    assert told.hint == (
        "Ask an administrator about the role organization-workspace-creation-ban: "
        "it forbids workspace:create."
    )


def test_denial_is_told_before_the_grant_it_beats() -> None:
    admin = Grant(ORGANIZATION_ROLES["organization-admin"], HOME)
    told = _told("create", workspace, MEMBER, admin, BAN)
    assert (told.role, told.permission) == (BAN.role.name, "workspace:create")
    assert told.negated


def test_any_organization_names_the_one_that_grants() -> None:
    admin = ORGANIZATION_ROLES["organization-admin"]
    abroad = Grant(admin, "org-abroad")
    asked = Object("workspace", any_organization=True)
    told = _told("create", asked, MEMBER, Grant(admin, HOME), BAN, abroad)
    assert (told.allowed, told.role, told.organization) == (True, admin.name, "org-abroad")


@pytest.mark.parametrize(
    ("users", "groups", "permission"),
    [
        ({"alice": ["read"]}, {}, "workspace:read"),
        ({"alice": ["*"]}, {}, "workspace:*"),
        ({}, {"group-1": ["read"]}, "workspace:read"),
        ({}, {HOME: ["*"]}, "workspace:*"),
    ],
)
def test_acl_is_traced(users: Any, groups: Any, permission: str) -> None:
    obj = workspace._replace(owner="mallory", acl_users=users, acl_groups=groups)
    told = _told("read", obj, groups=["group-1"])
    assert (told.level, told.permission, told.role) == ("acl", permission, None)


@pytest.mark.parametrize(
    ("action", "scope"),
    [("update", "workspace:update"), ("share", "workspace:*")],
)
def test_missing_scope_hints_at_the_narrowest_that_can_be_had(action: str, scope: str) -> None:
    told = _told(action, workspace, scopes=("workspace:read",))
    assert told.scope is None
    assert told.hint == f"Ask for a key with the scope {scope}."


def test_missing_scope_that_nobody_can_ask_for_hints_at_full_access() -> None:
    told = _told("read", Object("group", owner="alice"), scopes=("workspace:read",))
    assert told.hint == "Ask for a key with the scope coder:all."


def test_unknown_scope_is_no_reason() -> None:
    assert _told("read", workspace, scopes=("workspace:read", "bogus")).scope is None


def test_missing_listing_hints_at_the_entry() -> None:
    told = _told("read", workspace, allow_list=[("workspace", "w-2")])
    assert told.hint == "Ask for a key whose allow list has workspace:w-1."


def test_missing_role_hints_at_the_permission() -> None:
    told = _told("read", workspace._replace(owner="mallory"))
    assert told.hint == (
        "Ask an administrator for a role that grants workspace:read in the organization org-home."
    )


def test_missing_membership_hints_at_the_organization() -> None:
    told = _told("read", workspace, MEMBER)
    assert told.hint == "Ask an administrator to add you to the organization org-home."
    told = _told("create", Object("workspace", owner="alice", any_organization=True), MEMBER)
    assert told.hint == "Ask an administrator to add you to an organization."


def test_senseless_question_is_explained() -> None:
    assert "no such resource type" in _told("read", Object("bogus")).hint
    assert _told("ssh", Object("file")).hint == (
        "The resource type file has only these actions: create, read."
    )
    both = workspace._replace(any_organization=True)
    assert _told("read", both).hint.startswith("Name one organization")
