"""`manage.py mark_dormant` (accounts.md 1.10)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

import accounts.people.dormancy
from accounts.models import User
from tests.commands import run
from tests.expect import audited, last_entry
from tests.people import PASSWORD, Api, make_user, signed_in

DAY = timedelta(days=1)


def seen(username: str, days: float, **fields: Any) -> User:
    return make_user(username, last_seen_at=timezone.now() - days * DAY, **fields)


def dormant() -> list[str]:
    return list(User.objects.filter(status="dormant").values_list("username", flat=True))


@pytest.fixture
def people(db: None) -> None:
    now = timezone.now()
    seen("recent", 89.9)
    seen("unseen", 90.1)
    make_user("newcomer", created_at=now - 89 * DAY)
    make_user("ghost", created_at=now - 91 * DAY)
    seen("suspended", 100, status="suspended")
    seen("deleted", 100, is_deleted=True)


@pytest.mark.usefixtures("people")
def test_the_unseen_become_dormant_and_nobody_else() -> None:
    _, out, err = run("mark_dormant")

    assert dormant() == ["ghost", "unseen"]
    assert out.startswith("Made 2 users dormant, unseen since 20")
    assert err == "2 of 2 users\n"
    assert User.objects.get(username="suspended").status == "suspended"


@pytest.mark.usefixtures("people")
def test_the_audit_says_that_nobody_did_it() -> None:
    run("mark_dormant")

    assert audited() == [("write", "user", 200)] * 2
    entry = last_entry()
    assert entry.actor_id is None
    assert entry.diff == {"status": {"old": "active", "new": "dormant", "secret": False}}
    assert entry.additional_fields == {
        "automatic_actor": "coder",
        "automatic_subsystem": "dormancy",
    }


@pytest.mark.usefixtures("people")
def test_a_second_run_finds_nobody() -> None:
    run("mark_dormant")

    _, out, err = run("mark_dormant")

    assert (out.partition(",")[0], err) == ("Made 0 users dormant", "")
    assert len(audited()) == 2


@pytest.mark.usefixtures("people")
def test_a_rehearsal_changes_nothing() -> None:
    out = run("mark_dormant", "--dry-run").out

    assert out.startswith("Would make 2 users dormant")
    assert dormant() == []
    assert audited() == []
    result = json.loads(run("mark_dormant", "--dry-run", "--json").out)
    assert (result["dormant"], result["dry_run"]) == (2, True)
    assert json.loads(run("mark_dormant", "--json").out)["dormant"] == 2
    assert dormant() == ["ghost", "unseen"]


@pytest.mark.usefixtures("people")
def test_the_time_is_a_setting(settings: Settings) -> None:
    settings.DORMANCY_AFTER = 80 * DAY

    assert run("mark_dormant").out.startswith("Made 4 users dormant")


def test_many_are_done_in_batches(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts.people.dormancy, "BATCH", 2)
    for number in range(5):
        seen(f"user{number}", 100)

    assert run("mark_dormant").err == "2 of 5 users\n4 of 5 users\n5 of 5 users\n"
    assert len(dormant()) == 5


def test_dormant_people_become_active_by_a_key_or_by_signing_in(db: None) -> None:
    sleeper, other = seen("sleeper", 100), seen("other", 100)
    api = signed_in(sleeper)
    run("mark_dormant")
    assert dormant() == ["other", "sleeper"]

    assert api.get("/users/me").status_code == 200
    body = {"email": other.email, "password": PASSWORD}
    assert Api().post("/users/login", body).status_code == 201

    assert dormant() == []
