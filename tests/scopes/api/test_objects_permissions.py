"""Who may register, replace and forget objects: the engine judges what they would become."""

from uuid import uuid4

import pytest

from accounts.models import User
from scopes.models import Membership, Organization, RegisteredObject
from scopes.organizations.selectors import default_organization
from tests.people import Api, make_user, signed_in
from tests.scopes.keyring import NOT_FOUND, narrowed
from tests.scopes.registry import FORBIDDEN, path_of, put, store

ID = "8d3f5a86-0d0b-4f5e-a8a1-6b8a2f4f9a10"


def test_member_registers_their_own_only(
    as_alice: Api, alice: User, mallory: User, home: str
) -> None:
    assert put(as_alice, owner_id="me", organization_id=home).status_code == 201

    for content in ({"owner_id": str(mallory.pk)}, {"organization_id": home}, {}):
        refused = put(as_alice, **content)
        assert (refused.status_code, refused.json()) == (404, NOT_FOUND)


# No word about whether the organization exists, before the permission.
def test_nothing_is_told_about_what_may_not_be_named(as_alice: Api) -> None:
    other = Organization.objects.create(name="other")

    answers = [
        put(as_alice, owner_id=owner, organization_id=organization)
        for organization in (str(other.pk), str(uuid4()))
        for owner in ("me", str(uuid4()))
    ]

    assert [answer.json() for answer in answers] == [NOT_FOUND] * 4


def test_role_of_the_organization_counts_there_only(alice: User, home: str) -> None:
    admin = signed_in(make_user("otto", organization_roles=["organization-admin"]))
    other = Organization.objects.create(name="other")

    assert put(admin, owner_id=str(alice.pk), organization_id=home).status_code == 201
    assert put(admin, owner_id=str(alice.pk), organization_id=str(other.pk)).status_code == 404


# An organization's ban holds for registering, too.
def test_ban_on_creating_is_kept(home: str) -> None:
    banned = make_user("ben", organization_roles=["organization-workspace-creation-ban"])
    api = signed_in(banned)

    refused = put(api, owner_id="me", organization_id=home)
    assert (refused.status_code, refused.json()["message"]) == (403, FORBIDDEN)
    Membership.objects.filter(user=banned).update(roles=[])
    assert put(api, owner_id="me", organization_id=home).status_code == 201


def test_what_can_be_read_but_not_changed_is_forbidden(alice: User, mallory: User) -> None:
    shared = store(owner=alice, acl_users={str(mallory.pk): ["read"]})
    hidden = store(owner=alice)
    api = signed_in(mallory)

    for row, status, message in (
        (shared, 403, FORBIDDEN), (hidden, 404, NOT_FOUND["message"])
    ):  # fmt: skip
        for answer in (api.put(path_of(row), {"owner_id": "me"}), api.delete(path_of(row))):
            assert (answer.status_code, answer.json()["message"]) == (status, message)
    assert api.get(path_of(shared)).status_code == 200
    assert api.get(path_of(hidden)).json() == NOT_FOUND
    assert {row.owner for row in RegisteredObject.objects.all()} == {alice}


def test_access_list_lets_change_and_forget(alice: User, mallory: User) -> None:
    row = store(owner=alice, acl_users={str(mallory.pk): ["read", "update"]})
    api, same = signed_in(mallory), {"owner_id": str(alice.pk)}
    acl = {"acl_user_list": row.acl_users}

    assert api.put(path_of(row), same | acl).status_code == 200
    assert api.delete(path_of(row)).status_code == 403
    RegisteredObject.objects.update(acl_users={str(mallory.pk): ["delete"]})
    assert api.delete(path_of(row)).status_code == 204


# Else a guest who may edit would make the house theirs.
def test_access_list_does_not_let_give_away(alice: User, mallory: User, home: str) -> None:
    row = store(owner=alice, acl_users={str(mallory.pk): ["*"]})
    api = signed_in(mallory)

    for content in ({"owner_id": "me"}, {"owner_id": str(alice.pk), "organization_id": home}, {}):
        refused = api.put(path_of(row), content)
        assert (refused.status_code, refused.json()["message"]) == (403, FORBIDDEN)
    row.refresh_from_db()
    assert (row.owner, row.organization) == (alice, None)
    moved = signed_in(alice).put(path_of(row), {"owner_id": "me", "organization_id": home})
    assert moved.status_code == 200


# A request's own access list must not be what permits the request.
def test_nobody_lets_themselves_in(as_mallory: Api, mallory: User, alice: User, home: str) -> None:
    everything = {"acl_user_list": {str(mallory.pk): ["*"]}, "acl_group_list": {home: ["*"]}}
    row = store(owner=alice, organization=default_organization())

    made = put(as_mallory, owner_id=str(alice.pk), organization_id=home, **everything)
    changed = as_mallory.put(
        path_of(row), {"owner_id": str(alice.pk), "organization_id": home, **everything}
    )

    assert made.status_code == changed.status_code == 404
    assert as_mallory.get(path_of(row)).status_code == 404


def test_moving_needs_both_places(home: str) -> None:
    here, there = default_organization(), Organization.objects.create(name="there")
    user = make_user("otto", organization_roles=["organization-admin"])
    api, row = signed_in(user), store(organization=here)
    target = {"organization_id": str(there.pk)}

    assert api.put(path_of(row), target).status_code == 403
    Membership.objects.create(user=user, organization=there, roles=["organization-admin"])
    assert api.put(path_of(row), target).status_code == 200
    Membership.objects.filter(user=user, organization=there).update(roles=[])
    assert api.put(path_of(row), {"organization_id": home}).status_code == 404


@pytest.mark.parametrize(
    ("scope", "made", "changed", "deleted"),
    [
        ("workspace:*", 201, 200, 204),
        ("workspace:create", 201, 404, 404),
        ("workspace:update", 404, 200, 404),
        ("workspace:delete", 404, 404, 204),
        ("workspace:read", 403, 403, 403),
        ("template:*", 404, 404, 404),
    ],
)
def test_scope_of_the_key_counts(
    alice: User, scope: str, made: int, changed: int, deleted: int
) -> None:
    key, row = narrowed(alice, scope), store(owner=alice)

    assert put(key, owner_id="me").status_code == made
    assert key.put(path_of(row), {"owner_id": "me"}).status_code == changed
    assert key.delete(path_of(row)).status_code == deleted


def test_allow_list_names_what_may_be_registered(owner: User) -> None:
    key = narrowed(owner, "coder:all", allow_list=(f"workspace:{ID}",))

    assert put(key, "workspace", uuid4()).status_code == 404
    assert put(key, "template", ID).status_code == 404
    assert put(key, "workspace", ID).status_code == 201
    assert put(key, "workspace", ID).status_code == 200
    assert key.get(f"/objects/workspace/{ID}").status_code == 200
    assert key.delete(f"/objects/workspace/{ID}").status_code == 204


def test_types_without_update_and_delete_ask_for_create(owner: User, alice: User) -> None:
    row = store("file", owner=alice)
    uploader, reader = narrowed(alice, "file:create"), narrowed(alice, "file:read")

    for key, statuses in ((reader, (403, 403)), (uploader, (200, 204))):
        changed = key.put(path_of(row), {"owner_id": "me"})
        assert (changed.status_code, key.delete(path_of(row)).status_code) == statuses
