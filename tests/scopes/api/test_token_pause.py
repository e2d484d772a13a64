"""Pausing a key, and resuming it."""

import pytest

from accounts.models import User
from audit.models import Entry
from scopes.models import Key
from tests.expect import SIGNED_OUT, refused
from tests.people import Api, is_good, make_key, signed_in
from tests.scopes.keyring import narrowed, row_of, token


def pause(api: Api, secret: str, act: str = "pause", person: str = "me") -> int:
    status: int = api.put(f"/users/{person}/keys/{secret[:10]}/{act}").status_code
    return status


def test_a_paused_key_is_refused_with_the_reason_until_it_is_resumed(as_alice: Api) -> None:
    secret = token(as_alice)
    assert is_good(Api(secret))

    for _ in range(2):
        assert pause(as_alice, secret) == 204
        refused(Api(secret).get("/users/me"), 401, SIGNED_OUT, detail="API key is paused.")
        assert as_alice.get(f"/users/me/keys/{secret[:10]}").json()["paused"] is True

    for _ in range(2):
        assert pause(as_alice, secret, "resume") == 204
        assert is_good(Api(secret))
        assert as_alice.get(f"/users/me/keys/{secret[:10]}").json()["paused"] is False


def test_pausing_is_recorded_with_what_changed(as_alice: Api) -> None:
    secret = token(as_alice)
    pause(as_alice, secret)
    pause(as_alice, secret, "resume")
    diffs = Entry.objects.filter(action="write", status_code=204).values_list("diff", flat=True)
    assert [diff["paused"]["new"] for diff in diffs] == [False, True]


def test_what_a_paused_key_made_is_paused_with_it(alice: User) -> None:
    parent = narrowed(alice, "api_key:*", "user:read")
    child = token(parent, scopes=["user:read"])
    other = token(parent, scopes=["user:read"])
    as_alice = signed_in(alice)
    assert pause(as_alice, other) == 204

    assert pause(as_alice, parent.token) == 204
    assert not is_good(Api(child))
    answer = as_alice.put(f"/users/me/keys/{child[:10]}/resume")
    refused(answer, 409, "The API key stays paused.",
            detail="The key that made it is paused; resume that one.")  # fmt: skip

    assert pause(as_alice, parent.token, "resume") == 204
    assert is_good(Api(child))
    # It had been paused on its own account.
    assert not is_good(Api(other))
    assert pause(as_alice, other, "resume") == 204
    assert is_good(Api(other))


def test_a_key_may_pause_itself(alice: User) -> None:
    api = narrowed(alice, "api_key:update", "user:read")
    assert pause(api, api.token) == 204
    assert not is_good(api)


@pytest.mark.parametrize("act", ["pause", "resume"])
def test_strangers_and_narrowed_keys_find_no_such_key(alice: User, mallory: User, act: str) -> None:
    secret = make_key(alice, login_type="token")
    reader = narrowed(alice, "api_key:read", "user:read")
    assert pause(signed_in(mallory), secret, act, "me") == 404
    assert pause(reader, secret, act) == 404
    assert row_of(secret).paused_at is None
    assert pause(narrowed(alice, "api_key:update", "user:read"), secret, act) == 204


def test_a_session_can_be_paused_too(alice: User) -> None:
    session, as_alice = make_key(alice), signed_in(alice)
    assert pause(as_alice, session) == 204
    assert not is_good(Api(session))
    assert Key.objects.filter(paused_at__isnull=False).count() == 1
