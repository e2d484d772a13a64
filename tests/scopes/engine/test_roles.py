import pytest

from scopes.engine.policy import expand_pattern
from scopes.engine.roles import (
    ASSIGNABLE,
    ORGANIZATION_ROLES,
    SITE_ROLES,
    Permission,
    Role,
    display_name,
)

EVERY_ROLE = [*SITE_ROLES.values(), *ORGANIZATION_ROLES.values()]


def _pairs(permissions: tuple[Permission, ...]) -> set[tuple[str, str]]:
    return {pair for p in permissions for pair in expand_pattern(p.resource, p.action)}


def test_there_are_five_site_roles_and_six_organization_roles() -> None:
    assert list(SITE_ROLES) == ["owner", "member", "auditor", "template-admin", "user-admin"]
    assert list(ORGANIZATION_ROLES) == [
        "organization-admin",
        "organization-member",
        "organization-auditor",
        "organization-user-admin",
        "organization-template-admin",
        "organization-workspace-creation-ban",
    ]


@pytest.mark.parametrize("role", EVERY_ROLE, ids=lambda role: role.name)
def test_every_permission_of_a_built_in_role_is_in_the_policy(role: Role) -> None:
    for permission in (*role.site, *role.user, *role.organization):
        assert expand_pattern(permission.resource, permission.action)


@pytest.mark.parametrize("role", EVERY_ROLE, ids=lambda role: role.name)
def test_permissions_are_sorted_and_listed_once(role: Role) -> None:
    for level in (role.site, role.user, role.organization):
        names = [(permission.resource, permission.action) for permission in level]
        assert names == sorted(set(names))


@pytest.mark.parametrize(
    ("name", "site", "user", "organization"),
    [
        ("owner", 133, 0, 0),
        ("member", 3, 132, 0),
        ("auditor", 12, 0, 0),
        ("template-admin", 21, 0, 0),
        ("user-admin", 24, 0, 0),
        ("organization-admin", 1, 0, 131),
        ("organization-member", 0, 0, 3),
        ("organization-auditor", 0, 0, 8),
        ("organization-user-admin", 1, 0, 15),
        ("organization-template-admin", 0, 0, 22),
        ("organization-workspace-creation-ban", 0, 0, 4),
    ],
)
def test_a_role_has_this_many_actions(name: str, site: int, user: int, organization: int) -> None:
    """The recorded decisions hold half of all pairs; this notices a change in the other half."""
    role = next(role for role in EVERY_ROLE if role.name == name)
    assert len(_pairs(role.site)) == site
    assert len(_pairs(role.user)) == user
    assert len(_pairs(role.organization)) == organization


def test_only_the_ban_forbids_anything() -> None:
    forbidding = {
        role.name
        for role in EVERY_ROLE
        for p in (*role.site, *role.user, *role.organization)
        if p.negate
    }
    assert forbidding == {"organization-workspace-creation-ban"}


def test_tasks_and_sharing_are_granted_to_those_who_manage_workspaces() -> None:
    owner, member = SITE_ROLES["owner"], SITE_ROLES["member"]
    admin = ORGANIZATION_ROLES["organization-admin"]
    for level in (owner.site, member.user, admin.organization):
        assert Permission("task", "*") in level
        assert ("workspace", "share") in _pairs(level)
        assert ("workspace_dormant", "share") not in _pairs(level)


def test_owner_never_reads_the_secrets_of_users() -> None:
    assert ("user_secret", "read") not in _pairs(SITE_ROLES["owner"].site)
    assert ("user_secret", "read") in _pairs(SITE_ROLES["member"].user)


def test_organization_admin_does_not_enter_workspaces() -> None:
    pairs = _pairs(ORGANIZATION_ROLES["organization-admin"].organization)
    assert ("workspace", "ssh") not in pairs
    assert ("workspace", "start") in pairs


def test_auditor_does_not_read_recorded_ai_requests() -> None:
    assert ("aibridge_interception", "read") not in _pairs(SITE_ROLES["auditor"].site)


def test_roles_are_equal_and_hash_alike_by_content() -> None:
    first = Role("custom", "", site=(Permission("file", "read"),))
    same = Role("custom", "", site=(Permission("file", "read"),))
    other = Role("custom", "", site=(Permission("file", "create"),))
    assert first == same
    assert hash(first) == hash(same)
    assert first != other


def test_owner_may_assign_everything() -> None:
    assert ASSIGNABLE["owner"] == {
        *SITE_ROLES,
        *ORGANIZATION_ROLES,
        "custom-site-role",
        "custom-organization-role",
    }


def test_user_admin_may_assign_only_the_implied_roles() -> None:
    assert ASSIGNABLE["user-admin"] == {"member", "organization-member"}


def test_organization_admin_may_assign_every_organization_role() -> None:
    assert ASSIGNABLE["organization-admin"] == {*ORGANIZATION_ROLES, "custom-organization-role"}


def test_organization_user_admin_may_assign_only_membership() -> None:
    assert ASSIGNABLE["organization-user-admin"] == {"organization-member"}


def test_other_roles_may_assign_nothing() -> None:
    assert ASSIGNABLE.keys() == {
        "owner",
        "user-admin",
        "organization-admin",
        "organization-user-admin",
    }


@pytest.mark.parametrize(
    ("name", "shown"),
    [("owner", "Owner"), ("organization-member", ""), ("bogus", ""), ("user-admin", "User Admin")],
)
def test_display_name(name: str, shown: str) -> None:
    assert display_name(name) == shown
