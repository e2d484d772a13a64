"""What a guess costs the server must not depend on whether the account exists (accounts.md 3.6).

A hash takes a hundred times longer than the rest of a request, so hashes are counted; and what is
sent to the database, of which a write is the second dearest.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import hashers
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Passcode, User
from accounts.passwords import hashers as hashers_of_ours
from accounts.passwords import hashing
from accounts.passwords.hashers import Argon2id
from tests.expect import STRONG
from tests.people import Api, login, make_user

Counter = list[str]


@pytest.fixture
def hashes(db: None, monkeypatch: pytest.MonkeyPatch) -> Counter:
    """Count runs of the real hasher, whether they make a hash or compare with one."""
    runs: Counter = []

    def counting(name: str) -> Callable[..., Any]:
        real = getattr(Argon2id, name)

        def counted(self: Argon2id, *args: Any, **kwargs: Any) -> Any:
            runs.append(name)
            return real(self, *args, **kwargs)

        return counted

    for name in ("encode", "verify"):
        monkeypatch.setattr(Argon2id, name, counting(name))
    return runs


@pytest.mark.parametrize(
    ("who", "fields"),
    [
        ("nobody", None),
        ("known", {}),
        ("passwordless", {"login_type": "none"}),
        ("oidc", {"login_type": "oidc", "password": ""}),
        ("suspended", {"status": "suspended"}),
        ("dormant", {"status": "dormant"}),
        ("deleted", {"is_deleted": True}),
        ("broken", {"password": "argon2$x"}),
        ("unusable", {"password": "!"}),
    ],
)
def test_a_wrong_password_costs_one_hash_whoever_it_is_for(
    hashes: Counter, who: str, fields: dict[str, Any] | None
) -> None:
    if fields is not None:
        make_user(who, **fields)
    hashes.clear()
    assert login(f"{who}@example.test", "wrong").status_code == 401
    assert len(hashes) == 1


MOVED = "$pbkdf2-sha256$65535$" + "A" * 22 + "$" + "A" * 86


def test_whose_hash_has_moved_in_cannot_be_told_by_the_work(
    hashes: Counter, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each try does both kinds of work, as long as there is a hash of either."""
    rounds: list[int] = []
    real = hashlib.pbkdf2_hmac

    def counted(name: str, password: bytes, salt: bytes, count: int, dklen: int) -> bytes:
        rounds.append(count)
        return real(name, password, salt, 1, dklen)

    monkeypatch.setattr(hashers_of_ours, "pbkdf2_hmac", counted)

    def work(who: str) -> tuple[int, list[int]]:
        hashes.clear()
        rounds.clear()
        assert login(f"{who}@example.test", "wrong").status_code == 401
        return len(hashes), list(rounds)

    hashing._asked_of_coder.cache_clear()
    assert work("alice") == work("nobody") == (1, [])
    make_user("moved", password=MOVED)
    hashing._asked_of_coder.cache_clear()
    assert work("moved") == work("alice") == work("nobody") == (1, [65_535])
    hashing._asked_of_coder.cache_clear()


def test_the_right_password_costs_one_hash_too(hashes: Counter, alice: User) -> None:
    hashes.clear()
    assert login(alice.email, "Str0ng-Passw0rd!x").status_code == 201
    assert hashes == ["verify"]


def outstanding(user: User, **fields: Any) -> None:
    Passcode.objects.create(
        user=user,
        hashed_passcode=hashers.make_password(str(uuid4())),
        **{"expires_at": timezone.now() + timedelta(minutes=9), **fields},
    )


@pytest.mark.parametrize(
    ("who", "fields"),
    [
        ("nobody", None),
        ("nothing-outstanding", None),
        ("outstanding", {}),
        ("expired", {"expires_at": timezone.now() - timedelta(minutes=9)}),
    ],
)
def test_a_wrong_passcode_costs_one_hash_whoever_it_is_for(
    hashes: Counter, who: str, fields: dict[str, Any] | None
) -> None:
    if who != "nobody":
        user = make_user(who)
        if fields is not None:
            outstanding(user, **fields)
    hashes.clear()
    body = {
        "email": f"{who}@example.test",
        "password": STRONG,
        "one_time_passcode": str(uuid4()),
    }
    assert Api().post("/users/otp/change-password", body).status_code == 400
    assert len(hashes) == 1


@pytest.mark.parametrize("who", ["nobody", "alice"])
def test_asking_for_a_passcode_costs_no_hash(hashes: Counter, alice: User, who: str) -> None:
    hashes.clear()
    answer = Api().post("/users/otp/request", {"email": f"{who}@example.test"})
    assert answer.status_code == 204
    assert hashes == []


def test_a_wrong_password_for_a_conversion_costs_one_hash(
    hashes: Counter, as_owner: Api, alice: User
) -> None:
    make_user("robot", login_type="none")
    for name in ("alice", "robot", "me"):
        hashes.clear()
        body = {"to_type": "oidc", "password": "wrong"}
        assert as_owner.post(f"/users/{name}/convert-login", body).status_code == 401
        assert len(hashes) == 1


@pytest.mark.parametrize("password", ["", "x" * 2000, "weak"])
def test_a_refused_new_password_costs_no_hash(hashes: Counter, alice: User, password: str) -> None:
    hashes.clear()
    body = {"email": alice.email, "password": password, "one_time_passcode": "x"}
    assert Api().post("/users/otp/change-password", body).status_code == 400
    assert hashes == []


def statements(queries: CaptureQueriesContext) -> list[str]:
    """Return the kind and the table of each statement."""
    sent = [query["sql"].split() for query in queries.captured_queries]
    return [" ".join(words[:3]) for words in sent if words[0] != "SAVEPOINT"]


@pytest.mark.parametrize("path", ["login", "otp/request", "otp/change-password"])
def test_an_unknown_address_costs_the_statements_of_a_known_one(alice: User, path: str) -> None:
    def sent(email: str) -> list[str]:
        body = {"email": email, "password": STRONG, "one_time_passcode": str(uuid4())}
        with CaptureQueriesContext(connection) as queries:
            Api().post(f"/users/{path}", body)
        return statements(queries)

    sent("warm@example.test")  # Asks once a minute whether hashes have moved in.
    assert sent("nobody@example.test") == sent(alice.email) != []
