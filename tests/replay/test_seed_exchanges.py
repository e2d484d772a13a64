"""Replay what was recorded from a server of the seed."""

import pytest
from pytest_django import Settings

from tests.places import ROOT
from tests.replay import deviations
from tests.replay.seed import PREPARE, play, recorded


@pytest.mark.django_db
def test_every_answer_is_the_recorded_one(settings: Settings) -> None:
    play(settings)


def test_names_are_unique_and_every_rule_names_an_exchange_that_is_sent() -> None:
    names = [exchange.name for exchange in recorded()]

    assert len(names) == len(set(names)) == 146
    assert {*deviations.SEED, *PREPARE} <= set(names)


def test_every_deviation_is_written_down_for_users() -> None:
    page = ROOT / "docs" / "compatibility.md"
    text = page.read_text(encoding="utf-8")
    reasons = {one.reason for one in (*deviations.SEED.values(), *deviations.HEAD.values())}

    assert reasons == set(deviations.REASONS)
    assert [reason for reason in sorted(reasons) if f"`{reason}`" not in text] == []
