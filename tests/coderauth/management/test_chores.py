"""What the worker does beside tasks is named by the settings."""

import time

import pytest
from pytest_django import Settings

from coderauth.management.interruptions import Interruptions
from coderauth.management.worker import Worker
from coderauth.system_checks import settings_name_what_exists

done: list[str] = []


def often() -> None:
    done.append("often")


def seldom() -> None:
    done.append("seldom")


@pytest.mark.django_db
def test_each_chore_is_done_at_once_and_again_when_its_time_has_passed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CHORES = [(f"{__name__}.often", 5.0), (f"{__name__}.seldom", 60.0)]
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    busy = Worker(Interruptions())

    done.clear()
    busy.run_due()
    assert done == ["often", "seldom"]

    now += 4.9
    busy.run_due()
    assert done == ["often", "seldom"]

    now += 0.2
    busy.run_due()
    assert done == ["often", "seldom", "often"]


@pytest.mark.parametrize("name", ["audit.chain.seals", "audit.chains.seal", "seal", "audit.chain"])
def test_a_chore_that_there_is_not_stops_the_start(settings: Settings, name: str) -> None:
    assert settings_name_what_exists(None) == []

    settings.CHORES = [*settings.CHORES, (name, 5.0)]

    (error,) = settings_name_what_exists(None)
    assert (error.id, name in error.msg) == ("coderauth.E002", True)


@pytest.mark.parametrize("setting", ["ORGANIZATION_LOOKUP", "PROVIDER_SESSION_RENEWAL"])
def test_another_function_that_there_is_not_stops_it_too(settings: Settings, setting: str) -> None:
    setattr(settings, setting, "scopes.nowhere.to_be_found")

    assert [error.id for error in settings_name_what_exists(None)] == ["coderauth.E002"]
