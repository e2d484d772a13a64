"""Who calls a service, by what they bring."""

import time

import pytest
from coderauth_sdk import Client, Scope

from tests.sdk.clients import Service, unique
from tests.sdk.django.running import ASKED, NONSENSE, Small, is_called_bad


@pytest.mark.parametrize(
    "header",
    [
        "Coder-Session-Token: {}",
        "Authorization: Bearer {}",
        "authorization: bearer  {}",
    ],
)
def test_a_key_is_taken_in_the_headers_of_coderauth(
    small: Small, alice: Client, header: str
) -> None:
    name, _, value = header.partition(":")

    answer = small.ask("/me", **{name: value.strip().format(alice.token)})

    me = alice.users.get()
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "id": str(me.id),
        "username": me.username,
        "scopes": ["coder:all"],
        "key_id": alice.token[:10],
    }


def test_the_header_of_coder_decides(small: Small, alice: Client) -> None:
    both = {"authorization": f"Bearer {alice.token}", "coder_session_token": NONSENSE}
    assert is_called_bad(small.ask("/me", **both))
    both = {"authorization": f"Bearer {NONSENSE}", "coder_session_token": alice.token}
    assert small.ask("/me", **both).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer"},
        {"coder_session_token": ""},
        {"authorization": "Basic {}"},
        {"cookie": "coder_session_token={}"},
        {"x_auth_key": "{}"},
    ],
)
def test_without_a_key_nobody_is_let_in(
    small: Small, alice: Client, headers: dict[str, str]
) -> None:
    sent = {name: value.format(alice.token) for name, value in headers.items()}
    for path in ("/me", "/workspaces"):
        answer = small.ask(path, **sent)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == ASKED
    assert small.ask("/me", coder_session_token=alice.token).status_code == 200


@pytest.mark.parametrize("key", [NONSENSE, "nonsense", "x" * 4000, "ä" * 33, "a-b-c", "null"])
def test_a_bad_key_is_refused(small: Small, key: str) -> None:
    for path in ("/me", "/workspaces"):
        answer = small.ask(path, coder_session_token=key)
        assert is_called_bad(answer), answer.text


def test_names_in_headers_are_not_believed(small: Small, owner: Client, alice: Client) -> None:
    boss = owner.users.get()
    forged = {
        "x_auth_user": boss.username,
        "x_auth_user_id": str(boss.id),
        "x_auth_scopes": "coder:all",
        "remote_user": boss.username,
        "x_forwarded_user": boss.username,
    }
    assert small.ask("/me", **forged).status_code == 401
    key = alice.tokens.create(scopes=[Scope.WORKSPACE_READ]).secret
    answer = small.ask("/me", key, **forged)
    assert answer.json()["id"] == str(alice.users.get().id)
    assert answer.json()["scopes"] == ["workspace:read"]


def test_a_key_that_may_not_read_its_own_user_is_known(small: Small, alice: Client) -> None:
    made = alice.tokens.create(scopes=[Scope.FILE_READ])
    assert small.ask("/me", made.secret).json()["username"] == alice.users.get().username


def test_a_key_that_has_ended_is_refused_at_once_without_a_cache(
    small: Small, owner: Client, alice: Client
) -> None:
    deleted, expired, paused, kept, suspended = (
        alice.tokens.create(name=unique("key"), scopes=[Scope.CODER_ALL]) for _ in range(5)
    )
    alice.tokens.delete(deleted.id)
    alice.tokens.expire(expired.id)
    alice.tokens.pause(paused.id)
    for ended in (deleted, expired, paused):
        assert is_called_bad(small.ask("/workspaces", ended.secret))
    alice.tokens.resume(paused.id)
    for good in (paused, kept, suspended):
        assert small.ask("/workspaces", good.secret).status_code == 200
    owner.users.suspend(alice.users.get().id)
    assert is_called_bad(small.ask("/workspaces", suspended.secret))


def test_a_revoked_key_is_refused_when_the_stated_time_is_over(
    running: Small, service: Service, own_key: str, alice: Client
) -> None:
    seconds = 2
    running.configure(URL=service.url, TOKEN=own_key, CACHE_SECONDS=seconds, TIMEOUT=30)
    revoked, kept = (
        alice.tokens.create(name=unique("key"), scopes=[Scope.CODER_ALL]) for _ in "ab"
    )
    for key in (revoked, kept):
        assert running.ask("/workspaces", key.secret).status_code == 200

    alice.tokens.delete(revoked.id)
    time.sleep(seconds)

    assert is_called_bad(running.ask("/workspaces", revoked.secret))
    assert running.ask("/workspaces", kept.secret).status_code == 200


def test_no_key_is_in_the_log(small: Small, own_key: str, alice: Client) -> None:
    made = alice.tokens.create(scopes=[Scope.CODER_ALL]).secret
    assert small.ask("/workspaces", made).status_code == 200
    assert small.ask("/workspaces", NONSENSE).status_code == 401
    assert small.ask("/both", made, coder_session_token=NONSENSE).status_code == 401
    small.configure(URL="http://127.0.0.1:9", TOKEN=own_key)
    assert small.ask("/workspaces", made).status_code == 503

    log = small.log
    assert "/oauth2/introspect" in log, "the log has become quieter: look again"
    for key in (made, NONSENSE, own_key, alice.token):
        assert key not in log
        assert key.partition("-")[2] not in log
