"""Access lists of registered objects: nobody grants more than they hold, or to nobody."""

from uuid import uuid4

import pytest

from accounts.models import User
from scopes.models import Group, Organization
from scopes.organizations.selectors import default_organization
from tests.people import Api, make_user, signed_in
from tests.scopes.keyring import narrowed
from tests.scopes.registry import path_of, put, store, wrong

BEYOND = "You cannot give others access that you do not have yourself."


# organization-admin has neither ssh nor application_connect on others' workspaces.
@pytest.mark.parametrize(
    ("actions", "lacking"),
    [(["read", "start"], ""), (["read", "ssh"], "ssh"), (["*"], "application_connect, ssh")],
)
def test_roles_of_the_author_bound_what_they_grant(
    alice: User, mallory: User, home: str, actions: list[str], lacking: str
) -> None:
    admin = signed_in(make_user("otto", organization_roles=["organization-admin"]))
    acl = {"acl_user_list": {str(mallory.pk): actions}}

    answer = put(admin, owner_id=str(alice.pk), organization_id=home, **acl)

    if not lacking:
        assert answer.status_code == 201
        return
    assert (answer.status_code, answer.json()["message"]) == (403, BEYOND)
    reason = f"You may not do this yourself: {lacking}."
    assert wrong(answer) == {f"acl_user_list.{mallory.pk}": reason}


def test_nobody_grants_themselves_more(alice: User, home: str) -> None:
    admin = make_user("otto", organization_roles=["organization-admin"])
    row = store(owner=alice, organization=default_organization())
    content = {"owner_id": str(alice.pk), "organization_id": home}

    for acl in ({"acl_user_list": {str(admin.pk): ["ssh"]}}, {"acl_group_list": {home: ["ssh"]}}):
        refused = signed_in(admin).put(path_of(row), content | acl)
        assert (refused.status_code, refused.json()["message"]) == (403, BEYOND)
        granted = signed_in(alice).put(path_of(row), content | acl)
        assert granted.status_code == 200
        assert signed_in(alice).put(path_of(row), content).status_code == 200


def test_scopes_of_the_key_bound_what_it_grants(owner: User, alice: User) -> None:
    acl = {"acl_user_list": {str(alice.pk): ["ssh"]}}

    narrow = put(narrowed(owner, "workspace:create", "workspace:read"), **acl)
    assert (narrow.status_code, narrow.json()["message"]) == (403, BEYOND)
    assert put(narrowed(owner, "workspace:create", "workspace:ssh"), **acl).status_code == 201


# A guest who may change it passes on what they hold, and leaves in place what others gave.
def test_what_is_granted_already_may_stay(alice: User, mallory: User) -> None:
    before = {str(mallory.pk): ["read", "update"], str(alice.pk): ["ssh"]}
    row, api = store(owner=alice, acl_users=before), signed_in(mallory)
    friend = str(make_user("fred").pk)

    def share(*actions: str) -> int:
        content = {"owner_id": str(alice.pk), "acl_user_list": before | {friend: [*actions]}}
        return int(api.put(path_of(row), content).status_code)

    assert share("ssh") == 403
    assert share("read", "delete") == 403
    assert share("read", "update") == 200


def test_people_must_exist(as_owner: Api, alice: User, mallory: User) -> None:
    User.objects.filter(pk=mallory.pk).update(is_deleted=True)
    nobody = str(uuid4())
    acl = {person: ["read"] for person in (str(alice.pk), str(mallory.pk), nobody)}

    answer = put(as_owner, acl_user_list=acl)

    assert answer.status_code == 400
    assert {*wrong(answer)} == {f"acl_user_list.{mallory.pk}", f"acl_user_list.{nobody}"}
    assert put(as_owner, acl_user_list={str(alice.pk): ["read"]}).status_code == 201


def test_groups_must_be_of_the_organization(as_owner: Api, home: str) -> None:
    other = Organization.objects.create(name="other")
    ours = Group.objects.create(name="team", organization=default_organization())
    theirs = Group.objects.create(name="team", organization=other)

    def share(group: object, organization: str = home) -> tuple[int, list[str]]:
        acl = {str(group): ["read"]}
        answer = put(as_owner, organization_id=organization or None, acl_group_list=acl)
        return answer.status_code, [*wrong(answer)]

    for group in (theirs.pk, other.pk, uuid4()):
        assert share(group) == (400, [f"acl_group_list.{group}"])
    assert share(ours.pk, "") == (400, [f"acl_group_list.{ours.pk}"])
    assert share(ours.pk) == share(home) == share(other.pk, str(other.pk)) == (201, [])


# The list of the old organization's group would mean other people in the new one.
def test_moved_object_takes_no_foreign_groups_along(as_owner: Api, home: str) -> None:
    other = Organization.objects.create(name="other")
    acl = {home: ["read"]}
    row = store(organization=default_organization(), acl_groups=acl)

    answer = as_owner.put(path_of(row), {"organization_id": str(other.pk), "acl_group_list": acl})

    assert (answer.status_code, [*wrong(answer)]) == (400, [f"acl_group_list.{home}"])
    assert as_owner.put(path_of(row), {"organization_id": str(other.pk)}).status_code == 200


# A caller who is refused anyway does not learn which ids exist.
def test_permission_comes_before_existence(as_mallory: Api, alice: User) -> None:
    answers = [
        put(as_mallory, owner_id=str(alice.pk), acl_user_list={str(person): ["read"]}).json()
        for person in (alice.pk, uuid4())
    ]
    beyond = [
        put(as_mallory, "workspace_dormant", owner_id="me",
            acl_user_list={str(person): ["ssh"]}).json()["message"]
        for person in (alice.pk, uuid4())
    ]  # fmt: skip

    assert answers[0] == answers[1]
    assert beyond == [BEYOND, BEYOND]
