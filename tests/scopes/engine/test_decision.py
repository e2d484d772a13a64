from typing import Any

import pytest

from scopes.engine.catalog import FULL
from scopes.engine.decision import NIL_UUID, Decision, Grant, Object, Subject, decide, prepare
from scopes.engine.policy import RESOURCES
from scopes.engine.roles import ORGANIZATION_ROLES, SITE_ROLES, Permission, Role

HOME, ABROAD = "org-home", "org-abroad"
MEMBER = Grant(SITE_ROLES["member"])
OWNER = Grant(SITE_ROLES["owner"])
AT_HOME = Grant(ORGANIZATION_ROLES["organization-member"], HOME)
ADMIN = Grant(ORGANIZATION_ROLES["organization-admin"], HOME)
BAN = Grant(ORGANIZATION_ROLES["organization-workspace-creation-ban"], HOME)
ALL = Permission("*", "*")
NOTHING = Permission("*", "*", negate=True)
WORKSPACE_ACTIONS = RESOURCES["workspace"]

workspace = Object("workspace", id="w-1", owner="alice", organization=HOME)
somebodys = workspace._replace(owner="mallory")
abroad = workspace._replace(organization=ABROAD)
anywhere = Object("workspace", owner="alice", any_organization=True)


def _alice(*grants: Grant, **rest: Any) -> Subject:
    return prepare(id="alice", grants=grants or (MEMBER, AT_HOME), **rest)


def _site(*permissions: Permission) -> Grant:
    return Grant(Role("custom", "", site=permissions))


def _user(*permissions: Permission) -> Grant:
    return Grant(Role("custom", "", user=permissions))


def _home(*permissions: Permission) -> Grant:
    return Grant(Role("custom", "", organization=permissions), HOME)


def _allowed(
    subject: Subject, obj: Object, actions: tuple[str, ...] = WORKSPACE_ACTIONS
) -> set[str]:
    return {action for action in actions if decide(subject, action, obj)}


def test_decision_is_true_iff_allowed() -> None:
    assert decide(_alice(), "read", workspace) == Decision(allowed=True, level="user")
    assert not decide(_alice(), "read", somebodys)


def test_decisions_are_made_once() -> None:
    assert decide(_alice(), "read", workspace) is decide(_alice(), "update", workspace)


# --- levels ---


def test_user_of_no_organization_reaches_nothing_in_one() -> None:
    alone = _alice(MEMBER)
    assert _allowed(alone, workspace) == set()
    assert not decide(alone, "create", anywhere)
    assert decide(alone, "read", workspace).missing == ("membership",)
    assert decide(_alice(), "create", anywhere)


def test_member_has_own_workspaces_at_home_and_in_any_organization() -> None:
    assert _allowed(_alice(), workspace) == set(WORKSPACE_ACTIONS)
    assert _allowed(_alice(), anywhere) == set(WORKSPACE_ACTIONS)


def test_member_has_own_workspace_that_is_in_no_organization() -> None:
    assert decide(_alice(MEMBER), "read", Object("workspace", owner="alice"))


@pytest.mark.parametrize(
    "obj",
    [
        somebodys,
        abroad,
        Object("workspace"),
        Object("workspace", organization=HOME),
        Object("workspace", organization=NIL_UUID, owner="alice"),
        Object("workspace", any_organization=True),
    ],
    ids=["another's", "abroad", "whole type", "whole organization", "nil organization", "any"],
)
def test_member_has_no_other_workspace(obj: Object) -> None:
    assert _allowed(_alice(), obj) == set()


def test_site_denial_beats_everything_but_an_acl() -> None:
    denied = _alice(MEMBER, AT_HOME, OWNER, ADMIN, _site(NOTHING))
    assert _allowed(denied, workspace) == set()
    assert decide(denied, "read", workspace) == Decision(
        allowed=False, level="site", missing=("role",)
    )
    shared = workspace._replace(acl_users={"alice": ["read"]})
    assert _allowed(denied, shared) == {"read"}


def test_organization_admin_has_all_at_home_but_entry_to_others_workspaces() -> None:
    admin = _alice(MEMBER, AT_HOME, ADMIN)
    barred = {"ssh", "application_connect"}
    assert _allowed(admin, somebodys) == set(WORKSPACE_ACTIONS) - barred
    assert _allowed(admin, workspace) == set(WORKSPACE_ACTIONS)


def test_organization_admin_has_nothing_elsewhere() -> None:
    admin = _alice(MEMBER, AT_HOME, ADMIN)
    assert _allowed(admin, abroad) == set()
    assert _allowed(admin, Object("workspace", owner="mallory")) == set()


def test_organization_admin_creates_templates_in_any_organization() -> None:
    template = Object("template", any_organization=True)
    assert decide(_alice(MEMBER, AT_HOME, ADMIN), "create", template).level == "organization"
    assert not decide(_alice(), "create", template)


@pytest.mark.parametrize("obj", [workspace, somebodys, abroad, Object("workspace"), anywhere])
def test_owner_has_every_workspace_everywhere(obj: Object) -> None:
    assert _allowed(_alice(OWNER), obj) == set(WORKSPACE_ACTIONS)


def test_reading_role_reads_and_writes_nothing() -> None:
    read = Permission("*", "read")
    reader = _alice(_home(read), _user(read))
    assert _allowed(reader, workspace) == {"read"}
    assert _allowed(reader, somebodys) == {"read"}
    assert _allowed(reader, abroad) == set()


def test_site_grant_beats_denials_below() -> None:
    subject = _alice(_site(ALL), _home(NOTHING), _user(NOTHING))
    assert decide(subject, "read", workspace).level == "site"
    assert decide(_alice(OWNER, BAN), "create", workspace)


def test_organization_grant_beats_a_denial_of_the_user_level() -> None:
    subject = _alice(_home(ALL), _user(NOTHING))
    assert decide(subject, "read", workspace).level == "organization"
    nowhere = decide(subject, "read", Object("workspace", owner="alice"))
    assert nowhere == Decision(allowed=False, level="user", missing=("role",))


def test_organization_denial_blocks_the_user_level() -> None:
    banned = _alice(MEMBER, AT_HOME, BAN)
    assert decide(banned, "create", workspace) == Decision(
        allowed=False, level="organization", missing=("role",)
    )
    assert decide(banned, "update", workspace)
    assert decide(_alice(), "create", workspace)


def test_denial_beats_grant_inside_one_level() -> None:
    assert not decide(_alice(MEMBER, ADMIN, BAN), "create", somebodys)
    assert decide(_alice(MEMBER, ADMIN), "create", somebodys)


def test_organization_denial_is_ignored_in_any_organization() -> None:
    assert decide(_alice(MEMBER, AT_HOME, BAN), "create", anywhere).level == "user"


def test_role_without_permissions_makes_a_member() -> None:
    assert decide(_alice(MEMBER, _home()), "read", workspace)
    assert not decide(_alice(MEMBER), "read", workspace)


def test_organization_list_of_an_unbound_role_is_ignored() -> None:
    unbound = Grant(Role("custom", "", organization=(ALL,)))
    assert not decide(_alice(unbound), "read", somebodys)
    assert decide(_alice(_home(ALL)), "read", somebodys)


def test_custom_roles_of_one_name_do_not_share_their_permissions() -> None:
    assert decide(_alice(_home(Permission("workspace", "ssh"))), "ssh", somebodys)
    assert not decide(_alice(_home(Permission("workspace", "read"))), "ssh", somebodys)


def test_organization_of_others_is_closed_for_want_of_membership() -> None:
    other = Object("organization", organization=ABROAD)
    assert decide(_alice(), "read", other).missing == ("membership",)
    assert decide(_alice(), "delete", other).missing == ("role",)
    assert decide(_alice(), "read", Object("organization", organization=HOME))


# --- what is always refused ---


def test_subject_without_roles_may_do_nothing() -> None:
    shared = workspace._replace(acl_users={"alice": ["*"]})
    nobody = prepare(id="alice", grants=())
    assert decide(nobody, "read", shared).missing == ("role",)
    assert decide(_alice(MEMBER), "read", shared)


@pytest.mark.parametrize("scopes", [(), ("bogus",), (FULL, "bogus"), ("*:*",)])
def test_subject_without_valid_scopes_may_do_nothing(scopes: tuple[str, ...]) -> None:
    assert decide(_alice(OWNER, scopes=scopes), "read", workspace).missing == ("scope",)


@pytest.mark.parametrize(
    ("resource", "action"),
    [("bogus", "read"), ("workspace", "bogus"), ("workspace", "*"), ("*", "read"), ("", "")],
)
def test_unknown_type_or_action_is_refused_even_to_the_owner(resource: str, action: str) -> None:
    asked = Object(resource, acl_users={"alice": ["*", action]})
    assert decide(_alice(OWNER), action, asked).missing == ("unknown",)


def test_any_organization_together_with_one_is_refused() -> None:
    assert decide(_alice(OWNER), "read", Object("workspace", organization=HOME)).allowed
    both = Object("workspace", organization=HOME, any_organization=True)
    assert decide(_alice(OWNER), "read", both).missing == ("conflict",)


def test_any_organization_together_with_the_nil_uuid_is_any_organization() -> None:
    asked = anywhere._replace(organization=NIL_UUID)
    assert decide(_alice(), "create", asked)


# --- ACLs ---


@pytest.mark.parametrize(
    ("entry", "reached"),
    [(["read"], {"read"}), (["read", "ssh"], {"read", "ssh"}), (["*"], {*WORKSPACE_ACTIONS})],
)
def test_user_acl_works_outside_the_organization(entry: list[str], reached: set[str]) -> None:
    obj = Object("workspace", owner="mallory", organization=ABROAD, acl_users={"alice": entry})
    assert _allowed(_alice(), obj) == reached
    assert decide(_alice(), "read", obj) == Decision(allowed=True, level="acl")


def test_user_acl_of_somebody_else_gives_nothing() -> None:
    obj = somebodys._replace(acl_users={"mallory": ["*"]})
    assert _allowed(_alice(), obj) == set()


@pytest.mark.parametrize(
    ("entry", "reached"),
    [(["read"], {"read"}), (["*"], {*WORKSPACE_ACTIONS}), ([], set())],
)
def test_group_acl_works_inside_the_organization(entry: list[str], reached: set[str]) -> None:
    obj = somebodys._replace(acl_groups={"group-1": entry})
    assert _allowed(_alice(groups=["group-1"]), obj) == reached
    assert _allowed(_alice(groups=["group-2"]), obj) == set()


def test_group_acl_needs_membership() -> None:
    obj = somebodys._replace(organization=ABROAD, acl_groups={"group-1": ["*"]})
    assert decide(_alice(groups=["group-1"]), "read", obj).missing == ("membership",)


def test_group_acl_of_the_organization_is_for_all_members() -> None:
    obj = somebodys._replace(acl_groups={HOME: ["read"]})
    assert _allowed(_alice(), obj) == {"read"}
    assert _allowed(_alice(MEMBER), obj) == set()


def test_acl_stands_where_a_role_denies() -> None:
    obj = workspace._replace(acl_users={"alice": ["create"]})
    assert decide(_alice(MEMBER, AT_HOME, BAN), "create", obj).level == "acl"


def test_acl_is_narrowed_by_scope_and_allow_list() -> None:
    obj = somebodys._replace(acl_users={"alice": ["*"]})
    assert _allowed(_alice(scopes=("workspace:read",)), obj) == {"read"}
    assert _allowed(_alice(allow_list=[("workspace", "w-2")]), obj) == set()


# --- scopes and allow lists ---


def test_application_scope_opens_applications_where_roles_allow_it() -> None:
    scopes = ("coder:application_connect",)
    assert _allowed(_alice(scopes=scopes), workspace) == {"application_connect"}
    assert _allowed(_alice(OWNER, scopes=scopes), somebodys) == {"application_connect"}
    assert _allowed(_alice(scopes=scopes), somebodys) == set()
    assert _allowed(_alice(MEMBER, ADMIN, scopes=scopes), somebodys) == set()


def test_scope_without_user_data_touches_no_user_and_nothing_beyond_the_role() -> None:
    alice = _alice(scopes=("no_user_data",))
    himself = Object("user", id="alice", owner="alice")
    assert _allowed(alice, himself, RESOURCES["user"]) == set()
    assert _allowed(_alice(), himself, RESOURCES["user"]) != set()
    assert _allowed(alice, workspace) == set(WORKSPACE_ACTIONS)
    assert _allowed(alice, somebodys) == set()


def test_low_level_scope_alone_lists_everything() -> None:
    assert _allowed(_alice(scopes=("workspace:read",)), workspace) == {"read"}


def test_missing_scope_and_missing_listing_are_both_named() -> None:
    alice = _alice(scopes=("workspace:read",), allow_list=[("workspace", "w-2")])
    assert decide(alice, "update", workspace) == Decision(
        allowed=False, level="user", missing=("scope", "allow_list")
    )
    assert decide(alice, "update", somebodys).missing == ("role", "scope", "allow_list")


def test_allow_list_of_one_workspace_reads_that_one_where_roles_allow_it() -> None:
    alice = _alice(scopes=("workspace:read",), allow_list=[("workspace", "w-1")])
    assert _allowed(alice, workspace) == {"read"}
    assert _allowed(alice, workspace._replace(id="w-2")) == set()
    assert _allowed(alice, workspace._replace(id="")) == set()
    assert _allowed(alice, somebodys) == set()


def test_allow_list_with_an_empty_id_permits_creation_only() -> None:
    alice = _alice(allow_list=[("workspace", "")])
    assert decide(alice, "create", workspace._replace(id=""))
    assert not decide(alice, "create", workspace)


def test_empty_allow_list_lists_nothing() -> None:
    assert decide(_alice(OWNER, allow_list=()), "read", workspace).missing == ("allow_list",)


@pytest.mark.parametrize(
    ("obj", "is_listed"),
    [
        (Object("workspace", id="w-1"), True),
        (Object("workspace", id="w-2"), False),
        (Object("workspace"), True),
        (Object("template", id="t-1"), True),
        (Object("template"), True),
        (Object("file", id="w-1"), False),
        (Object("file"), False),
        (Object("file", id="any-1"), True),
        (Object("workspace", id="any-1"), True),
    ],
)
def test_mixed_allow_list(obj: Object, is_listed: bool) -> None:
    mixed = [("workspace", "w-1"), ("workspace", ""), ("template", "*"), ("*", "any-1")]
    owner = _alice(OWNER, allow_list=mixed)
    assert decide(owner, "read", obj).allowed == is_listed


def test_objects_are_equal_whether_acls_are_absent_or_empty() -> None:
    assert Object("workspace") == Object("workspace", acl_users={}, acl_groups={})
    assert Object("workspace") != Object("workspace", acl_users={"alice": ["read"]})
