"""`DELETE /users/{user}` (accounts.md 2.11)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Passcode, User
from scopes.models import Key, Membership, RegisteredObject
from scopes.organizations.selectors import default_organization
from tests.expect import (
    NOT_FOUND,
    STRONG,
    audited,
    document,
    last_entry,
    refused,
    unknown_user,
)
from tests.people import PASSWORD, Api, make_key, make_user, signed_in

SELF = "You cannot delete yourself!"
WORKSPACES = "You cannot delete a user that has workspaces. Delete their workspaces and try again!"


# accounts.md T090
def test_a_deleted_name_can_be_taken_and_deleted_again(as_owner: Api, alice: User) -> None:
    session = signed_in(alice)
    body = {
        "email": alice.email,
        "username": "alice",
        "password": STRONG,
        "organization_ids": [str(default_organization().pk)],
    }
    assert as_owner.post("/users", body).status_code == 409

    for _ in range(2):
        answer = as_owner.delete("/users/alice")
        assert (answer.status_code, document(answer)) == (
            200,
            {"message": "User has been deleted!"},
        )
        assert as_owner.post("/users", body).status_code == 201

    assert session.get("/users/me").status_code == 401
    assert User.objects.filter(username="alice").count() == 3
    assert User.objects.with_username("alice").count() == 1


def test_everything_that_lets_somebody_in_ends(as_owner: Api, alice: User, mallory: User) -> None:
    for user in (alice, mallory):
        make_key(user)
        make_key(user, login_type="token", name="ci")
        Passcode.objects.create(
            user=user, hashed_passcode="x", expires_at=timezone.now() + timedelta(minutes=9)
        )

    assert as_owner.delete("/users/alice").status_code == 200

    assert not Key.objects.filter(user=alice).exists()
    assert Key.objects.filter(user=mallory).count() == 2
    assert list(Passcode.objects.values_list("user_id", flat=True)) == [mallory.pk]
    assert Membership.objects.filter(user=alice).exists()
    body = {"email": alice.email, "password": PASSWORD}
    refused(as_owner.post("/users/login", body), 401, "Incorrect email or password.")
    assert as_owner.post("/users/login", {**body, "email": mallory.email}).status_code == 201


def test_the_audit_says_who_deleted_whom(as_owner: Api, alice: User, owner: User) -> None:
    as_owner.delete("/users/alice")

    entry = last_entry()
    assert (entry.action, entry.resource_type, entry.status_code) == ("delete", "user", 200)
    assert (entry.actor_id, entry.resource_target) == (owner.pk, "alice")
    assert entry.diff == {"deleted": {"old": False, "new": True, "secret": False}}


def test_a_deleted_user_is_found_by_id_only_and_deleted_once_more(
    as_owner: Api, alice: User
) -> None:
    as_owner.delete("/users/alice")

    unknown_user(as_owner.delete("/users/alice"), "alice")
    assert as_owner.get(f"/users/{alice.pk}").status_code == 200
    assert as_owner.delete(f"/users/{alice.pk}").status_code == 200
    assert as_owner.put(f"/users/{alice.pk}/status/activate").status_code == 404


# accounts.md T097
def test_nobody_makes_a_key_for_a_deleted_user(as_owner: Api, alice: User) -> None:
    assert as_owner.post(f"/users/{alice.pk}/keys").status_code == 201
    as_owner.delete("/users/alice")

    unknown_user(as_owner.post("/users/alice/keys"), "alice")
    assert as_owner.post(f"/users/{alice.pk}/keys").status_code == 400
    assert not Key.objects.filter(user=alice).exists()


# accounts.md T091
def test_a_member_cannot_tell_whom_there_is_to_delete(as_mallory: Api, owner: User) -> None:
    unknown_user(as_mallory.delete("/users/owner"), "owner")
    missing = str(uuid4())
    unknown_user(as_mallory.delete(f"/users/{missing}"), missing)


# accounts.md T093
@pytest.mark.parametrize("roles", [["owner"], ["user-admin"], []])
def test_nobody_deletes_themselves(db: None, roles: list[str]) -> None:
    actor = signed_in(make_user("actor", roles=roles))

    refused(actor.delete("/users/me"), 403, SELF)
    refused(actor.delete("/users/actor"), 403, SELF)
    assert actor.get("/users/me").status_code == 200
    assert audited() == [("delete", "user", 403)] * 2


@pytest.mark.parametrize(
    ("role", "status"),
    [("owner", 200), ("user-admin", 200), ("template-admin", 403), ("auditor", 403)],
)
def test_who_may_delete(alice: User, role: str, status: int) -> None:
    actor = signed_in(make_user("actor", roles=[role]))

    answer = actor.delete("/users/alice")

    assert answer.status_code == status
    assert audited() == [("delete", "user", status)]
    alice.refresh_from_db()
    assert alice.is_deleted is (status == 200)


@pytest.mark.parametrize(
    ("scopes", "status"), [(["user:*"], 200), (["user:read"], 403), (["user:delete"], 400)]
)
def test_a_narrowed_key_deletes_only_with_the_scope(
    owner: User, alice: User, scopes: list[str], status: int
) -> None:
    key = Api(make_key(owner, login_type="token", name="ci", scopes=scopes))

    assert key.delete("/users/alice").status_code == status


# accounts.md T092, T094: visible to the caller or not, and before the permission is asked for.
@pytest.mark.parametrize("kind", ["workspace", "workspace_dormant"])
@pytest.mark.parametrize("role", ["owner", "user-admin", "auditor"])
def test_an_owner_of_workspaces_is_not_deleted(alice: User, kind: str, role: str) -> None:
    actor = signed_in(make_user("actor", roles=[role]))
    row = RegisteredObject.objects.create(type=kind, object_id=uuid4(), owner=alice)
    RegisteredObject.objects.create(type="template", object_id=uuid4(), owner=alice)

    refused(actor.delete("/users/alice"), 417, WORKSPACES)
    assert audited() == [("delete", "user", 417)]
    alice.refresh_from_db()
    assert not alice.is_deleted
    row.delete()
    assert actor.delete("/users/alice").status_code == (403 if role == "auditor" else 200)


def test_nobody_else_is_told_who_has_workspaces(as_mallory: Api, alice: User) -> None:
    RegisteredObject.objects.create(type="workspace", object_id=uuid4(), owner=alice)

    unknown_user(as_mallory.delete("/users/alice"), "alice")


def test_objects_of_a_deleted_user_stay(as_owner: Api, alice: User) -> None:
    RegisteredObject.objects.create(type="template", object_id=uuid4(), owner=alice)

    assert as_owner.delete("/users/alice").status_code == 200
    assert RegisteredObject.objects.get().owner == alice


# accounts.md H14
def test_only_owners_delete_owners(as_owner: Api, settings: Settings) -> None:
    make_user("second", roles=["owner"])
    make_user("third", roles=["owner"])
    actor = signed_in(make_user("actor", roles=["user-admin"]))

    refused(
        actor.delete("/users/second"),
        403,
        "Only owners can change an owner.",
        detail="Ask an owner to do this.",
    )
    assert as_owner.delete("/users/second").status_code == 200
    settings.PROTECT_OWNERS = False
    assert actor.delete("/users/third").status_code == 200


def test_the_last_active_owner_stays(owner: User, settings: Settings) -> None:
    settings.PROTECT_OWNERS = False
    actor = signed_in(make_user("actor", roles=["user-admin"]))
    make_user("asleep", roles=["owner"], status="dormant")

    refused(
        actor.delete("/users/owner"),
        400,
        "The last active owner cannot be removed. Make somebody else an owner first.",
    )
    make_user("second", roles=["owner"])
    assert actor.delete("/users/owner").status_code == 200


def test_a_deleted_user_is_in_no_list_of_members(as_owner: Api, alice: User) -> None:
    def members() -> list[str]:
        return [row["username"] for row in document(as_owner.get("/organizations/coder/members"))]

    assert members() == ["owner", "alice"]
    as_owner.delete("/users/alice")
    assert members() == ["owner"]
    refused(as_owner.put(f"/users/{alice.pk}/roles", {"roles": []}), 404, NOT_FOUND)
