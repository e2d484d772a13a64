"""The roles of an organization, and those it makes for itself (authorization.md 5.5, 7.8)."""

from typing import Any

import pytest

from accounts.models import User
from audit.models import Entry
from scopes.models import CustomRole, Membership, Organization
from scopes.organizations.selectors import default_organization
from tests.expect import said
from tests.people import Api, make_user, signed_in
from tests.scopes.keyring import NOT_FOUND, narrowed

PATH = "/organizations/default/members/roles"
MEMBER = "/organizations/default/members/alice/roles"
READ_TEMPLATES = {"resource_type": "template", "action": "read"}


def wish(*permissions: dict[str, Any], name: str = "deployer", **more: Any) -> dict[str, Any]:
    return {"name": name, "organization_permissions": list(permissions), **more}


def can(resource: str, action: str, **more: Any) -> dict[str, Any]:
    return {"resource_type": resource, "action": action, **more}


def reason(answer: Any) -> str:
    body = answer.json()
    assert (answer.status_code, body["message"]) == (400, "Failed to update role permissions")
    detail: str = body["detail"]
    return detail


def may(api: Api, resource: str, action: str) -> bool:
    where = {"resource_type": resource, "organization_id": str(default_organization().pk)}
    body = {"checks": {"it": {"object": where, "action": action}}}
    answer: bool = api.post("/authcheck", body).json()["it"]
    return answer


@pytest.mark.parametrize(
    ("roles", "organization_roles", "assignable"),
    [
        (["owner"], [], True),
        ([], ["organization-admin"], True),
        ([], ["organization-user-admin"], False),
        (["user-admin"], [], False),
        ([], [], False),
    ],
)
def test_list_says_what_the_caller_may_hand_out(
    db: None, roles: list[str], organization_roles: list[str], assignable: bool
) -> None:
    home = default_organization()
    CustomRole.objects.create(name="deployer", organization=home, permissions=[READ_TEMPLATES])
    CustomRole.objects.create(
        name="far", organization=Organization.objects.create(name="other"), permissions=[]
    )
    who = make_user("who", roles=roles, organization_roles=organization_roles)

    shown = signed_in(who).get(PATH).json()

    assert [role["name"] for role in shown] == [
        "organization-admin",
        "organization-auditor",
        "organization-user-admin",
        "organization-template-admin",
        "organization-workspace-creation-ban",
        "deployer",
    ]
    assert {role["assignable"] for role in shown} == {assignable}
    assert {role["organization_id"] for role in shown} == {str(home.pk)}
    assert [role["built_in"] for role in shown] == [True] * 5 + [False]
    assert shown[5]["organization_permissions"] == [can("template", "read", negate=False)]
    assert shown[0]["site_permissions"] == [can("user", "read", negate=False)]


def test_strangers_to_the_organization_see_no_roles(as_alice: Api, alice: User) -> None:
    tenant = Organization.objects.create(name="other")
    path = "/organizations/other/members/roles"
    assert (as_alice.get(path).status_code, as_alice.get(path).json()) == (404, NOT_FOUND)
    Membership.objects.create(user=alice, organization=tenant)
    assert as_alice.get(path).status_code == 200


# authorization.md 7.8: create, assign, use, list; an organization-admin may do it all.
@pytest.mark.parametrize(
    ("roles", "organization_roles"), [(["owner"], []), ([], ["organization-admin"])]
)
def test_life_of_a_custom_role(
    as_alice: Api, roles: list[str], organization_roles: list[str]
) -> None:
    boss = signed_in(make_user("boss", roles=roles, organization_roles=organization_roles))
    permissions = [can("template", "read"), can("template", "update"), can("template", "read")]

    made = boss.post(PATH, wish(*permissions, name="Deployer", display_name="Deploy it"))

    assert made.status_code == 200, made.content
    body = made.json()
    assert (body["name"], body["display_name"], body["built_in"]) == (
        "deployer",
        "Deploy it",
        False,
    )
    assert len(body["organization_permissions"]) == 2
    assert body in boss.get(PATH).json()
    assert not may(as_alice, "template", "update")
    assert boss.put(MEMBER, {"roles": ["deployer"]}).status_code == 200
    assert may(as_alice, "template", "update")

    boss.put(PATH, wish(can("template", "read")))
    assert (may(as_alice, "template", "update"), may(as_alice, "template", "read")) == (False, True)

    boss.put(MEMBER, {"roles": ["organization-auditor", "deployer"]})
    gone = boss.delete(f"{PATH}/deployer")
    assert (gone.status_code, gone.content) == (204, b"")
    assert Membership.objects.get(user__username="alice").roles == ["organization-auditor"]
    assert boss.put(MEMBER, {"roles": []}).status_code == 200
    assert said(boss.delete(f"{PATH}/deployer"))[0] == 404


def test_each_act_is_recorded(as_owner: Api, owner: User, alice: User) -> None:
    as_owner.post(PATH, wish(READ_TEMPLATES))
    as_owner.put(PATH, wish())
    as_owner.put(MEMBER, {"roles": ["deployer"]})
    as_owner.delete(f"{PATH}/deployer")

    made, changed, deleted = Entry.objects.filter(resource_type="custom_role").order_by("at")
    assert [row.action for row in (made, changed, deleted)] == ["create", "write", "delete"]
    assert {row.organization_id for row in (made, changed)} == {default_organization().pk}
    assert changed.diff["org_permissions"] == {"old": [READ_TEMPLATES], "new": [], "secret": False}
    assert deleted.additional_fields["members"] == 1


def test_role_is_replaced_not_merged(as_owner: Api) -> None:
    as_owner.post(PATH, wish(can("template", "read"), display_name="Old"))
    body = as_owner.put(PATH, wish(can("group", "read"))).json()

    assert body["organization_permissions"] == [can("group", "read", negate=False)]
    assert body["display_name"] == ""


def test_role_without_permissions_is_fine(as_owner: Api) -> None:
    body = as_owner.post(PATH, wish()).json()
    assert body["organization_permissions"] == []


@pytest.mark.parametrize("name", ["", "new", "with space", "under_score", "-x", "x" * 33])
def test_bad_name_is_refused(as_owner: Api, name: str) -> None:
    for method in ("POST", "PUT"):
        assert said(as_owner(method, PATH, wish(name=name))) == (400, "Validation failed.")


@pytest.mark.parametrize("name", ["owner", "Member", "organization-admin", "user-admin"])
def test_built_in_name_is_refused(as_owner: Api, name: str) -> None:
    for method in ("POST", "PUT"):
        assert said(as_owner(method, PATH, wish(name=name))) == (400, "Reserved role name")
    assert as_owner.post(PATH, wish(name=f"my-{name}")).status_code == 200


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("site_permissions", "site wide permissions"),
        ("user_permissions", "user permissions"),
        ("organization_member_permissions", "organization member permissions"),
    ],
)
def test_only_organization_permissions_are_allowed(as_owner: Api, field: str, words: str) -> None:
    message = f"Invalid request, not allowed to assign {words} for an organization role."
    refused = as_owner.post(PATH, wish() | {field: [READ_TEMPLATES]})
    assert said(refused) == (400, message)
    assert as_owner.post(PATH, wish() | {field: []}).status_code == 200


def test_permission_that_is_no_object_is_refused(as_owner: Api) -> None:
    for wrong in ("template:read", ["template"], {"resource_type": 1}):
        answer = as_owner.post(PATH, {"name": "x", "organization_permissions": [wrong]})
        assert said(answer) == (400, "Request body must be valid JSON.")


# authorization.md 7.8: the escalation matrix.
@pytest.mark.parametrize(
    ("permission", "expected"),
    [
        (can("nonsense", "read"), 'invalid resource type "nonsense"'),
        (can("template", "ssh"), 'invalid action "ssh" for resource "template"'),
        (can("template", "read", negate=True), "no negative permissions"),
        (can("template", "*"), "no wildcard symbols"),
        (can("*", "read"), "no wildcard symbols"),
        (can("*", "*"), "no wildcard symbols"),
        (can("workspace", "ssh"), "not allowed to grant this permission"),
        (can("user_secret", "read"), "not allowed to grant this permission"),
    ],
)
def test_permission_that_cannot_be_granted(
    db: None, permission: dict[str, Any], expected: str
) -> None:
    boss = signed_in(make_user("boss", organization_roles=["organization-admin"]))

    assert reason(boss.post(PATH, wish(READ_TEMPLATES, permission))) == expected
    assert boss.post(PATH, wish(READ_TEMPLATES)).status_code == 200


def test_held_by_a_site_role_is_held(as_owner: Api) -> None:
    assert as_owner.post(PATH, wish(can("workspace", "ssh"))).status_code == 200


def test_held_in_another_organization_is_not_held_here(db: None) -> None:
    tenant = Organization.objects.create(name="other")
    keeper = [can("assign_org_role", "create")]
    CustomRole.objects.create(
        name="keeper", organization=default_organization(), permissions=keeper
    )
    author = make_user("author", organization_roles=["keeper"])
    Membership.objects.create(user=author, organization=tenant, roles=["organization-admin"])
    api = signed_in(author)
    assert reason(api.post(PATH, wish(READ_TEMPLATES))).startswith("not allowed")
    Membership.objects.filter(user=author).update(roles=["keeper", "organization-auditor"])
    assert api.post(PATH, wish(READ_TEMPLATES)).status_code == 200


# What one owns as a member is not held in the organization.
def test_held_on_ones_own_only_is_not_held(db: None) -> None:
    permissions = [can("assign_org_role", "create")]
    CustomRole.objects.create(
        name="keeper", organization=default_organization(), permissions=permissions
    )
    api = signed_in(make_user("author", organization_roles=["keeper"]))
    assert reason(api.post(PATH, wish(can("workspace", "ssh")))).startswith("not allowed")
    assert api.post(PATH, wish(can("assign_org_role", "create"))).status_code == 200


def test_editing_needs_what_the_role_grants_already(as_owner: Api) -> None:
    as_owner.post(PATH, wish(can("workspace", "ssh")))
    boss = signed_in(make_user("boss", organization_roles=["organization-admin"]))

    kept = wish(can("workspace", "ssh"), display_name="Mine")
    assert reason(boss.put(PATH, kept)) == "not allowed to grant this permission"
    assert boss.put(PATH, wish(display_name="Mine")).status_code == 200


def test_narrowed_key_makes_no_role_beyond_itself(owner: User) -> None:
    listed = ("organization:*", "assign_org_role:*")
    narrow = narrowed(owner, "coder:all", allow_list=listed)
    assert reason(narrow.post(PATH, wish(READ_TEMPLATES))).startswith("not allowed")
    wide = narrowed(owner, "coder:all", allow_list=(*listed, "template:*"))
    assert wide.post(PATH, wish(READ_TEMPLATES)).status_code == 200


def test_permissions_that_no_longer_exist_are_left_out_by_an_edit(as_owner: Api) -> None:
    as_owner.post(PATH, wish())
    sent = (can("nonsense", "read"), can("template", "fly"), READ_TEMPLATES)

    body = as_owner.put(PATH, wish(*sent)).json()

    assert body["organization_permissions"] == [can("template", "read", negate=False)]


def test_name_is_unique_in_all_organizations(as_owner: Api) -> None:
    Organization.objects.create(name="other")
    assert as_owner.post("/organizations/other/members/roles", wish()).status_code == 200
    taken = as_owner.post(PATH, wish(name="DEPLOYER"))
    assert said(taken) == (409, 'A role with the name "deployer" already exists.')
    assert Entry.objects.filter(resource_type="custom_role", status_code=409).count() == 1
    assert as_owner.put(PATH, wish()).json() == NOT_FOUND
    assert as_owner.put("/organizations/other/members/roles", wish()).status_code == 200


def test_unknown_role_is_not_deleted(as_owner: Api) -> None:
    answer = as_owner.delete(f"{PATH}/nothing")
    assert answer.status_code == 404
    assert answer.json() == {
        "message": "No custom role with the name nothing found",
        "detail": "no role found",
    }
    for odd in ("x%00y", "y" * 300):
        assert as_owner.delete(f"{PATH}/{odd}").status_code == 404


def test_without_the_permission_no_role_is_made(as_owner: Api) -> None:
    as_owner.post(PATH, wish())
    for role in ("organization-user-admin", "organization-auditor"):
        api = signed_in(make_user(role, organization_roles=[role]))
        assert api.post(PATH, wish(name="mine")).json() == NOT_FOUND
        assert api.put(PATH, wish()).json() == NOT_FOUND
        assert said(api.delete(f"{PATH}/deployer")) == (403, "Forbidden.")
    assert as_owner.delete(f"{PATH}/deployer").status_code == 204
