"""What a key that is accepted changes, and who its caller is (accounts.md 1.10, 6.14)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

import scopes.keys.use
from accounts.models import User
from coderauth.errors import Unauthenticated
from scopes.callers import find_caller
from scopes.keys.issuing import session_key_issue
from scopes.models import CustomRole, Key
from scopes.organizations.selectors import default_organization
from tests.expect import audited, document, last_entry
from tests.people import Api, make_key, make_user, signed_in
from tests.scopes.keyring import get, whose


# accounts.md T207
def test_a_fresh_key_is_noted_and_not_extended(alice: User) -> None:
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False) as clock:
        token = make_key(alice)
        before = Key.objects.get()
        clock.shift(1)
        answer = get(Coder_Session_Token=token)
        key = Key.objects.get()
        assert key.expires_at == before.expires_at
        assert key.last_used_at == datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert document(answer)["last_seen_at"] == "2026-01-01T00:00:01Z"
    assert document(answer)["updated_at"] == "2026-01-01T00:00:01Z"


# accounts.md T210, T218
def test_use_is_noted_at_most_once_an_hour_with_the_address(alice: User) -> None:
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False) as clock:
        token = make_key(alice, lifetime=timedelta(days=7))
        used: list[Any] = []
        for shift, address in ((0, "192.0.2.1"), (3600, "192.0.2.2"), (1, "192.0.2.3")):
            clock.shift(shift)
            Client(REMOTE_ADDR=address).get(
                "/api/v2/users/me", headers={"Coder-Session-Token": token}
            )
            key = Key.objects.get()
            used.append((key.last_used_at, key.ip_address))
        start = datetime(2026, 1, 1, tzinfo=UTC)
        assert used[:2] == [(start, "192.0.2.1")] * 2
        assert used[2] == (start + timedelta(seconds=3601), "192.0.2.3")
        alice.refresh_from_db()
        assert alice.last_seen_at == alice.updated_at == used[2][0]


# accounts.md T210, T211: with a lifetime of a day the expiry moves from the first hour on.
def test_the_expiry_slides_once_an_hour_of_it_is_used(alice: User) -> None:
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False) as clock:
        token = make_key(alice, last_used_at=datetime(2026, 1, 1, tzinfo=UTC))
        first = Key.objects.get().expires_at
        clock.shift(3599)
        get(Coder_Session_Token=token)
        assert Key.objects.get().expires_at == first
        clock.shift(1)
        get(Coder_Session_Token=token)
        key = Key.objects.get()
    assert key.expires_at == first + timedelta(hours=1)
    assert key.last_used_at == datetime(
        2026, 1, 1, tzinfo=UTC
    )  # accounts.md T211: not touched by that.


# accounts.md T212
def test_the_expiry_stays_when_sliding_is_off(alice: User, settings: Settings) -> None:
    settings.SESSION_EXPIRY_REFRESH = False
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False) as clock:
        token = make_key(alice)
        first = Key.objects.get().expires_at
        clock.shift(hours := 23 * 3600)
        get(Coder_Session_Token=token)
        key = Key.objects.get()
    assert key.expires_at == first
    assert key.last_used_at == datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=hours)


def test_a_key_of_less_than_an_hour_never_slides(alice: User) -> None:
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False) as clock:
        token = make_key(alice, lifetime=timedelta(minutes=59))
        first = Key.objects.get().expires_at
        clock.shift(58 * 60)
        assert get(Coder_Session_Token=token).status_code == 200
        assert Key.objects.get().expires_at == first


# A key made by a narrowed key never outlives it.
def test_the_expiry_does_not_slide_beyond_its_end(alice: User) -> None:
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False) as clock:
        token = make_key(alice)
        end = Key.objects.get().expires_at + timedelta(minutes=5)
        Key.objects.update(not_after=end)
        clock.shift(12 * 3600)
        get(Coder_Session_Token=token)
        assert Key.objects.get().expires_at == end


def test_a_refusal_notes_nothing(alice: User) -> None:
    key_id, _ = make_key(alice).split("-")
    get(Coder_Session_Token=f"{key_id}-{'b' * 22}")
    assert Key.objects.get().last_used_at is None


# accounts.md T214
def test_an_expired_key_of_a_provider_stays_as_it_is(alice: User) -> None:
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False) as clock:
        token = make_key(alice, login_type="oidc", lifetime=timedelta(hours=1))
        before = Key.objects.values().get()
        clock.shift(3601)
        assert "expired at" in document(get(Coder_Session_Token=token))["detail"]
        assert Key.objects.values().get() == before


def test_a_database_that_cannot_note_the_use_lets_the_key_through(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = make_key(alice)

    def locked(*args: object) -> None:
        raise DatabaseError("database is locked")

    monkeypatch.setattr(scopes.keys.use._ShortWait, "__enter__", locked)
    assert get(Coder_Session_Token=token).status_code == 200
    assert Key.objects.get().last_used_at is None


# A password change takes the user before the keys: the same order cannot deadlock.
def test_the_user_is_written_before_the_key(alice: User) -> None:
    token = make_key(alice)
    with CaptureQueriesContext(connection) as queries:
        get(Coder_Session_Token=token)
    written = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    assert ["accounts_user" in sql for sql in written] == [True, False]


# accounts.md T220
def test_a_token_behaves_like_a_session(alice: User) -> None:
    token = make_key(alice, login_type="token", name="ci")
    assert whose(get(Authorization=f"Bearer {token}")) == "alice"


# accounts.md T023, T250 (the way back)
def test_a_dormant_user_wakes_by_showing_up(alice: User) -> None:
    token = make_key(alice)
    User.objects.filter(pk=alice.pk).update(status="dormant")
    assert document(get(Coder_Session_Token=token))["status"] == "active"
    assert audited() == [("write", "user", 200)]
    entry = last_entry()
    assert (entry.actor_id, entry.resource_target) == (alice.pk, "alice")
    assert entry.additional_fields == {
        "automatic_actor": "coder",
        "automatic_subsystem": "dormancy",
    }
    get(Coder_Session_Token=token)
    assert len(audited()) == 1


# accounts.md T208
def test_a_scoped_key_in_the_cookie_is_accepted_with_its_scope(alice: User) -> None:
    token = make_key(alice, login_type="token", name="x", scopes=["coder:application_connect"])
    cookie = f"coder_session_token={token}"
    assert get(Cookie=cookie).status_code == 404  # Known, but may not read its user.
    caller = find_caller(token.split("-")[0])
    assert caller is not None
    assert list(caller.scopes) == ["coder:application_connect"]


# accounts.md T221, T222, T223
def test_the_caller_holds_stored_and_implied_roles_and_no_unknown_ones(db: None) -> None:
    CustomRole.objects.create(
        name="reviewer",
        organization=default_organization(),
        permissions=[{"resource_type": "template", "action": "read"}],
    )
    user = make_user(
        "bob",
        roles=["auditor", "gone"],
        organization_roles=["organization-admin", "reviewer", "gone-too"],
    )
    caller = find_caller(make_key(user).split("-")[0])
    assert caller is not None
    assert caller.subject  # Preparing it drops what no longer exists.
    assert list(caller.site_roles) == ["auditor", "gone"]
    assert signed_in(user).get("/users/me").status_code == 200


# accounts.md H16: a request in flight must not make a key that outlives the one it came with.
@pytest.mark.parametrize("ended", ["deleted", "expired", "not at all"])
def test_a_key_that_ended_meanwhile_issues_nothing(alice: User, ended: str) -> None:
    caller = find_caller(make_key(alice).split("-")[0])
    assert caller is not None
    if ended == "deleted":
        Key.objects.all().delete()
    elif ended == "expired":
        Key.objects.update(expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    count = Key.objects.count()
    if ended == "not at all":
        assert session_key_issue(caller=caller, user=alice, address="192.0.2.1", way="api")
        return
    with pytest.raises(Unauthenticated) as refusal:
        session_key_issue(caller=caller, user=alice, address="192.0.2.1", way="api")
    assert refusal.value.code == {"deleted": "unknown_key", "expired": "expired_key"}[ended]
    assert Key.objects.count() == count
    assert audited() == []


def test_a_signed_in_client_reads_itself(as_alice: Api) -> None:
    assert whose(as_alice.get("/users/me")) == "alice"
