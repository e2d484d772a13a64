"""`PUT /users/{user}/status/suspend` and `…/activate` (accounts.md 2.13)."""

from uuid import uuid4

import pytest
from pytest_django import Settings

from accounts.models import User
from tests.expect import (
    NOT_FOUND,
    audited,
    document,
    last_entry,
    refused,
    unknown_user,
)
from tests.people import PASSWORD, Api, make_user, signed_in

INACTIVE = 'User is not active (status = "suspended"). Contact an admin to reactivate your account.'


# accounts.md T109
def test_keys_of_the_suspended_are_refused_and_work_again(
    as_owner: Api, as_alice: Api, alice: User
) -> None:
    assert as_alice.get("/users/me").status_code == 200
    answer = as_owner.put("/users/alice/status/suspend")
    assert (answer.status_code, document(answer)["status"]) == (200, "suspended")
    assert len(document(answer)["organization_ids"]) == 1
    refused(as_alice.get("/users/me"), 401, INACTIVE)

    answer = as_owner.put("/users/alice/status/activate")
    assert (answer.status_code, document(answer)["status"]) == (200, "active")
    assert as_alice.get("/users/me").status_code == 200
    assert audited(resource_type="user") == [("write", "user", 200)] * 2


def test_the_audit_shows_both_states(as_owner: Api, alice: User, owner: User) -> None:
    as_owner.put("/users/alice/status/suspend")

    entry = last_entry()
    assert entry.diff == {"status": {"old": "active", "new": "suspended", "secret": False}}
    assert (entry.actor_id, entry.resource_target) == (owner.pk, "alice")
    before = alice.updated_at
    alice.refresh_from_db()
    assert alice.updated_at > before


# accounts.md T111
@pytest.mark.parametrize("status", ["dormant", "suspended", "active"])
def test_whatever_somebody_is_they_can_be_activated(as_owner: Api, status: str) -> None:
    make_user("bob", status=status)
    for _ in range(2):
        assert document(as_owner.put("/users/bob/status/activate"))["status"] == "active"


def test_suspending_twice_succeeds(as_owner: Api, alice: User) -> None:
    for _ in range(2):
        assert document(as_owner.put("/users/alice/status/suspend"))["status"] == "suspended"


# accounts.md T108
def test_an_owner_is_demoted_before_being_suspended(as_owner: Api) -> None:
    make_user("second", roles=["owner"])
    refused(
        as_owner.put("/users/second/status/suspend"),
        400,
        'You cannot suspend a user with the "owner" role. You must remove the role first.',
    )
    as_owner.put("/users/second/roles", {"roles": []})
    assert as_owner.put("/users/second/status/suspend").status_code == 200


# accounts.md T110
@pytest.mark.parametrize("roles", [["owner"], ["user-admin"], []])
def test_nobody_suspends_themselves(db: None, roles: list[str]) -> None:
    actor = signed_in(make_user("actor", roles=roles))

    refused(actor.put("/users/me/status/suspend"), 400, "You cannot suspend yourself.")
    assert actor.get("/users/me").status_code == 200
    assert audited() == [("write", "user", 400)]


@pytest.mark.parametrize("verb", ["suspend", "activate"])
@pytest.mark.parametrize(
    ("role", "status"),
    [("owner", 200), ("user-admin", 200), ("template-admin", 404), ("auditor", 404)],
)
def test_who_may_change_a_status(alice: User, verb: str, role: str, status: int) -> None:
    actor = signed_in(make_user("actor", roles=[role]))

    answer = actor.put(f"/users/alice/status/{verb}")

    assert answer.status_code == status
    if status == 404:
        refused(answer, 404, NOT_FOUND)
    assert audited() == [("write", "user", status)]


@pytest.mark.parametrize("verb", ["suspend", "activate"])
def test_strangers_are_unknown_to_members(as_mallory: Api, alice: User, verb: str) -> None:
    unknown_user(as_mallory.put(f"/users/alice/status/{verb}"), "alice")
    missing = str(uuid4())
    unknown_user(as_mallory.put(f"/users/{missing}/status/{verb}"), missing)


def test_a_member_activates_nobody_not_even_themselves(as_alice: Api, as_owner: Api) -> None:
    refused(as_alice.put("/users/me/status/activate"), 404, NOT_FOUND)
    assert as_owner.put("/users/me/status/activate").status_code == 200


# accounts.md H14: an owner that another owner's role change left suspended.
def test_only_owners_activate_owners(as_owner: Api, settings: Settings) -> None:
    make_user("second", roles=["owner"], status="suspended")
    actor = signed_in(make_user("actor", roles=["user-admin"]))

    refused(
        actor.put("/users/second/status/activate"),
        403,
        "Only owners can change an owner.",
        detail="Ask an owner to do this.",
    )
    assert as_owner.put("/users/second/status/activate").status_code == 200
    settings.PROTECT_OWNERS = False
    assert actor.put("/users/second/status/activate").status_code == 200


def test_the_suspended_cannot_sign_in_until_activated(as_owner: Api, alice: User) -> None:
    body = {"email": alice.email, "password": PASSWORD}
    as_owner.put("/users/alice/status/suspend")
    assert Api().post("/users/login", body).status_code == 401
    as_owner.put("/users/alice/status/activate")
    assert Api().post("/users/login", body).status_code == 201


def test_a_body_is_not_read(as_owner: Api, alice: User) -> None:
    assert as_owner("PUT", "/users/alice/status/suspend", raw=b"not json").status_code == 200
