"""`manage.py audit` and `manage.py prune`."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from audit import retention
from audit.chain import seal, verify
from audit.models import Entry
from coderauth.models import RateWindow
from scopes.models import Key
from scopes.organizations.selectors import default_organization
from tests.audit.entries import make_entries, make_sealed, tamper
from tests.commands import printed, run
from tests.people import make_key

pytestmark = pytest.mark.django_db


def make_old(count: int, days: int) -> None:
    at = timezone.now() - timedelta(days=days)
    for number in range(count):
        Entry.objects.create(at=at, action="write", resource_type="user", resource_id=str(number))


def test_verify_ends_with_one_and_names_the_entry_that_was_changed() -> None:
    make_sealed(3)
    make_entries(1)
    status, text, _ = run("audit", "verify")
    assert status == 0
    assert "intact: 3 entries checked" in text
    assert "1 not sealed yet" in text

    tamper("UPDATE audit_entry SET resource_target = 'x' WHERE sequence = 2")

    status, text, _ = run("audit", "verify")
    assert (status, text.splitlines()[0]) == (1, "broken: entry 2: it was changed")
    status, text, _ = run("audit", "verify", "--json")
    document = json.loads(text)
    assert (status, document["intact"], document["first_bad"]) == (1, False, 2)


def test_verify_compares_with_a_noted_hash() -> None:
    rows = make_sealed(2)

    assert run("audit", "verify", "--known", f"2:{rows[1].hash}").status == 0
    assert run("audit", "verify", "--known", f"2:{rows[0].hash}").status == 1
    with pytest.raises(CommandError, match="NUMBER:HASH"):
        run("audit", "verify", "--known", "2")


def test_list_shows_who_did_what(alice: User) -> None:
    make_entries(2, actor_id=alice.pk)
    make_entries(1, resource_type="group", resource_target="devs")

    assert printed("audit", "list", "-q", "resource_type:group").endswith("-  write group devs\n")
    assert printed("audit", "list", "-q", "username:alice").count("alice  write user") == 2
    assert len(json.loads(printed("audit", "list", "--json", "--limit", "2"))) == 2


@pytest.mark.parametrize("name", ["{id}", "coder", "Coder", "default"])
def test_list_finds_an_organization_as_a_path_of_the_api_does(name: str) -> None:
    home = default_organization()
    make_entries(1, resource_target="here", organization_id=home.pk)
    make_entries(1, resource_target="elsewhere")

    listed = printed("audit", "list", "-q", f"organization:{name.format(id=home.pk)}")

    assert listed.endswith("-  write user here\n")
    assert listed.count("\n") == 1
    assert printed("audit", "list", "-q", "organization:nowhere") == ""


@pytest.mark.parametrize("args", [("-q", "colour:red"), ("--limit", "0")])
def test_list_refuses_what_makes_no_sense(args: tuple[str, ...]) -> None:
    with pytest.raises(CommandError) as refused:
        printed("audit", "list", *args)

    assert refused.value.returncode == 2


def test_export_writes_each_entry_as_a_line_oldest_first() -> None:
    rows = make_sealed(1200, diff={"a": {"old": 1, "new": 2, "secret": False}})

    lines = [json.loads(line) for line in printed("audit", "export").splitlines()]

    assert [line["sequence"] for line in lines] == list(range(1, 1201))
    assert [line["hash"] for line in lines] == [row.hash for row in rows]


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
