"""`POST /users/logout` (accounts.md 2.23)."""

import pytest

from accounts.models import User
from scopes.models import Key
from tests.expect import SIGNED_OUT, audited, document, last_entry, refused
from tests.people import Api, make_key, signed_in


# accounts.md T030
def test_signing_out_ends_the_session_and_clears_the_cookie(as_alice: Api, alice: User) -> None:
    other = signed_in(alice)
    key_id = as_alice.token.split("-")[0]
    assert other.get(f"/users/me/keys/{key_id}").status_code == 200
    answer = as_alice.post("/users/logout")
    refused(answer, 200, "Logged out!")
    morsel = answer.cookies["coder_session_token"]
    assert (morsel.value, morsel["max-age"], morsel["path"]) == ("", 0, "/")
    assert audited() == [("logout", "api_key", 200)]
    assert last_entry().actor_id == alice.pk
    refused(as_alice.get(f"/users/me/keys/{key_id}"), 401, SIGNED_OUT, detail="API key is invalid.")
    assert other.get(f"/users/me/keys/{key_id}").status_code == 404


# accounts.md T031
def test_only_this_session_and_the_apps_that_live_off_sessions_end(
    alice: User, owner: User
) -> None:
    first, second, admin = signed_in(alice), signed_in(alice), signed_in(owner)
    for user in (alice, owner):
        for number in range(3):
            make_key(
                user,
                login_type="token",
                name=f"app{number}",
                scopes=["coder:application_connect"],
            )
    assert second.post("/users/logout").status_code == 200
    assert second.get("/users/me").status_code == 401
    assert first.get("/users/me").status_code == 200
    assert admin.get("/users/me").status_code == 200
    assert Key.objects.filter(user=alice).count() == 1
    assert Key.objects.filter(user=owner).count() == 4


def test_a_long_lived_token_signs_itself_out(alice: User) -> None:
    token = Api(make_key(alice, login_type="token", name="ci"))
    assert token.post("/users/logout").status_code == 200
    assert token.get("/users/me").status_code == 401


@pytest.mark.parametrize(("scope", "status"), [("api_key:delete", 200), ("workspace:read", 403)])
def test_a_narrowed_key_ends_itself_only_if_its_scope_says_so(
    alice: User, scope: str, status: int
) -> None:
    narrowed = Api(make_key(alice, login_type="token", name="ci", scopes=[scope]))
    assert narrowed.post("/users/logout").status_code == status
    assert Key.objects.exists() is (status == 403)


def test_without_a_session_nothing_is_cleared(anonymous: Api) -> None:
    answer = anonymous.post("/users/logout")
    assert answer.status_code == 401
    assert "coder_session_token" not in answer.cookies
    assert document(answer)["message"] == SIGNED_OUT
    assert audited() == []
