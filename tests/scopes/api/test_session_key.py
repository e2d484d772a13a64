import re
from datetime import timedelta

import pytest
import time_machine
from pytest_django import Settings

from accounts.models import User
from audit.models import Entry
from tests.people import Api, make_user, signed_in
from tests.scopes.keyring import at, narrowed, row_of

PATH = "/users/me/keys"


def session(api: Api, path: str = PATH) -> str:
    answer = api.post(path)
    assert answer.status_code == 201, answer.content
    assert answer.headers["Cache-Control"] == "no-store"
    secret: str = answer.json()["key"]
    return secret


# authorization.md 7.4: uses the default token lifetime; authorization.md 3.5: no body, full scope,
# empty name, no cookie.
def test_session_key_is_like_a_sign_in_with_the_token_lifetime(
    as_alice: Api, settings: Settings
) -> None:
    settings.DEFAULT_TOKEN_LIFETIME = timedelta(hours=9)

    key = row_of(session(as_alice))

    assert (key.login_type, key.name) == ("password", "")
    assert (key.scopes, key.allow_list) == (["coder:all"], ["*:*"])
    assert key.lifetime_seconds == 9 * 3600
    assert key.ip_address == "127.0.0.1"


@pytest.mark.parametrize("raw", [b"", b"garbage", b'{"scope": "workspace:read"}', b"\0" * 100])
def test_body_is_not_read(as_alice: Api, raw: bytes) -> None:
    answer = as_alice("POST", PATH, raw=raw)

    assert answer.status_code == 201
    assert row_of(answer.json()["key"]).scopes == ["coder:all"]
    assert "coder_session_token" not in answer.cookies


def test_two_session_keys_stand_side_by_side(as_alice: Api) -> None:
    first, second = session(as_alice), session(as_alice)

    assert Api(first).get("/users/me").status_code == 200
    assert Api(second).get("/users/me").status_code == 200


# authorization.md 3.5: never in the token list, but read and deleted by id.
def test_session_key_is_reached_by_id_only(as_alice: Api) -> None:
    key_id = session(as_alice)[:10]

    assert as_alice.get(f"{PATH}/tokens").json() == []
    assert as_alice.get(f"{PATH}/tokens/{key_id}").status_code == 404
    assert as_alice.get(f"{PATH}/{key_id}").json()["token_name"] == ""
    assert as_alice.delete(f"{PATH}/{key_id}").status_code == 204


# authorization.md 7.4: audited without leaking the key.
def test_creation_is_audited_without_the_key(as_alice: Api, alice: User) -> None:
    secret = session(as_alice)

    entry = Entry.objects.get(action="create", resource_type="api_key")
    assert (entry.actor_id, entry.resource_id, entry.resource_target) == (
        alice.pk,
        str(alice.pk),
        "",
    )
    assert secret[11:] not in repr(entry.__dict__)


def test_owner_makes_one_for_somebody_else_and_a_user_admin_does_not(
    as_owner: Api, alice: User
) -> None:
    admin = signed_in(make_user("admin", roles=["user-admin"]))

    assert row_of(session(as_owner, "/users/alice/keys")).user_id == alice.pk
    refused = admin.post("/users/alice/keys")
    assert (refused.status_code, refused.json()["message"]) == (403, "Failed to create API key.")


def test_member_cannot_make_one_for_somebody_else(as_alice: Api, owner: User) -> None:
    assert as_alice.post("/users/owner/keys").status_code == 400
    assert as_alice.post("/users/alice/keys").status_code == 201


# Mint rule: the session-key endpoint only makes full keys, so no narrowed key may use it.
def test_narrowed_key_makes_no_session_key(alice: User) -> None:
    scopes = ("api_key:*", "user:*", "workspace:*", "template:*", "organization:*")

    refused = narrowed(alice, *scopes).post(PATH)
    listed = narrowed(alice, "coder:all", allow_list=("user:*", "api_key:*")).post(PATH)

    for answer in (refused, listed):
        assert (answer.status_code, answer.json()["message"]) == (403, "Failed to create API key.")
        assert answer.json()["detail"].startswith("A key cannot issue a key beyond itself: ")
    assert narrowed(alice, "coder:all").post(PATH).status_code == 201


# authorization.md 7.4: forced-expired key → 401 with `session has expired`.
def test_expired_session_is_told_so(alice: User) -> None:
    with time_machine.travel(at(2026, 1, 1), tick=False):
        secret = session(signed_in(alice))
    with time_machine.travel(at(2026, 1, 8), tick=False):
        assert Api(secret).get("/users/me").status_code == 200
    with time_machine.travel(at(2026, 1, 15, 0, 1), tick=False):
        answer = Api(secret).get("/users/me")
    assert answer.status_code == 401
    assert "session has expired" in answer.json()["message"]
    assert re.fullmatch(r'API key expired at "2026-01-15T00:00:00Z"\.', answer.json()["detail"])
