"""What the use of a key changes: last_used, its address, its expiry.

The rules are in authorization.md 7.5 and accounts.md 1.10.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import User
from scopes.callers import find_caller
from scopes.keys.ending import key_expire
from scopes.keys.use import note_use
from scopes.keys.verifying import verify
from scopes.models import Key
from tests.people import Api, make_key, make_user
from tests.scopes.keyring import at, row_of, token

NOON = at(2026, 1, 1, 12)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def noon(db: None) -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def use(secret: str, when: datetime, **headers: str) -> int:
    with time_machine.travel(when, tick=False):
        status: int = Api(secret).get("/users/me", **headers).status_code
    return status


def key_of(user: User, *, used: datetime | None = NOON, **fields: Any) -> str:
    return make_key(user, last_used_at=used, **fields)


def writes(secret: str, when: datetime) -> list[str]:
    with time_machine.travel(when, tick=False), CaptureQueriesContext(connection) as queries:
        assert Api(secret).get("/users/me").status_code == 200
    return [q["sql"] for q in queries if q["sql"].startswith(("UPDATE", "INSERT", "DELETE"))]


# authorization.md 3.9: last_used is the zero time until the first use, which always sets it.
def test_first_use_is_noted_at_once(alice: User) -> None:
    secret = key_of(alice, used=None)

    use(secret, NOON)

    assert row_of(secret).last_used_at == NOON
    alice.refresh_from_db()
    assert alice.last_seen_at == alice.updated_at == NOON


# accounts.md T207: valid → expiry untouched when not due; within the hour nothing is written.
@pytest.mark.parametrize("later", [timedelta(0), timedelta(minutes=59), HOUR])
def test_nothing_is_written_within_the_hour(alice: User, later: timedelta) -> None:
    secret = key_of(alice, lifetime=timedelta(days=7))

    assert writes(secret, NOON + later - timedelta(microseconds=1)) == []


# accounts.md T210: last_used bumped after more than an hour, expiry unchanged.
def test_use_is_noted_after_more_than_an_hour(alice: User, settings: Settings) -> None:
    secret = key_of(alice, expires_at=NOON + timedelta(days=30))
    before = row_of(secret)

    use(secret, NOON + HOUR + timedelta(microseconds=1))

    after = row_of(secret)
    assert after.last_used_at == NOON + HOUR + timedelta(microseconds=1)
    assert after.expires_at == before.expires_at
    assert after.updated_at == before.updated_at  # The key itself did not change.
    alice.refresh_from_db()
    assert alice.last_seen_at == after.last_used_at


# accounts.md T211: near expiry → expiry extended, last_used not.
def test_expiry_slides_and_last_use_stays(alice: User) -> None:
    secret = key_of(alice, expires_at=NOON + timedelta(hours=2))

    use(secret, NOON + timedelta(minutes=30))

    after = row_of(secret)
    assert after.expires_at == NOON + timedelta(minutes=30, hours=24)
    assert after.last_used_at == NOON


# accounts.md T212: refresh disabled → only last_used moves.
def test_disabled_refresh_moves_last_use_only(alice: User, settings: Settings) -> None:
    settings.SESSION_EXPIRY_REFRESH = False
    secret = key_of(alice, used=None, expires_at=NOON + timedelta(hours=2))

    use(secret, NOON + timedelta(minutes=30))

    after = row_of(secret)
    assert after.expires_at == NOON + timedelta(hours=2)
    assert after.last_used_at == NOON + timedelta(minutes=30)


def test_expiry_slides_an_hour_after_it_last_did_and_not_before(alice: User) -> None:
    secret = key_of(alice, used=NOON)

    use(secret, NOON + HOUR - timedelta(microseconds=1))
    assert row_of(secret).expires_at == NOON + timedelta(hours=24)
    use(secret, NOON + HOUR)
    assert row_of(secret).expires_at == NOON + timedelta(hours=25)


def test_key_of_less_than_an_hour_never_slides(alice: User) -> None:
    secret = key_of(alice, lifetime=timedelta(minutes=59), used=None)

    use(secret, NOON + timedelta(minutes=58))

    assert row_of(secret).expires_at == NOON + timedelta(minutes=59)
    assert use(secret, NOON + timedelta(minutes=60)) == 401


# accounts.md T220: the token login type is treated the same.
def test_used_token_lives_on_and_unused_one_ends(alice: User) -> None:
    used, unused = (make_key(alice, login_type="token", name=n) for n in ("used", "unused"))

    for hours in range(0, 24 * 5, 12):
        assert use(used, NOON + timedelta(hours=hours)) == 200
    assert use(unused, NOON + timedelta(days=1, seconds=1)) == 401


# accounts.md T218: client IP stored with the last_used update, and only then.
def test_address_is_stored_with_the_use(alice: User, settings: Settings) -> None:
    settings.PROXY_TRUSTED_HEADERS, settings.PROXY_TRUSTED_ORIGINS = [], []
    secret = key_of(alice, ip_address="192.0.2.1", expires_at=NOON + timedelta(hours=2))

    use(secret, NOON + timedelta(minutes=30))
    assert row_of(secret).ip_address == "192.0.2.1"
    use(secret, NOON + timedelta(minutes=61))
    assert row_of(secret).ip_address == "127.0.0.1"


# accounts.md T206, T214: expired → 401, and nothing is refreshed.
def test_expired_key_is_not_revived_by_its_use(alice: User) -> None:
    secret = key_of(alice, used=None)
    before = row_of(secret)

    assert use(secret, NOON + timedelta(hours=24)) == 200
    Key.objects.filter(pk=before.pk).update(expires_at=before.expires_at, last_used_at=None)
    assert use(secret, NOON + timedelta(hours=24, microseconds=1)) == 401

    after = row_of(secret)
    assert (after.last_used_at, after.expires_at) == (None, before.expires_at)


# A key whose limit is near must not cost a write at each request.
def test_capped_key_is_written_once_an_hour_like_any_other(alice: User) -> None:
    limit = NOON + timedelta(hours=3)
    secret = key_of(alice, expires_at=limit, not_after=limit)

    assert writes(secret, NOON + timedelta(minutes=30)) == []
    assert len(writes(secret, NOON + timedelta(minutes=61))) == 2
    assert row_of(secret).expires_at == limit


def test_limit_above_the_expiry_is_reached_and_not_passed(alice: User) -> None:
    limit = NOON + timedelta(hours=30)
    secret = key_of(alice, not_after=limit)

    use(secret, NOON + timedelta(hours=5))
    assert row_of(secret).expires_at == NOON + timedelta(hours=29)
    use(secret, NOON + timedelta(hours=20))
    assert row_of(secret).expires_at == limit


# authorization.md 3.9: step 12 precedes 15: a suspended user's key still gets its last_used bumped.
def test_suspended_users_key_is_noted_and_refused(alice: User) -> None:
    secret = key_of(alice, used=None)
    User.objects.filter(pk=alice.pk).update(status="suspended")

    assert use(secret, NOON) == 401
    assert row_of(secret).last_used_at == NOON
    User.objects.filter(pk=alice.pk).update(status="active")
    assert use(secret, NOON) == 200


# authorization.md 3.9 rows 4 and 5: the wrong secret of a known key changes nothing.
def test_wrong_secret_changes_nothing(alice: User) -> None:
    secret = key_of(alice, used=None)

    assert use(secret[:11] + "x" * 22, NOON) == 401
    assert row_of(secret).last_used_at is None


# A refresh that judged the key before it was ended must not bring it back.
def test_concurrent_refresh_does_not_undo_an_expiry(alice: User) -> None:
    secret = key_of(alice, used=None, expires_at=NOON + timedelta(hours=2))
    late = find_caller(secret[:10])
    assert late is not None
    key_expire(caller=verify(make_key(alice), address="127.0.0.1"), key_id=secret[:10])

    note_use(late, late.expires_at, NOON + timedelta(minutes=30), "127.0.0.1")

    assert row_of(secret).expires_at == NOON
    assert use(secret, NOON + timedelta(seconds=1)) == 401


def test_expired_by_hand_stays_expired_although_the_clock_turns_back(alice: User) -> None:
    secret = key_of(alice)
    key_expire(caller=verify(make_key(alice), address="127.0.0.1"), key_id=secret[:10])

    use(secret, NOON - timedelta(minutes=5))

    assert row_of(secret).expires_at == NOON
    assert use(secret, NOON + timedelta(seconds=1)) == 401


def test_answer_says_what_was_written(alice: User) -> None:
    secret = key_of(alice, used=None)

    assert Api(secret).get("/users/me").json()["last_seen_at"] == "2026-01-01T12:00:00Z"
    alice.refresh_from_db()
    assert alice.last_seen_at == NOON


def test_listing_shows_the_use_of_the_very_key(alice: User) -> None:
    secret = token(Api(make_key(alice)))

    shown = Api(secret).get(f"/users/me/keys/{secret[:10]}").json()

    assert shown["last_used"] == "2026-01-01T12:00:00Z"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has one lock for all")
def test_busy_database_does_not_turn_a_good_key_away(settings: Settings) -> None:
    user = make_user("busy")
    secret = make_key(user)
    timeout = "SELECT * FROM pragma_busy_timeout"

    with closing(_second_connection()) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        assert Api(secret).get("/users/me").status_code == 200
        assert row_of(secret).last_used_at is None
        blocker.rollback()
    with connection.cursor() as cursor:
        cursor.execute(timeout)
        assert cursor.fetchone()[0] == 20_000
    assert Api(secret).get("/users/me").status_code == 200
    assert row_of(secret).last_used_at == NOON


def _second_connection() -> sqlite3.Connection:
    """Open the test database a second time; it may live in memory."""
    name = str(connection.settings_dict["NAME"])
    return sqlite3.connect(name, uri=name.startswith("file:"), isolation_level=None, timeout=0)
