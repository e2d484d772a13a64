"""A narrowed key ends all that it made, and what that made, however it ends."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Passcode, User
from accounts.passwords.hashing import hash_password
from scopes.actors import OPERATOR
from scopes.keys.ending import key_expire
from scopes.keys.retention import keys_prune
from scopes.models import Key
from tests.expect import STRONG, last_entry
from tests.people import PASSWORD, Api, is_good, make_key, make_user, signed_in
from tests.scopes.keyring import narrowed, token

SCOPES = ("api_key:create", "api_key:read", "api_key:update", "api_key:delete", "user:read")
End = Callable[[Api, User], Any]


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def made_by(api: Api, name: str = "") -> Api:
    """Make a token with a key, as narrow as that."""
    return Api(token(api, token_name=name, scopes=[*SCOPES]))


def by_api(method: str, rest: str = "") -> End:
    return lambda key, user: signed_in(user)(method, f"/users/me/keys/{key.token[:10]}{rest}")


def by_command(act: str) -> End:
    def end(key: Api, user: User) -> None:
        call_command("tokens", act, key.token[:10], "--yes", stdout=StringIO())

    return end


def sign_out(key: Api, user: User) -> None:
    assert key.post("/users/logout").status_code == 200


def change_password(key: Api, user: User) -> None:
    body = {"password": STRONG, "old_password": PASSWORD}
    assert signed_in(user).put("/users/me/password", body).status_code == 204


def reset_password(key: Api, user: User) -> None:
    expires_at = timezone.now() + timedelta(minutes=5)
    hashed = hash_password("code")
    Passcode.objects.create(user=user, hashed_passcode=hashed, expires_at=expires_at)
    body = {"email": user.email, "password": STRONG, "one_time_passcode": "code"}
    assert Api().post("/users/otp/change-password", body).status_code == 204


def delete_user(key: Api, user: User) -> None:
    assert signed_in(User.objects.get(username="owner")).delete("/users/ada").status_code == 200


def prune(key: Api, user: User) -> None:
    long_ago = timezone.now() - timedelta(days=400)
    Key.objects.filter(pk=key.token[:10]).update(expires_at=long_ago)
    assert keys_prune(keep=timedelta(days=30)) == 3


WAYS: dict[str, End] = {
    "revoked": by_api("DELETE"),
    "expired": by_api("PUT", "/expire"),
    "revoked by a command": by_command("revoke"),
    "expired by a command": by_command("expire"),
    "signed out": sign_out,
    "password changed": change_password,
    "password reset": reset_password,
    "user deleted": delete_user,
    "pruned": prune,
}


@pytest.mark.parametrize("way", WAYS)
def test_what_a_narrowed_key_made_ends_with_it(owner: User, way: str) -> None:
    ada = make_user("ada")
    key = narrowed(ada, *SCOPES)
    child = made_by(key)
    grandchild = made_by(child)
    assert is_good(key)
    assert is_good(child)
    assert is_good(grandchild)

    WAYS[way](key, ada)

    assert [is_good(one) for one in (key, child, grandchild)] == [False] * 3


@pytest.mark.parametrize("way", ["revoked", "expired", "revoked by a command", "signed out"])
def test_nothing_else_ends(owner: User, way: str) -> None:
    ada = make_user("ada")
    parent = narrowed(ada, *SCOPES)
    key, sibling = made_by(parent), made_by(parent)
    made_by(key)
    session = signed_in(ada)
    of_session = Api(token(session, token_name="kept"))

    WAYS[way](key, ada)

    assert [is_good(one) for one in (key, parent, sibling, session, of_session)] == [
        False, True, True, True, True,
    ]  # fmt: skip


def test_what_a_narrowed_key_made_does_not_outlive_it_however_often_it_is_used(owner: User) -> None:
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False) as clock:
        key = narrowed(make_user("ada"), *SCOPES, lifetime=timedelta(hours=6))
        child = made_by(key)
        for _ in range(6):
            clock.shift(timedelta(minutes=59))
            assert is_good(child)
        clock.shift(timedelta(minutes=10))

        assert [is_good(child), is_good(key)] == [False, False]


# Tokens are made in a browser's session, and meant to outlive it.
def test_what_a_key_without_limits_made_outlives_it(owner: User) -> None:
    session = signed_in(make_user("ada"))
    kept = made_by(session)

    assert session.post("/users/logout").status_code == 200

    assert is_good(kept)
    assert not Key.objects.exclude(parent=None).exists()


def test_a_key_made_for_somebody_else_ends_too(owner: User, alice: User) -> None:
    key = narrowed(owner, *SCOPES)
    theirs = Api(token(key, "/users/alice", scopes=[*SCOPES]))
    assert is_good(theirs)

    assert signed_in(owner).delete(f"/users/me/keys/{key.token[:10]}").status_code == 204

    assert not is_good(theirs)


def test_expired_rows_stay_and_the_audit_says_how_many_ended(owner: User) -> None:
    ada = make_user("ada")
    key = narrowed(ada, *SCOPES)
    child = made_by(key)
    made_by(child)

    key_expire(caller=OPERATOR, key_id=key.token[:10])

    assert Key.objects.filter(user=ada).count() == 3
    assert last_entry().additional_fields == {"made_keys": 2}
    assert not Key.objects.usable(timezone.now()).filter(user=ada).exists()


def test_a_command_shows_what_ends_before_it_asks(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = narrowed(make_user("ada"), *SCOPES, login_type="token", name="ci")
    child = made_by(key)
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return "y"

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("builtins.input", answer)
    out = StringIO()

    call_command("tokens", "revoke", child.token[:10], stdout=StringIO())
    made = made_by(key).token[:10]
    call_command("tokens", "expire", "--user=ada", "--name=ci", stdout=out)

    assert "made by" not in asked[0]
    ended = f"ci ({key.token[:10]}) of ada, and the key {made} made by it"
    assert asked[1] == f"Expire {ended}, for good? [y/N] "
    assert out.getvalue() == f"Expired {ended.replace(' of ada', '')}.\n"


def test_of_no_keys_nothing_ends(owner: User) -> None:
    key = signed_in(owner)
    nothing = Key.objects.filter(pk__in=[])

    assert (nothing.delete()[0], nothing.expire(timezone.now()), list(nothing.with_made())) == (
        0, 0, [],
    )  # fmt: skip

    assert is_good(key)


# Each generation costs an attacker one request; ending them all must not cost us one each.
def test_a_long_line_ends_in_one_statement(owner: User) -> None:
    ada = make_user("ada")
    parent = None
    for _ in range(1500):
        secret = make_key(ada, scopes=[*SCOPES], parent_id=parent)
        parent = secret[:10]
    first = Key.objects.get(user=ada, parent=None)

    with CaptureQueriesContext(connection) as queries:
        answer = signed_in(owner).delete(f"/users/me/keys/{first.pk}")

    assert answer.status_code == 204
    assert not Key.objects.filter(user=ada).exists()
    assert len(queries) < 25
