"""The demo is a company with everything in it, and is made in an empty database only."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Notice, User
from audit.chain import verify
from audit.models import Entry
from scopes.keys.states import state_of
from scopes.models import CustomRole, Group, Key, Membership, Organization, RegisteredObject
from tests.commands import refusal, result, run
from tests.people import Api, is_good, login

pytestmark = pytest.mark.long

NOW = datetime(2026, 3, 4, 15, tzinfo=UTC)


@pytest.fixture
def demo(db: None) -> Any:
    return result("seed_demo")


def test_it_has_a_bit_of_everything(demo: Any) -> None:
    assert 30 <= demo["people"] <= 60
    assert User.objects.filter(is_service_account=True).count() == demo["service_accounts"] > 2
    assert Organization.objects.count() == demo["organizations"] == 4
    assert Group.objects.count() == demo["groups"]
    assert CustomRole.objects.count() == 3
    assert set(User.objects.values_list("status", flat=True)) == {"active", "dormant", "suspended"}
    assert User.objects.filter(is_deleted=True).exists()
    assert Membership.objects.exclude(roles=[]).exists()
    shared = RegisteredObject.objects.exclude(acl_users={}, acl_groups={})
    assert 5 < shared.count() < demo["objects"]


def test_there_are_keys_in_every_state(demo: Any) -> None:
    now = timezone.now()
    keys = list(Key.objects.tokens().judged(now))

    assert {state_of(key, now).words for key in keys} >= {
        "Active", "Ended", "Ends soon", "Full access", "Paused", "Unused", "Unused, full access",
    }  # fmt: skip
    assert any(key.old_valid_until and key.old_valid_until > now for key in keys)
    assert any(key.has_fixed_end and not key.has_expired(now) for key in keys)
    assert any(key.allow_list != ["*:*"] for key in keys)
    assert any(key.uses for key in keys)
    owner = User.objects.get(username=demo["username"])
    assert Key.objects.sessions().filter(user=owner).values("user_agent").distinct().count() > 3


def test_one_signs_in_with_what_it_says(demo: Any) -> None:
    assert login(demo["email"], demo["password"]).status_code == 201
    assert login("grace-okafor@nordlicht.example", demo["password"]).status_code == 201
    assert login(demo["email"], demo["password"] + "x").status_code == 401
    assert is_good(Api(demo["token"]))


def test_its_audit_spans_weeks_and_verifies(demo: Any) -> None:
    verdict = verify()

    assert verdict.is_intact
    assert (verdict.checked, verdict.unsealed) == (demo["audit_entries"], 0)
    times = list(Entry.objects.order_by("sequence").values_list("at", flat=True))
    assert times == sorted(times)
    assert timezone.now() - times[0] > timedelta(weeks=10)
    assert times[-1] <= timezone.now()


def test_nobody_is_written_to_about_it(demo: Any) -> None:
    assert not Notice.objects.exists()


@pytest.mark.parametrize(("seed", "is_same"), [("5", True), ("6", False)])
def test_the_same_number_makes_the_same_company(db: None, seed: str, is_same: bool) -> None:
    with time_machine.travel(NOW, tick=False):
        run("seed_demo", "--seed=5")
        first = _company()
        for model in (RegisteredObject, Key, Group, Membership, CustomRole, User, Organization):
            model._default_manager.all().delete()
        run("seed_demo", f"--seed={seed}")
    assert (_company() == first) is is_same


def _company() -> list[Any]:
    keys = Key.objects.order_by("pk").values_list("pk", "user_id", "name", "created_at")
    return [*User.objects.order_by("pk").values_list("pk", "username"), *keys]


def test_it_is_refused_where_there_are_people(alice: User) -> None:
    assert "There are accounts in this database already" in refusal("seed_demo")
    assert User.objects.get() == alice
    assert result("seed_demo", "--once") == {"made": False}
    assert User.objects.get() == alice


def test_it_says_how_far_it_is_and_how_to_sign_in(db: None) -> None:
    done = run("seed_demo")

    assert "4 of 4 steps: sealed the audit" in done.err
    assert "Sign in at http" in done.out
    assert "olivia-hart@nordlicht.example" in done.out
