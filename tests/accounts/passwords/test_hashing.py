"""Few hashes at a time, and never all threads waiting for one (decision D6)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Passcode, User
from accounts.passwords import hashing
from accounts.passwords.hashers import Argon2id
from coderauth.gates import Gate
from tests.expect import NIL, STRONG, audited, refused
from tests.people import PASSWORD, Api, signed_in


def test_threads_stay_free_however_many_people_sign_in(settings: Any) -> None:
    settings.THREADS, settings.PASSWORD_HASH_CONCURRENCY = 16, 2
    hashing._gate.cache_clear()
    gate = hashing._gate()
    hashing._gate.cache_clear()

    places = 0
    while places < settings.THREADS and gate._inside.acquire(blocking=False):
        places += 1

    assert places == settings.THREADS - hashing.FREE_THREADS


def test_a_busy_server_says_so_and_when_to_come_back(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"email": alice.email, "password": PASSWORD}
    full = Gate("busy", running=1)  # Its only place is taken below.
    monkeypatch.setattr(hashing, "_gate", lambda: full)
    assert full._inside.acquire(blocking=False)
    answer = Api().post("/users/login", body)
    full._inside.release()
    refused(answer, 503, "The server is busy checking passwords. Please try again in a moment.")
    assert answer.headers["Retry-After"] == "1"
    assert audited() == [("login", "api_key", 503)]
    assert Api().post("/users/login", body).status_code == 201


# A transaction that waits for a turn to hash would hold its locks, on SQLite the whole database.
@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_a_hash_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    inside: list[bool] = []
    for name in ("encode", "verify"):
        monkeypatch.setattr(Argon2id, name, _noting(getattr(Argon2id, name), inside))
    first = {"email": "owner@example.test", "username": "owner", "password": PASSWORD}
    assert Api().post("/users/first", first).status_code == 201
    owner = signed_in(User.objects.get())
    person = {**first, "email": "a@example.test", "username": "a", "organization_ids": [NIL]}
    assert owner.post("/users", person).status_code == 201
    assert Api().post("/users/login", person).status_code == 201
    body = {"to_type": "oidc", "password": PASSWORD}
    assert owner.post("/users/a/convert-login", body).status_code == 201
    assert owner.put("/users/a/password", {"password": STRONG}).status_code == 204
    user = User.objects.get(username="a")
    Passcode.objects.create(
        user=user,
        hashed_passcode=hashing.hash_password("code"),
        expires_at=timezone.now() + timedelta(minutes=9),
    )
    change = {"email": user.email, "password": STRONG + "2", "one_time_passcode": "code"}
    assert Api().post("/users/otp/change-password", change).status_code == 204
    assert len(inside) >= 10
    assert not any(inside)


def _noting(real: Callable[..., Any], inside: list[bool]) -> Callable[..., Any]:
    def noting(self: Argon2id, *args: Any, **kwargs: Any) -> Any:
        inside.append(connection.in_atomic_block)
        return real(self, *args, **kwargs)

    return noting
