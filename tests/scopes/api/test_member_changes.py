"""Adding, removing and paging members, and their roles (authorization.md 5.2, 5.4)."""

import pytest

from accounts.models import User
from audit.models import Entry
from scopes.models import CustomRole, Group, GroupMembership, Membership, Organization
from scopes.organizations.selectors import default_organization
from tests.expect import said
from tests.people import Api, make_user, signed_in
from tests.scopes.keyring import NOT_FOUND, narrowed

PATH = "/organizations/default/members"


def other() -> Organization:
    return Organization.objects.create(name="other")


def roles_of(user: User) -> list[str]:
    found: list[str] = Membership.objects.get(user=user).roles
    return found


def boss(role: str, name: str = "boss") -> Api:
    return signed_in(make_user(name, organization_roles=[role]))


# The CLI sends the slash at the end.
@pytest.mark.parametrize("end", ["", "/"])
def test_added_member_is_answered_with_no_roles(as_owner: Api, alice: User, end: str) -> None:
    tenant = other()

    answer = as_owner.post(f"/organizations/other/members/alice{end}")

    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"user_id", "organization_id", "created_at", "updated_at", "roles"}
    assert (body["user_id"], body["organization_id"]) == (str(alice.pk), str(tenant.pk))
    assert body["roles"] == []
    assert signed_in(alice).get("/organizations/other").status_code == 200


def test_added_member_is_recorded(as_owner: Api, owner: User, alice: User) -> None:
    tenant = other()
    as_owner.post("/organizations/other/members/alice")

    entry = Entry.objects.get(resource_type="organization_member")
    assert (entry.action, entry.status_code, entry.actor_id) == ("create", 200, owner.pk)
    assert (entry.organization_id, entry.resource_id) == (tenant.pk, str(alice.pk))
    assert entry.diff["roles"]["new"] == []


# authorization.md 7.8: adding twice.
def test_member_is_not_added_twice(as_owner: Api, alice: User) -> None:
    other()
    assert as_owner.post("/organizations/other/members/alice").status_code == 200
    twice = as_owner.post("/organizations/other/members/alice")

    assert said(twice) == (400, "User is already an organization member")
    shown = Organization.objects.get(name="other").display_name or "other"
    assert twice.json()["detail"] == f"alice is already a member of {shown}"


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("organization-admin", 200),
        ("organization-user-admin", 200),
        ("organization-auditor", 400),  # It may not read users, so it cannot name one.
        ("organization-template-admin", 400),
    ],
)
def test_who_adds_members_to_their_own_organization(db: None, role: str, status: int) -> None:
    make_user("newcomer", joins=False)

    answer = boss(role).post(f"{PATH}/newcomer")

    assert answer.status_code == status
    assert Membership.objects.filter(user__username="newcomer").exists() is (status == 200)


def test_role_counts_in_its_own_organization_only(alice: User) -> None:
    tenant = other()
    admin = make_user("admin", organization_roles=["organization-admin"])
    Membership.objects.create(user=admin, organization=tenant)
    api = signed_in(admin)
    assert api.post("/organizations/other/members/alice").json() == NOT_FOUND

    Membership.objects.filter(user=admin).update(roles=["organization-admin"])

    assert api.post("/organizations/other/members/alice").status_code == 200


# Coder answers 500 for permissions without a place in the matrix.
def test_custom_role_without_a_place_in_the_matrix_adds_nobody(db: None) -> None:
    make_user("newcomer", joins=False)
    permissions = [
        {"resource_type": "organization_member", "action": "create", "negate": False},
        {"resource_type": "assign_org_role", "action": "assign", "negate": False},
        {"resource_type": "user", "action": "read", "negate": False},
    ]
    home = default_organization()
    CustomRole.objects.create(name="inviter", organization=home, permissions=permissions)
    inviter = make_user("inviter", roles=["auditor"], organization_roles=["inviter"])
    api = signed_in(inviter)

    refused = said(api.post(f"{PATH}/newcomer"))
    Membership.objects.filter(user=inviter).update(roles=["inviter", "organization-user-admin"])

    name = f'not authorized to assign role "organization-member:{home.pk}"'
    assert refused == (400, name)
    assert api.post(f"{PATH}/newcomer").status_code == 200


def test_unknown_and_deleted_people_are_not_added(as_owner: Api, alice: User) -> None:
    other()
    path = "/organizations/other/members/"
    assert said(as_owner.post(f"{path}nobody"))[0] == 400
    User.objects.filter(pk=alice.pk).update(is_deleted=True)
    assert as_owner.post(f"{path}{alice.pk}").json() == NOT_FOUND
    User.objects.filter(pk=alice.pk).update(is_deleted=False)
    assert as_owner.post(f"{path}{alice.pk}").status_code == 200


# authorization.md 7.8: removing a member from the default organization is fine.
def test_removed_member_leaves_the_groups_of_that_organization_too(
    as_owner: Api, alice: User
) -> None:
    tenant = other()
    Membership.objects.create(user=alice, organization=tenant)
    groups = [
        Group.objects.create(organization=organization, name="team")
        for organization in (default_organization(), tenant)
    ]
    for group in groups:
        GroupMembership.objects.create(user=alice, group=group)

    answer = as_owner.delete(f"{PATH}/alice")

    assert (answer.status_code, answer.content) == (204, b"")
    assert [row.organization for row in Membership.objects.filter(user=alice)] == [tenant]
    assert [row.group for row in GroupMembership.objects.filter(user=alice)] == [groups[1]]
    entry = Entry.objects.get(resource_type="organization_member")
    assert (entry.action, entry.status_code, entry.resource_id) == ("delete", 204, str(alice.pk))


def test_nobody_removes_themselves(as_owner: Api, as_alice: Api, owner: User) -> None:
    for api, name in ((as_owner, "owner"), (as_alice, "me")):
        answer = api.delete(f"{PATH}/{name}")
        assert said(answer) == (400, "cannot remove self from an organization")
    assert as_owner.delete(f"{PATH}/alice").status_code == 204


def test_seeing_a_member_without_the_right_to_remove_gives_404(alice: User) -> None:
    for role, status in (("organization-auditor", 404), ("organization-user-admin", 204)):
        assert boss(role, f"b{status}").delete(f"{PATH}/alice").status_code == status


def test_plain_member_does_not_learn_who_else_is_in(as_alice: Api, mallory: User) -> None:
    make_user("stranger", joins=False)
    for method, path in (("DELETE", ""), ("PUT", "/roles")):
        for name in ("mallory", "stranger"):
            assert as_alice(method, f"{PATH}/{name}{path}", {}).json() == NOT_FOUND
        assert said(as_alice(method, f"{PATH}/nobody{path}", {}))[0] == 400


def test_roles_are_replaced(as_owner: Api, alice: User) -> None:
    home = str(default_organization().pk)
    names = ["organization-admin", "organization-auditor", "organization-admin"]

    body = as_owner.put(f"{PATH}/alice/roles", {"roles": names}).json()

    assert [role["name"] for role in body["roles"]] == names[:2]
    assert body["roles"][0]["organization_id"] == home
    assert roles_of(alice) == names[:2]
    assert as_owner.put(f"{PATH}/alice/roles", {"roles": None}).json()["roles"] == []
    first, second = Entry.objects.filter(resource_type="organization_member").order_by("at")
    assert first.diff["roles"] == {"old": [], "new": names[:2], "secret": False}
    assert (first.action, second.diff["roles"]["new"]) == ("write", [])


def test_custom_role_shows_its_name_for_people(as_owner: Api, alice: User) -> None:
    home = default_organization()
    CustomRole.objects.create(name="deployer", display_name="Deployer", organization=home)
    body = as_owner.put(f"{PATH}/alice/roles", {"roles": ["deployer"]}).json()

    assert body["roles"][0]["display_name"] == "Deployer"
    shown = {row["username"]: row["roles"] for row in as_owner.get(PATH).json()}
    assert shown["alice"] == body["roles"]


@pytest.mark.parametrize(
    ("actor", "role", "status"),
    [
        ("organization-admin", "organization-admin", 200),
        ("organization-admin", "mine", 200),
        ("organization-user-admin", "organization-member", 200),
        ("organization-user-admin", "organization-auditor", 400),
        ("organization-user-admin", "mine", 400),
        ("organization-auditor", "organization-member", 403),
    ],
)
def test_matrix_of_organization_roles(alice: User, actor: str, role: str, status: int) -> None:
    home = default_organization()
    CustomRole.objects.create(name="mine", organization=home)

    answer = boss(actor).put(f"{PATH}/alice/roles", {"roles": [role]})

    assert answer.status_code == status
    assert roles_of(alice) == ([role] if status == 200 else [])
    if status == 400:
        message = f'not authorized to assign role "{role}:{home.pk}"'
        assert answer.json()["message"] == message


# authorization.md 7.8: user-admin may give and take the implied role only.
def test_user_admin_takes_no_other_role_away(alice: User) -> None:
    api = signed_in(make_user("uma", roles=["user-admin"]))
    Membership.objects.filter(user=alice).update(roles=["organization-auditor"])
    assert api.put(f"{PATH}/alice/roles", {"roles": []}).status_code == 400
    Membership.objects.filter(user=alice).update(roles=["organization-member"])
    kept = api.put(f"{PATH}/alice/roles", {"roles": ["organization-member"]})
    assert [role["name"] for role in kept.json()["roles"]] == ["organization-member"]


def test_nobody_changes_their_own_roles(as_owner: Api, as_alice: Api) -> None:
    message = "You cannot change your own organization roles."
    for api in (as_owner, as_alice):
        answer = api.put(f"{PATH}/me/roles", {"roles": ["owner"]})
        assert said(answer) == (400, message)
        told = "Another user with the appropriate permissions must change your roles."
        assert answer.json()["detail"] == told
    assert as_owner.put(f"{PATH}/alice/roles", {"roles": []}).status_code == 200
    assert Entry.objects.filter(resource_type="organization_member", status_code=400).count() == 2


@pytest.mark.parametrize("role", ["owner", "auditor", "elsewhere", "nonsense", ""])
def test_role_that_the_organization_does_not_have_is_refused(
    as_owner: Api, alice: User, role: str
) -> None:
    CustomRole.objects.create(name="elsewhere", organization=other())
    home = default_organization()

    answer = as_owner.put(f"{PATH}/alice/roles", {"roles": [role]})

    assert said(answer) == (400, f'"{role}:{home.pk}" is not a supported role')
    CustomRole.objects.filter(name="elsewhere").update(organization=home, name=role or "named")
    again = as_owner.put(f"{PATH}/alice/roles", {"roles": [role or "named"]})
    assert again.status_code == 200


def test_role_with_its_organization_is_refused(as_owner: Api, alice: User) -> None:
    answer = as_owner.put(f"{PATH}/alice/roles", {"roles": ["x:y"]})
    suffix = "remove the ':<organization_id> suffix"
    assert said(answer) == (400, f'attempt to assign a role "x:y", {suffix}')


def test_narrowed_key_of_an_owner_gives_no_role(owner: User, alice: User) -> None:
    body = {"roles": ["organization-auditor"]}
    narrow = narrowed(owner, "coder:all", allow_list=("organization:*", "organization_member:*"))
    assert narrow.put(f"{PATH}/alice/roles", body).status_code == 403
    wide = narrowed(owner, "coder:all", allow_list=("*:*",))
    assert wide.put(f"{PATH}/alice/roles", body).status_code == 200


def page(api: Api, query: str = "") -> tuple[list[str], int]:
    answer = api.get(f"/organizations/default/paginated-members{query}")
    assert answer.status_code == 200, answer.content
    body = answer.json()
    return [row["username"] for row in body["members"]], body["count"]


def test_pages_of_members_by_name(as_owner: Api) -> None:
    for name in ("Zoe", "anna", "Bert"):
        make_user(name)
    User.objects.filter(username="Zoe").update(is_deleted=True)

    assert page(as_owner) == (["anna", "Bert", "owner"], 3)
    assert page(as_owner, "?limit=2&offset=1") == (["Bert", "owner"], 3)
    assert page(as_owner, "?limit=0&offset=2") == (["owner"], 3)
    assert page(as_owner, "?limit=2&offset=9") == ([], 3)


def test_bad_page_is_refused_with_each_reason(as_owner: Api) -> None:
    path = "/organizations/default/paginated-members"
    answer = as_owner.get(f"{path}?limit=-1&offset=1&offset=2")

    assert said(answer) == (400, "Query parameters have invalid values.")
    limit, offset = answer.json()["validations"]
    assert limit["detail"].endswith("32-bit positive integer: value is negative")
    assert offset["detail"].startswith('Query param "offset" provided more than once, found 2')
    for wrong in ("x", "1.5", "2147483648", "9" * 5000):
        assert as_owner.get(f"{path}?limit={wrong}").status_code == 400
    assert page(as_owner, "?limit=2147483647&offset=")[1] == 1
