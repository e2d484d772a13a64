"""Replay what was recorded from the later commit's server: plural scopes and allow lists."""

import pytest
from pytest_django import Settings

from tests.replay import deviations
from tests.replay.head import LATER, TOO_LONG, play, recorded


@pytest.mark.django_db
def test_every_answer_is_the_recorded_one(settings: Settings) -> None:
    play(settings)


def test_what_is_left_out_is_the_renaming() -> None:
    left_out = [exchange for exchange in recorded() if exchange.name in LATER]

    assert [(one.method, one.path) for one in left_out] == [("PUT", "/api/v2/users/me/profile")]


def test_names_are_unique_and_every_rule_names_an_exchange_that_is_sent() -> None:
    names = [exchange.name for exchange in recorded()]

    assert len(names) == len(set(names)) == 52
    assert set(deviations.HEAD) <= set(names) - LATER
    assert TOO_LONG in names
