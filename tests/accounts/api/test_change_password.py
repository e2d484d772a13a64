"""`PUT /users/{user}/password` (accounts.md 2.16)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Passcode, User
from scopes.models import Key
from tests.expect import (
    NOT_FOUND,
    SIGNED_OUT,
    STRONG,
    WEAK,
    WEAK_DETAIL,
    audited,
    document,
    invalid,
    last_entry,
    refused,
    unknown_user,
    unreadable,
)
from tests.people import PASSWORD, Api, login, make_key, make_user, may_sign_in, signed_in

REQUIRED = "Old password is required."
SAME = "New password cannot match old password."


def put(api: Api, reference: object, password: str = STRONG, **fields: str) -> Any:
    return api.put(f"/users/{reference}/password", {"password": password, **fields})


# accounts.md T050
def test_a_member_cannot_change_an_owners(as_mallory: Api, owner: User) -> None:
    unknown_user(put(as_mallory, "owner"), "owner")
    assert may_sign_in(owner.email, PASSWORD)


# accounts.md T051
def test_an_owner_sets_a_members_without_the_old_one(as_owner: Api, alice: User) -> None:
    answer = put(as_owner, "alice")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "coder_session_token" not in answer.cookies
    assert may_sign_in(alice.email, STRONG)
    assert not may_sign_in(alice.email, PASSWORD)


# accounts.md T052, T053
@pytest.mark.parametrize(
    "body", [{}, {"password": WEAK}, {"password": STRONG, "old_password": "x"}]
)
@pytest.mark.parametrize("role", ["auditor", "template-admin"])
def test_a_reader_learns_nothing_of_the_password(
    alice: User, role: str, body: dict[str, str]
) -> None:
    actor = make_user("actor", roles=[role])
    refused(signed_in(actor).put("/users/alice/password", body), 404, NOT_FOUND)
    assert audited(actor_id=actor.pk, resource_target="alice") == [("write", "user", 404)]
    assert may_sign_in(alice.email, PASSWORD)


# accounts.md T054
@pytest.mark.parametrize("path", ["/users/me/password", "/users/alice/password/"])
def test_a_member_changes_their_own_with_the_old_one(as_alice: Api, alice: User, path: str) -> None:
    answer = as_alice.put(path, {"password": STRONG, "old_password": PASSWORD})
    assert answer.status_code == 204
    assert audited() == [("write", "user", 204)]
    assert last_entry().diff == {"hashed_password": {"old": "", "new": "", "secret": True}}
    assert may_sign_in(alice.email, STRONG)


# accounts.md T055
@pytest.mark.parametrize("password", [WEAK, STRONG, PASSWORD])
def test_the_old_one_is_required_before_anything_else(as_alice: Api, password: str) -> None:
    refused(put(as_alice, "me", password), 400, REQUIRED)


# accounts.md T056
def test_owners_need_their_old_one_too(as_owner: Api, owner: User) -> None:
    refused(put(as_owner, "me"), 400, REQUIRED)
    refused(put(as_owner, owner.pk), 400, REQUIRED)
    assert audited() == [("write", "user", 400)] * 2
    assert put(as_owner, "me", old_password=PASSWORD).status_code == 204


# accounts.md T058
def test_every_key_of_the_user_ends(as_owner: Api, owner: User, alice: User) -> None:
    tokens = [make_key(owner, login_type="token", name=f"t{number}") for number in range(2)]
    other = signed_in(alice)
    assert put(as_owner, "me", old_password=PASSWORD).status_code == 204
    refused(as_owner.get("/users/me"), 401, SIGNED_OUT, detail="API key is invalid.")
    again = document(login(owner.email, STRONG))["session_token"]
    for token in tokens:
        key_id = token.split("-")[0]
        assert Api(again).get(f"/users/me/keys/{key_id}").status_code == 404
        assert Api(token).get("/users/me").status_code == 401
    assert other.get("/users/me").status_code == 200


def test_setting_somebody_elses_keeps_ones_own_session(as_owner: Api, alice: User) -> None:
    theirs = signed_in(alice)
    assert put(as_owner, "alice").status_code == 204
    assert as_owner.get("/users/me").status_code == 200
    assert theirs.get("/users/me").status_code == 401


# accounts.md T059
def test_the_new_one_must_differ(as_alice: Api, as_owner: Api) -> None:
    refused(put(as_alice, "me", PASSWORD), 400, REQUIRED)
    refused(put(as_alice, "me", PASSWORD, old_password=PASSWORD), 400, SAME)
    refused(put(as_owner, "alice", PASSWORD), 400, SAME)
    assert put(as_alice, "me", old_password=PASSWORD).status_code == 204


def test_a_wrong_old_one_is_refused_whoever_sends_it(
    as_alice: Api, as_owner: Api, alice: User
) -> None:
    for actor in (as_alice, as_owner):
        refused(
            put(actor, "alice", old_password="wrong"),
            400,
            "Old password is incorrect.",
            validations={"old_password": "Old password is incorrect."},
        )
    assert audited() == [("write", "user", 400)] * 2
    assert may_sign_in(alice.email, PASSWORD)
    assert put(as_owner, "alice", old_password=PASSWORD).status_code == 204


def test_a_weak_one_is_refused_before_the_old_one_is_compared(as_alice: Api) -> None:
    refused(
        put(as_alice, "me", WEAK, old_password="wrong"),
        400,
        "Invalid password.",
        validations={"password": WEAK_DETAIL},
    )
    refused(
        put(as_alice, "me", "xK9!" * 17, old_password=PASSWORD),
        400,
        "Invalid password.",
        validations={"password": "password must be no more than 64 characters"},
    )
    assert put(as_alice, "me", "xK9!" * 16, old_password=PASSWORD).status_code == 204


@pytest.mark.parametrize("login_type", ["oidc", "github", "none"])
def test_other_login_types_have_no_password(as_owner: Api, login_type: str) -> None:
    user = make_user("someone", login_type=login_type)
    text = "Users without password login type cannot change their password."
    refused(put(as_owner, "someone", WEAK), 400, text)
    refused(put(signed_in(user), "me", WEAK), 400, text)


def test_a_missing_password_is_named(as_alice: Api) -> None:
    invalid(as_alice.put("/users/me/password", {"old_password": "x"}), password=("required", ""))
    unreadable(as_alice("PUT", "/users/me/password", raw=b""))
    assert audited() == []


def test_it_does_not_depend_on_sign_in_by_password(
    as_owner: Api, alice: User, settings: Settings
) -> None:
    settings.PASSWORD_AUTH_ENABLED = False
    assert put(as_owner, "alice").status_code == 204


def test_an_outstanding_passcode_ends(as_owner: Api, alice: User, mallory: User) -> None:
    for user in (alice, mallory):
        Passcode.objects.create(
            user=user, hashed_passcode="x", expires_at=timezone.now() + timedelta(minutes=9)
        )
    put(as_owner, "alice")
    assert [row.user for row in Passcode.objects.all()] == [mallory]


# accounts.md H14
def test_only_owners_set_an_owners_password(owner: User, settings: Settings) -> None:
    actor = signed_in(make_user("actor", roles=["user-admin"]))
    refused(
        put(actor, "owner"),
        403,
        "Only owners can change an owner.",
        detail="Ask an owner to do this.",
    )
    assert audited() == [("write", "user", 403)]
    assert put(signed_in(make_user("peer", roles=["owner"])), "owner").status_code == 204
    settings.PROTECT_OWNERS = False
    assert put(actor, "owner", STRONG + "2").status_code == 204


def test_a_user_admin_sets_a_members(alice: User) -> None:
    actor = signed_in(make_user("actor", roles=["user-admin"]))
    assert put(actor, "alice").status_code == 204


# A password opens what its user may do: a narrowed key must not make one.
@pytest.mark.parametrize("scopes", [["user:*"], ["user:read", "user:update_personal"]])
def test_a_narrowed_key_sets_nobody_elses(owner: User, alice: User, scopes: list[str]) -> None:
    make_user("peer", roles=["owner"])
    narrowed = Api(make_key(owner, login_type="token", name="ci", scopes=scopes))
    for name in ("alice", "peer"):
        refused(put(narrowed, name), 404, NOT_FOUND)
    whole = Api(make_key(owner, login_type="token", name="whole"))
    assert put(whole, "alice").status_code == 204
    assert put(narrowed, "me", old_password=PASSWORD).status_code == 204


def test_a_key_that_may_only_read_changes_nothing(as_alice: Api, alice: User) -> None:
    key = Api(make_key(alice, login_type="token", name="ci", scopes=["user:read"]))
    refused(put(key, "me", old_password=PASSWORD), 404, NOT_FOUND)
    assert put(as_alice, "me", old_password=PASSWORD).status_code == 204


def test_a_deleted_user_has_no_password_to_set(as_owner: Api, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_deleted=True)
    refused(put(as_owner, alice.pk), 404, NOT_FOUND)
    unknown_user(put(as_owner, "alice"), "alice")


def test_a_refusal_ends_no_key(as_alice: Api, as_owner: Api, alice: User) -> None:
    before = Key.objects.count()
    for password, old in ((WEAK, PASSWORD), (STRONG, "wrong"), (PASSWORD, PASSWORD), (STRONG, "")):
        assert put(as_alice, "me", password, old_password=old).status_code == 400
    assert Key.objects.count() == before
