"""Stored password hashes: our own, those of a Coder database, and broken ones (accounts.md 3.6)."""

import pytest

from accounts.models import User
from accounts.passwords.hashing import hash_password, matches, must_rehash
from tests.accounts.passwords.vectors import TOMATO
from tests.people import login, make_user

# A comparison asks once a minute whether hashes of Coder's have moved in.
pytestmark = pytest.mark.django_db

BROKEN = [
    "gibberish",
    "!",
    "$",
    "$pbkdf2-sha256$",
    "$pbkdf2-sha256$1$YQ$",
    "$pbkdf2-sha256$0$YQ$YQ",
    "$pbkdf2-sha256$-1$YQ$YQ",
    "$pbkdf2-sha256$x$YQ$YQ",
    "$pbkdf2-sha256$1$!!$YQ",
    "$pbkdf2-sha256$1$YQ$é",
    "$pbkdf2-sha256$99999999999999999999$YQ$YQ",
    "$pbkdf2-sha512$1$YQ$YQ",
    "coder_pbkdf2$pbkdf2-sha256$1$YQ",
    "argon2$",
    "argon2$argon2id",
    "argon2$argon2id$v=19$m=8,t=1,p=1$YWE$YQ",
    "argon2$argon2id$v=19$m=x,t=1,p=1$YWE$YQ",
    "pbkdf2_sha256$1$a$b",
]


# accounts.md T061
def test_a_hash_of_coder_matches_its_password() -> None:
    assert matches("tomato", TOMATO)
    assert not matches("Tomato", TOMATO)
    assert not matches("", TOMATO)


# accounts.md T061
def test_a_hash_of_ours_matches_its_password_and_never_looks_the_same() -> None:
    first, second = hash_password("tomato"), hash_password("tomato")
    assert first != second
    assert matches("tomato", first)
    assert matches("tomato", second)
    assert not matches("tomatO", first)


def test_a_moved_user_signs_in_and_is_hashed_again(db: None) -> None:
    user = make_user("alice", password=TOMATO)
    assert login(password="potato").status_code == 401
    user.refresh_from_db()
    assert user.password == TOMATO
    assert login(password="tomato").status_code == 201
    user.refresh_from_db()
    assert user.password.startswith("argon2$argon2id$")
    assert not must_rehash(user.password)
    assert login(password="tomato").status_code == 201


def test_a_hash_of_another_cost_is_replaced(db: None, settings: object) -> None:
    user = make_user("alice", password=hash_password("tomato"))
    before = user.password
    settings.ARGON2_TIME_COST = 2  # type: ignore[attr-defined]
    assert must_rehash(before)
    assert login(password="tomato").status_code == 201
    user.refresh_from_db()
    assert (user.password != before, must_rehash(user.password)) == (True, False)
    assert login(password="tomato").status_code == 201


def test_the_hash_of_a_suspended_user_is_not_replaced(db: None) -> None:
    user = make_user("alice", password=TOMATO, status="suspended")
    assert login(password="tomato").status_code == 401
    user.refresh_from_db()
    assert user.password == TOMATO


# accounts.md T061
@pytest.mark.parametrize("encoded", BROKEN)
def test_a_broken_hash_never_matches_and_never_fails(alice: User, encoded: str) -> None:
    User.objects.filter(pk=alice.pk).update(password=encoded)
    for password in ("tomato", encoded, "a", "x" * 64):
        assert login(password=password).status_code == 401


def test_nothing_matches_no_hash_at_all() -> None:
    assert not matches("", "")
    assert not matches("hunter2", "")


def test_a_summary_shows_neither_hash_nor_salt() -> None:
    from django.contrib.auth.hashers import identify_hasher

    encoded = f"coder_pbkdf2{TOMATO}"
    summary = identify_hasher(encoded).safe_summary(encoded)
    assert summary["iterations"] == 65535
    assert "z8c1p1C2" not in str(summary)
    assert str(summary["hash"]).endswith("*")
