"""Groups of an organization and who is in them (authorization.md 5.7)."""

from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from audit.models import Entry
from scopes.models import Group, GroupMembership, Membership, Organization
from scopes.organizations.selectors import default_organization
from tests.expect import said
from tests.people import Api, make_user, signed_in
from tests.scopes.keyring import NOT_FOUND, narrowed

PATH = "/organizations/default/groups"


def make(api: Api, name: str = "team", **more: str) -> Any:
    answer = api.post(PATH, {"name": name, **more})
    assert answer.status_code == 201, answer.content
    return answer.json()


def change(api: Api, group: Any, **body: Any) -> Any:
    return api("PATCH", f"/groups/{group['id']}", body)


def names(group: Any) -> list[str]:
    return [person["username"] for person in group["members"]]


def ids(answer: Any) -> set[str]:
    assert answer.status_code == 200
    return {group["id"] for group in answer.json()}


def test_a_group_is_found_by_its_name(as_owner: Api, as_mallory: Api) -> None:
    home, group = default_organization(), make(as_owner)
    for name in ("team", "TEAM"):
        assert as_owner.get(f"/organizations/{home.pk}/groups/{name}").json() == group
    everyone = as_owner.get("/organizations/default/groups/Everyone").json()
    assert everyone["id"] == str(home.pk)
    for name in ("nosuch", str(uuid4()), "a%00b"):
        assert as_owner.get(f"/organizations/default/groups/{name}").json() == NOT_FOUND
    Membership.objects.filter(user__username="mallory").delete()
    assert as_mallory.get("/organizations/default/groups/team").json() == NOT_FOUND


def test_groups_are_found_by_organization_member_and_id(as_owner: Api, alice: User) -> None:
    home, other = default_organization(), Organization.objects.create(name="other")
    group = make(as_owner)
    Group.objects.create(organization=other, name="elsewhere")
    change(as_owner, group, add_users=[str(alice.pk)])

    assert ids(as_owner.get("/groups?organization=default")) == {str(home.pk), group["id"]}
    assert ids(as_owner.get(f"/groups?organization={other.pk}")) >= {str(other.pk)}
    of_alice = {str(home.pk), group["id"]}
    assert ids(as_owner.get("/groups?has_member=alice")) == of_alice
    assert ids(as_owner.get(f"/groups?has_member={alice.pk}&organization=default")) == of_alice
    assert ids(as_owner.get(f"/groups?has_member={alice.pk}&organization=other")) == set()
    assert ids(as_owner.get(f"/groups?group_ids={group['id']},{uuid4()},x")) == {group["id"]}
    assert len(ids(as_owner.get("/groups"))) == 4
    assert as_owner.get("/groups?has_member=nobody").status_code == 400
    assert as_owner.get("/groups?organization=nosuch").status_code == 404


def test_nobody_finds_groups_that_they_may_not_read(as_owner: Api, as_mallory: Api) -> None:
    group = make(as_owner)
    assert group["id"] not in ids(as_mallory.get("/groups"))
    assert group["id"] not in ids(as_mallory.get(f"/groups?group_ids={group['id']}"))
    assert group["id"] in ids(as_owner.get(f"/groups?group_ids={group['id']}"))


def test_the_members_can_be_left_out(as_owner: Api, alice: User) -> None:
    group = make(as_owner)
    change(as_owner, group, add_users=[str(alice.pk)])
    for path in (f"/groups/{group['id']}", "/organizations/default/groups/team"):
        assert names(as_owner.get(path).json()) == ["alice"]
        bare = as_owner.get(f"{path}?exclude_members=true").json()
        assert (names(bare), bare["total_member_count"]) == ([], 1)


def test_made_group_is_empty(as_owner: Api) -> None:
    home = default_organization()

    body = make(as_owner, display_name="The Team")

    assert (body["name"], body["display_name"]) == ("team", "The Team")
    assert (body["organization_id"], body["organization_name"]) == (str(home.pk), "coder")
    assert (body["members"], body["total_member_count"]) == ([], 0)
    assert as_owner.get(f"/groups/{body['id']}").json() == body
    entry = Entry.objects.get(resource_type="group")
    assert (entry.action, entry.status_code, entry.resource_id) == ("create", 201, body["id"])
    assert entry.organization_id == home.pk


# authorization.md 5.7: owner, user-admin, organization-admin and organization-user-admin manage
# groups.
@pytest.mark.parametrize(
    ("roles", "organization_roles", "allowed"),
    [
        (["owner"], [], True),
        (["user-admin"], [], True),
        ([], ["organization-admin"], True),
        ([], ["organization-user-admin"], True),
        (["auditor"], [], False),
        (["template-admin"], [], False),
        ([], ["organization-auditor"], False),
        ([], [], False),
    ],
)
def test_who_manages_groups(
    alice: User, roles: list[str], organization_roles: list[str], allowed: bool
) -> None:
    api = signed_in(make_user("boss", roles=roles, organization_roles=organization_roles))
    group = {"id": Group.objects.create(name="team", organization=default_organization()).pk}

    answers = [
        api.post(PATH, {"name": "another"}),
        change(api, group, add_users=[str(alice.pk)]),
        api.delete(f"/groups/{group['id']}"),
    ]

    assert [row.status_code for row in answers] == ([201, 200, 200] if allowed else [404] * 3)
    assert Group.objects.filter(name="team").exists() is not allowed


def test_people_are_added_and_removed(as_owner: Api, alice: User, mallory: User) -> None:
    group = make(as_owner)
    both = [str(alice.pk), str(mallory.pk)]

    body = change(as_owner, group, add_users=[*both, both[0]]).json()
    assert (names(body), body["total_member_count"]) == (["alice", "mallory"], 2)
    again = change(as_owner, group, add_users=both, remove_users=[both[0], str(uuid4())])
    assert names(again.json()) == ["mallory"]

    first, second = Entry.objects.filter(resource_type="group", action="write").order_by("at")
    assert first.additional_fields == {"added_users": sorted(both), "removed_users": []}
    assert second.additional_fields == {"added_users": [], "removed_users": [both[0]]}


def test_only_members_of_the_organization_join(as_owner: Api, alice: User) -> None:
    group = make(as_owner)
    stranger = make_user("stranger", organization=Organization.objects.create(name="other"))
    both = [str(alice.pk), str(stranger.pk)]

    refused = change(as_owner, group, add_users=both)

    message = f'User "{stranger.pk}" must be a member of the organization.'
    assert said(refused) == (400, message)
    assert GroupMembership.objects.count() == 0
    Membership.objects.create(user=stranger, organization=default_organization())
    assert change(as_owner, group, add_users=both).status_code == 200


def test_absent_fields_stay_as_they_are(as_owner: Api) -> None:
    group = make(as_owner, display_name="The Team")

    assert change(as_owner, group).json() == group
    assert change(as_owner, group, name="renamed").json()["display_name"] == "The Team"
    assert change(as_owner, group, display_name="").json()["display_name"] == ""
    assert Group.objects.get().name == "renamed"


def test_name_is_unique_in_the_organization(as_owner: Api) -> None:
    Organization.objects.create(name="other")
    make(as_owner)
    second = make(as_owner, "second")

    assert said(as_owner.post(PATH, {"name": "TEAM"})) == (
        409,
        'Group with name "TEAM" already exists.',
    )
    assert change(as_owner, second, name="Team").status_code == 409
    assert as_owner.post("/organizations/other/groups", {"name": "team"}).status_code == 201


@pytest.mark.parametrize("name", ["", "new", "a b", "me", "x" * 33, "0" * 32])
def test_bad_name_is_refused(as_owner: Api, name: str) -> None:
    assert said(as_owner.post(PATH, {"name": name})) == (400, "Validation failed.")


@pytest.mark.parametrize("name", ["Everyone", "everyone"])
def test_name_of_everyone_is_reserved(as_owner: Api, name: str) -> None:
    message = f'Group name "{name}" is reserved.'
    group = make(as_owner)
    assert said(as_owner.post(PATH, {"name": name})) == (400, message)
    assert said(change(as_owner, group, name=name)) == (400, message)
    make(as_owner, f"{name}-else")


def test_deleted_group_is_gone(as_owner: Api, alice: User) -> None:
    group = make(as_owner)
    change(as_owner, group, add_users=[str(alice.pk)])

    assert said(as_owner.delete(f"/groups/{group['id']}")) == (200, "Successfully deleted group!")
    assert as_owner.get(f"/groups/{group['id']}").json() == NOT_FOUND
    assert GroupMembership.objects.count() == 0
    entry = Entry.objects.filter(resource_type="group").order_by("at").last()
    assert entry is not None
    assert (entry.action, entry.diff["name"]["old"]) == ("delete", "team")


def test_everyone_has_the_members_and_cannot_be_changed(as_owner: Api, alice: User) -> None:
    home = str(default_organization().pk)
    everyone = as_owner.get(f"/groups/{home}").json()
    assert (everyone["id"], everyone["name"]) == (home, "Everyone")
    assert (names(everyone), everyone["total_member_count"]) == (["alice", "owner"], 2)

    message = 'The group "Everyone" has all members of the organization and cannot be changed.'
    assert said(change(as_owner, everyone, name="nobody")) == (400, message)
    assert said(as_owner.delete(f"/groups/{home}")) == (400, message)

    Membership.objects.filter(user=alice).delete()
    assert names(as_owner.get(f"/groups/{home}").json()) == ["owner"]


# authorization.md 5.7: group members can read their group, and of its people themselves.
def test_member_sees_their_groups_and_everyone(as_owner: Api, as_alice: Api, alice: User) -> None:
    mine, theirs = make(as_owner), make(as_owner, "theirs")
    change(as_owner, mine, add_users=[str(alice.pk), as_owner.get("/users/me").json()["id"]])

    shown = as_alice.get(PATH).json()

    assert [group["name"] for group in shown] == ["Everyone", "team"]
    assert [(names(group), group["total_member_count"]) for group in shown] == [(["alice"], 2)] * 2
    assert as_alice.get(f"/groups/{mine['id']}").status_code == 200
    assert as_alice.get(f"/groups/{theirs['id']}").json() == NOT_FOUND
    assert [group["name"] for group in as_owner.get(PATH).json()] == ["Everyone", "team", "theirs"]


def test_other_organizations_groups_are_hidden(as_alice: Api, alice: User) -> None:
    tenant = Organization.objects.create(name="other")
    group = Group.objects.create(name="team", organization=tenant)
    paths = ("/organizations/other/groups", f"/groups/{group.pk}", f"/groups/{tenant.pk}")
    for path in paths:
        assert as_alice.get(path).json() == NOT_FOUND
    Membership.objects.create(user=alice, organization=tenant)
    GroupMembership.objects.create(user=alice, group=group)
    for path in paths:
        assert as_alice.get(path).status_code == 200


@pytest.mark.parametrize(
    "reference", ["team", "Everyone", "8ba21b6b-96ae-48ae-bc46-84c0f14255b3", "x%00y"]
)
def test_groups_are_found_by_id_only(as_owner: Api, reference: str) -> None:
    group = make(as_owner)
    assert as_owner.get(f"/groups/{reference}").json() == NOT_FOUND
    assert as_owner.get(f"/groups/{group['id'].upper()}").json() == group


def test_deleted_people_are_in_no_group(as_owner: Api, alice: User) -> None:
    group = make(as_owner)
    assert names(change(as_owner, group, add_users=[str(alice.pk)]).json()) == ["alice"]
    User.objects.filter(pk=alice.pk).update(is_deleted=True)
    assert as_owner.get(f"/groups/{group['id']}").json()["total_member_count"] == 0
    assert said(change(as_owner, group, add_users=[str(alice.pk)]))[0] == 400


def test_authcheck_knows_everyone_by_the_organizations_id(as_alice: Api, alice: User) -> None:
    tenant = Organization.objects.create(name="other")
    asked = {"resource_type": "group", "resource_id": str(tenant.pk)}
    body = {"checks": {"it": {"object": asked, "action": "read"}}}
    assert as_alice.post("/authcheck", body).json() == {"it": False}
    Membership.objects.create(user=alice, organization=tenant)
    assert as_alice.post("/authcheck", body).json() == {"it": True}


def test_narrowed_key_of_an_owner_changes_no_group(owner: User, as_owner: Api) -> None:
    group = make(as_owner)
    reading = ("organization:*", "organization_member:*")
    narrow = narrowed(owner, "coder:all", allow_list=reading)
    assert narrow.post(PATH, {"name": "mine"}).json() == NOT_FOUND
    assert narrow.get(f"/groups/{group['id']}").json() == NOT_FOUND
    wide = narrowed(owner, "coder:all", allow_list=(*reading, "group:*"))
    assert wide.post(PATH, {"name": "mine"}).status_code == 201
