"""`manage.py prune`: what is over goes, and what is sealed stays verifiable."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from audit import retention
from audit.chain import seal, verify
from audit.models import Entry
from coderauth.management.interruptions import Interruptions
from coderauth.management.worker import Worker
from coderauth.models import RateWindow
from scopes.models import Key
from tests.audit.entries import make_sealed, tamper
from tests.commands import printed
from tests.people import Api, is_good, make_key

pytestmark = pytest.mark.django_db


def make_old(count: int, days: int) -> None:
    at = timezone.now() - timedelta(days=days)
    for number in range(count):
        Entry.objects.create(at=at, action="write", resource_type="user", resource_id=str(number))


def test_pruned_audit_stays_verifiable(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    settings.AUDIT_RETENTION = timedelta(days=30)
    make_old(5, days=31)
    make_sealed(3)

    numbers = json.loads(printed("prune", "--json"))

    assert numbers["audit_entries"] == 5
    assert Entry.objects.filter(action="delete", resource_type="audit_log").count() == 1
    seal()
    verdict = verify()
    assert verdict.is_intact
    assert (verdict.anchor_sequence, verdict.checked) == (5, 4)

    tamper("DELETE FROM audit_entry WHERE sequence = 6")

    assert verify().first_bad == 6


def test_audit_is_kept_for_ever_by_default() -> None:
    make_old(2, days=4000)

    assert json.loads(printed("prune", "--json"))["audit_entries"] == 0
    assert Entry.objects.count() == 2


# Retention must not tidy the traces of tampering away.
def test_prune_stops_at_a_gap(settings: Settings) -> None:
    settings.AUDIT_RETENTION = timedelta(days=30)
    make_old(4, days=31)
    seal()
    tamper("DELETE FROM audit_entry WHERE sequence = 3")

    printed("prune")

    assert verify().first_bad == 3


def test_prune_forgets_keys_that_ended_long_ago_and_says_so(
    settings: Settings, alice: User
) -> None:
    settings.EXPIRED_KEY_RETENTION = timedelta(days=30)
    ended: dict[str, Any] = {"expires_at": timezone.now() - timedelta(days=31)}
    recent: dict[str, Any] = {"expires_at": timezone.now() - timedelta(days=29)}
    make_key(alice, **ended)
    kept = {make_key(alice, **recent)[:10], make_key(alice)[:10]}

    assert "expired keys: 1 deleted" in printed("prune")

    assert set(Key.objects.values_list("pk", flat=True)) == kept
    entry = Entry.objects.get(action="delete", resource_type="api_key")
    assert entry.additional_fields["deleted"] == 1


def test_prune_forgets_past_limits() -> None:
    RateWindow.objects.create(key="x", window_at=1, current_hits=1, previous_hits=0)

    assert json.loads(printed("prune", "--json"))["rate_windows"] == 1
    assert RateWindow.objects.count() == 0


def test_unused_tokens_expire_once_they_are_listed(alice: User, settings: Settings) -> None:
    settings.UNUSED_KEYS_EXPIRE_AFTER = timedelta(days=90)
    old, new = timezone.now() - timedelta(days=91), timezone.now() - timedelta(days=89)
    far: dict[str, Any] = {"login_type": "token", "expires_at": timezone.now() + timedelta(days=9)}
    never_used = make_key(alice, **far, created_at=old, name="never-used")
    unused = make_key(alice, **far, created_at=old, last_used_at=old, name="unused")
    kept = [
        make_key(alice, **far, created_at=old, last_used_at=new),
        make_key(alice, **far, created_at=new),
        make_key(alice, **far, created_at=old, rotated_at=new),
        make_key(alice, **far, created_at=old, paused_at=new),
        make_key(alice, created_at=old, expires_at=far["expires_at"]),
    ]

    listed = json.loads(printed("prune", "--dry-run", "--json"))["unused_keys"]
    assert {key["token_name"] for key in listed} == {"never-used", "unused"}
    assert {key["username"] for key in listed} == {"alice"}
    assert "2 unused tokens would expire." in printed("prune", "--dry-run")
    assert is_good(Api(unused))

    Key.objects.filter(pk=unused[:10]).update(last_used_at=old)
    assert json.loads(printed("prune", "--json"))["unused_keys_expired"] == 2
    assert not is_good(Api(unused))
    assert not is_good(Api(never_used))
    assert [is_good(Api(key)) for key in kept] == [True, True, True, False, True]
    entries = Entry.objects.filter(additional_fields__unused=True)
    assert {entry.resource_target for entry in entries} == {"never-used", "unused"}
    assert all("expires_at" in entry.diff for entry in entries)


def test_no_token_expires_unused_by_default(alice: User) -> None:
    make_key(alice, login_type="token", created_at=timezone.now() - timedelta(days=4000))
    assert json.loads(printed("prune", "--json"))["unused_keys_expired"] == 0
    assert "No token expires unused" in printed("prune", "--dry-run")


def test_the_worker_does_the_same(alice: User, settings: Settings) -> None:
    long_ago = timezone.now() - timedelta(days=31)
    ended = make_key(alice, expires_at=long_ago)[:10]
    unused = make_key(alice, login_type="token", created_at=long_ago, last_used_at=long_ago)
    make_old(2, days=31)

    Worker(Interruptions()).run_due()

    assert not Key.objects.filter(pk=ended).exists()
    assert is_good(Api(unused))
    old_entries = Entry.objects.filter(action="write", resource_type="user")
    assert old_entries.count() == 2

    Key.objects.filter(pk=unused[:10]).update(last_used_at=long_ago)
    settings.UNUSED_KEYS_EXPIRE_AFTER = settings.AUDIT_RETENTION = timedelta(days=30)
    Worker(Interruptions()).run_due()

    assert not is_good(Api(unused))
    assert not old_entries.exists()
