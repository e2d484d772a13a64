"""Service accounts: made, found and kept from signing in (decision D22)."""

from typing import Any

import pytest

from accounts.models import User
from accounts.passwords.passcodes import passcode_request
from audit.models import Entry
from scopes.organizations.selectors import default_organization
from tests.expect import document, refused
from tests.people import PASSWORD, Api, is_good, login, make_user, signed_in

NO_ADDRESS = "A service account has no e-mail address and no password."
NO_SIGN_IN = "A service account does not sign in."


def wish(**fields: Any) -> dict[str, Any]:
    home = str(default_organization().pk)
    return {"service_account": True, "username": "ci", "organization_ids": [home], **fields}


def made(api: Api, **fields: Any) -> dict[str, Any]:
    answer = api.post("/users", wish(**fields))
    assert answer.status_code == 201, answer.content
    shown: dict[str, Any] = document(answer)
    return shown


@pytest.fixture
def machine(db: None) -> User:
    return make_user(
        "ci", is_service_account=True, email="", login_type="none", password="", status="active"
    )


@pytest.mark.parametrize("more", [{}, {"email": ""}, {"login_type": "none"}, {"password": ""}])
def test_a_service_account_has_no_address_and_does_not_sign_in(
    as_owner: Api, more: dict[str, Any]
) -> None:
    shown = made(as_owner, **more)
    assert shown["is_service_account"] is True
    assert (shown["email"], shown["login_type"]) == ("", "none")
    assert document(as_owner.get("/users/ci")) == shown
    assert Entry.objects.get(action="create").diff["is_service_account"]["new"] is True


def test_several_of_them_share_having_no_address(as_owner: Api) -> None:
    made(as_owner)
    made(as_owner, username="backup")
    refused(as_owner.post("/users", wish()), 409, "User already exists.")


def test_people_do_not_say_that_they_are_none(as_owner: Api, alice: User) -> None:
    assert "is_service_account" not in as_owner.get("/users/alice").json()


@pytest.mark.parametrize(
    ("more", "message", "detail"),
    [
        ({"email": "ci@example.test"}, NO_ADDRESS, ""),
        ({"password": PASSWORD}, NO_ADDRESS, ""),
        ({"login_type": "password"}, NO_SIGN_IN, 'Its login type is "none", not "password".'),
        ({"login_type": "oidc"}, NO_SIGN_IN, 'Its login type is "none", not "oidc".'),
    ],
)
def test_what_it_cannot_have_is_refused(
    as_owner: Api, more: dict[str, Any], message: str, detail: str
) -> None:
    refused(as_owner.post("/users", wish(**more)), 400, message, detail=detail)
    assert not User.objects.filter(username="ci").exists()
    made(as_owner)


def test_an_address_is_still_required_of_people(as_owner: Api) -> None:
    for fields in ({"service_account": False}, {"service_account": False, "email": ""}):
        answer = as_owner.post("/users", wish(**fields))
        assert answer.status_code == 400
        assert answer.json()["validations"][0]["field"] == "email"


def test_who_may_not_make_people_may_not_make_machines(as_alice: Api) -> None:
    refused(as_alice.post("/users", wish()), 403, "You are not authorized to create users.")


def test_they_are_found_alone_and_left_out(as_owner: Api, machine: User, alice: User) -> None:
    def names(q: str) -> list[str]:
        return [user["username"] for user in as_owner.get(f"/users?q={q}").json()["users"]]

    assert names("service_account:true") == ["ci"]
    assert names("service_account:false") == ["alice", "owner"]
    assert names("") == ["alice", "ci", "owner"]
    answer = as_owner.get("/users?q=service_account:maybe")
    assert answer.json()["validations"][0]["field"] == "service_account"


def test_keys_are_made_for_it_and_say_who_they_are(as_owner: Api, machine: User) -> None:
    answer = as_owner.post("/users/ci/keys/tokens", {"scopes": ["user:read"], "token_name": "x"})
    key = Api(answer.json()["key"])
    shown = document(key.get("/users/me"))
    assert (shown["username"], shown["is_service_account"]) == ("ci", True)
    stranger = signed_in(make_user("bob"))
    assert stranger.post("/users/ci/keys/tokens", {}).status_code == 400


def test_it_has_no_session_by_any_way(as_owner: Api, machine: User) -> None:
    key = Api(as_owner.post("/users/ci/keys/tokens", {}).json()["key"])
    refused(key.post("/users/me/keys"), 400, NO_SIGN_IN, detail="Make keys for it instead.")
    refused(as_owner.post("/users/ci/keys"), 400, NO_SIGN_IN, detail="Make keys for it instead.")
    for email in ("", "ci"):
        assert login(email, "").status_code == 400
    assert as_owner.put("/users/ci/password", {"password": PASSWORD}).status_code == 400
    assert as_owner.post("/users/ci/password-login").status_code == 400
    converted = key.post("/users/me/convert-login", {"to_type": "oidc", "password": "x"})
    assert converted.status_code in {400, 401, 403}
    passcode_request(email="")
    machine.refresh_from_db()
    assert (machine.password, machine.login_type) == ("", "none")
    assert is_good(key)


def test_it_is_never_an_owner(as_owner: Api, machine: User) -> None:
    refused(as_owner.put("/users/ci/roles", {"roles": ["owner"]}), 400,
            "A service account cannot be an owner.")  # fmt: skip
    assert as_owner.put("/users/ci/roles", {"roles": ["auditor"]}).status_code == 200


def test_it_is_renamed_suspended_moved_and_deleted_like_anybody(
    as_owner: Api, machine: User
) -> None:
    key = Api(as_owner.post("/users/ci/keys/tokens", {}).json()["key"])
    changed = as_owner.put("/users/ci/profile", {"username": "robot", "name": "Robot"})
    assert changed.json()["is_service_account"] is True
    assert as_owner.put("/users/robot/status/suspend").status_code == 200
    assert not is_good(key)
    assert as_owner.put("/users/robot/status/activate").status_code == 200
    assert is_good(key)
    other = as_owner.post("/organizations", {"name": "second"}).json()["id"]
    assert as_owner.post(f"/organizations/{other}/members/robot").status_code == 200
    assert as_owner.delete("/organizations/coder/members/robot").status_code == 204
    assert as_owner.get("/users/robot").json()["organization_ids"] == [other]
    assert as_owner.delete("/users/robot").status_code == 200
    assert not is_good(key)
