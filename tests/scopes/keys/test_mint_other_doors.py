"""What else could turn a narrowed key into a wider one: passwords, roles, people, signing out."""

from accounts.models import User
from scopes.engine.catalog import PUBLIC
from tests.people import PASSWORD, signed_in
from tests.scopes.keyring import narrowed

BASE = ("user:read", "api_key:create")


def test_narrowed_key_does_not_sign_its_user_in_by_a_new_password(alice: User) -> None:
    wish = {"old_password": "guess", "password": "An0ther-Passw0rd!y"}

    without = narrowed(alice, "user:read").put("/users/me/password", wish)
    blind = narrowed(alice, "user:read", "user:update_personal")

    assert without.status_code == 404
    assert blind.put("/users/me/password", wish).status_code == 400
    assert blind.put("/users/me/password", {"password": wish["password"]}).status_code == 400
    known = wish | {"old_password": PASSWORD}
    assert blind.put("/users/me/password", known).status_code == 204


def test_narrowed_key_does_not_become_somebody_else_by_a_reset(owner: User, alice: User) -> None:
    wish = {"password": "An0ther-Passw0rd!y"}

    answer = narrowed(owner, "user:*").put("/users/alice/password", wish)

    assert answer.status_code in {403, 404}
    assert signed_in(owner).put("/users/alice/password", wish).status_code == 204


def test_narrowed_key_hands_out_no_roles(owner: User, alice: User) -> None:
    wish = {"roles": ["owner"]}
    public = [name for name in PUBLIC if name not in {"all", "coder:all"}]

    assert narrowed(owner, *public).put("/users/alice/roles", wish).status_code in {403, 404}
    assert signed_in(owner).put("/users/alice/roles", wish).status_code == 200


def test_narrowed_key_makes_no_people(owner: User) -> None:
    public = [name for name in PUBLIC if name not in {"all", "coder:all"}]
    home = signed_in(owner).get("/organizations/default").json()["id"]
    wish = {
        "email": "new@example.test", "username": "newcomer", "password": PASSWORD,
        "organization_ids": [home],
    }  # fmt: skip

    assert narrowed(owner, *public).post("/users", wish).status_code == 403
    assert signed_in(owner).post("/users", wish).status_code == 201


def test_conversion_asks_for_the_password_whatever_the_key(alice: User) -> None:
    wish = {"to_type": "github", "password": "wrong"}

    for api in (narrowed(alice, "user:read"), signed_in(alice)):
        answer = api.post("/users/me/convert-login", wish)
        assert answer.status_code == 401
        assert "coder_oauth_convert_jwt" not in answer.cookies
    assert (
        narrowed(alice, "workspace:read").post("/users/me/convert-login", wish).status_code == 404
    )


def test_signing_out_needs_the_right_to_delete_and_ends_no_other_session(alice: User) -> None:
    other = signed_in(alice)

    assert narrowed(alice, *BASE).post("/users/logout").status_code == 403
    leaving = narrowed(alice, "api_key:delete")
    assert leaving.post("/users/logout").status_code == 200
    assert leaving.post("/users/logout").status_code == 401
    assert other.get("/users/me").status_code == 200
