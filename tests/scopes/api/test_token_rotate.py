"""Rotating a token: a new secret, and some time for the old one (decision D23)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from audit.models import Entry
from scopes.keys import rotating
from scopes.keys.minting import grace_of
from scopes.models import Key
from tests.expect import SIGNED_OUT, refused
from tests.people import Api, is_good, make_key, signed_in
from tests.scopes.keyring import narrowed, row_of, token

MESSAGE = "Failed to rotate API key."
HOUR = 3_600_000_000_000


def ask(api: Api, key: str, body: Any = None) -> Any:
    return api.post(f"/users/me/keys/{key[:10]}/rotate", {} if body is None else body)


def rotate(api: Api, key: str, **body: Any) -> str:
    answer = ask(api, key, body)
    assert answer.status_code == 201, answer.content
    secret: str = answer.json()["key"]
    return secret


def test_a_rotated_key_is_the_same_key_with_another_secret(as_alice: Api) -> None:
    old = token(as_alice, token_name="ci", scopes=["user:read"], allow_list=["user:*"])
    before = as_alice.get(f"/users/me/keys/{old[:10]}").json()
    assert (before["rotated_at"], before["old_valid_until"]) == (None, None)

    new = rotate(as_alice, old, grace=HOUR)

    assert new[:11] == old[:11]
    assert new != old
    after = as_alice.get(f"/users/me/keys/{old[:10]}").json()
    for name in ("id", "token_name", "scopes", "allow_list", "created_at", "lifetime_seconds"):
        assert after[name] == before[name]
    assert after["rotated_at"]
    assert after["old_valid_until"] > after["rotated_at"]


def test_both_secrets_work_until_the_grace_is_over(as_alice: Api) -> None:
    old = token(as_alice)
    new = rotate(as_alice, old, grace=HOUR)
    assert is_good(Api(old))
    assert is_good(Api(new))
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert not is_good(Api(old))
        assert is_good(Api(new))


def test_without_grace_the_old_secret_ends_at_once(as_alice: Api) -> None:
    old = token(as_alice)
    answer = ask(as_alice, old, {"grace": 0})
    assert answer.json()["old_valid_until"] is None
    assert answer.headers["Cache-Control"] == "no-store"
    refused(Api(old).get("/users/me"), 401, SIGNED_OUT, detail="API key secret is invalid.")
    assert is_good(Api(answer.json()["key"]))
    assert row_of(old).old_hashed_secret is None


def test_the_grace_is_the_deployments_unless_one_is_asked_for(
    as_alice: Api, settings: Settings
) -> None:
    settings.ROTATION_GRACE = timedelta(hours=2)
    old = token(as_alice)
    rotate(as_alice, old)
    until = row_of(old).old_valid_until
    assert until is not None
    assert timedelta(minutes=119) < until - timezone.now() <= timedelta(hours=2)


@pytest.mark.parametrize("grace", [-1, 7 * 24 * HOUR + 1000])
def test_a_grace_beyond_the_longest_is_refused(as_alice: Api, grace: int) -> None:
    secret = token(as_alice)
    refused(ask(as_alice, secret, {"grace": grace}), 400, MESSAGE,
            detail="grace must be between 0 and 168h0m0s")  # fmt: skip
    assert is_good(Api(secret))
    assert ask(as_alice, secret, {"grace": 7 * 24 * HOUR}).status_code == 201


def test_rotating_again_ends_the_oldest_secret(as_alice: Api) -> None:
    first = token(as_alice)
    second = rotate(as_alice, first, grace=HOUR)
    third = rotate(as_alice, first, grace=HOUR)
    assert [is_good(Api(secret)) for secret in (first, second, third)] == [False, True, True]


def test_rotation_moves_no_fixed_end_and_begins_another_anew(as_alice: Api) -> None:
    fixed = token(as_alice, lifetime=24 * HOUR, renews=False)
    sliding = token(as_alice, lifetime=24 * HOUR)
    ends = row_of(fixed).expires_at, row_of(sliding).expires_at
    with time_machine.travel(timezone.now() + timedelta(hours=20)):
        fresh = signed_in(User.objects.get(username="alice"))
        rotate(fresh, fixed)
        rotate(fresh, sliding)
    assert row_of(fixed).expires_at == ends[0]
    assert row_of(sliding).expires_at > ends[1] + timedelta(hours=19)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"login_type": "password"}, "It is a session; sign in again instead."),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "It has expired; make another one."),
        ({"paused_at": timezone.now()}, "It is paused; resume it first."),
    ],
)
def test_a_secret_not_worth_renewing_is_not_renewed(
    alice: User, row: dict[str, Any], reason: str
) -> None:
    secret = make_key(alice, **{"login_type": "token", **row})
    refused(ask(signed_in(alice), secret), 409, MESSAGE, detail=reason)
    assert row_of(secret).rotated_at is None
    assert ask(signed_in(alice), make_key(alice, login_type="token")).status_code == 201


def test_a_narrowed_key_rotates_itself_and_what_it_made_and_no_other(alice: User) -> None:
    api = narrowed(alice, "api_key:*", "user:read", login_type="token", name="own")
    child = token(api, scopes=["user:read"])
    other = make_key(alice, login_type="token")
    refused(ask(api, other), 403, MESSAGE, detail="A narrowed key rotates itself and the keys that "
            "it made, and no other.")  # fmt: skip
    assert ask(api, child).status_code == 201
    assert ask(api, api.token).status_code == 201
    assert ask(signed_in(alice), other).status_code == 201


def test_strangers_find_no_such_key(alice: User, as_mallory: Api) -> None:
    secret = make_key(alice, login_type="token")
    assert ask(as_mallory, secret).status_code == 404
    assert ask(narrowed(alice, "api_key:read", "user:read"), secret).status_code == 404
    assert is_good(Api(secret))


def test_use_of_the_old_secret_is_told_apart_once(as_alice: Api) -> None:
    old = token(as_alice)
    is_good(Api(old))
    new = rotate(as_alice, old, grace=HOUR)
    entries = Entry.objects.filter(additional_fields={"old_secret": True})
    is_good(Api(new))
    assert entries.count() == 0
    for _ in range(3):
        assert is_good(Api(old))
    entry = entries.get()
    assert (entry.action, entry.resource_type, entry.key_id) == ("write", "api_key", old[:10])
    rotate(as_alice, old, grace=HOUR)
    is_good(Api(new))
    assert entries.count() == 2


def test_rotation_is_recorded_without_a_secret(as_alice: Api) -> None:
    old = token(as_alice)
    new = rotate(as_alice, old)
    entry = Entry.objects.filter(status_code=201, action="write").get()
    assert set(entry.diff) == {"rotated_at", "expires_at"}
    for secret in (old, new):
        assert secret[11:] not in str((entry.diff, entry.additional_fields))


def test_a_secret_that_ended_while_its_request_waited_does_not_act(
    as_alice: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = token(as_alice)
    plan = grace_of

    def meanwhile(grace: int | None) -> timedelta:
        monkeypatch.setattr(rotating, "grace_of", plan)
        rotate(as_alice, old, grace=0)
        return plan(grace)

    monkeypatch.setattr(rotating, "grace_of", meanwhile)
    refused(ask(Api(old), old), 401, SIGNED_OUT, detail="API key secret is invalid.")
    assert Key.objects.filter(rotated_at__isnull=False).count() == 1
