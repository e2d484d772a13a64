"""What was recorded from a server of the seed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pytest
from pytest_django import Settings

from tests.replay import deviations
from tests.replay.binder import Binder
from tests.replay.exchange import Exchange, Prepare, Replay, load


def recorded() -> tuple[Exchange, ...]:
    """Read the recording; its server had an OIDC provider, here none is configured."""
    without_oidc = deviations.changed('"oidc":{"enabled":true', '"oidc":{"enabled":false')
    return tuple(
        replace(one, answer_body=without_oidc(one.answer_body))
        if one.name == "sign-in methods"
        else one
        for one in load("exchanges.txt")
    )


def sign_in_limit_is_reached(replay: Replay) -> None:
    """Sign in wrongly until the limit of 60 a minute refuses; the sequence has used some of it.

    Twice the limit is enough even when a new minute begins in between.
    """
    wrong = next(one for one in recorded() if one.name == "sign in: wrong password")
    for _ in range(120):
        status = replay.send(wrong).status
        if status == 429:
            return
        if status != 401:
            raise AssertionError(f"a wrong password was answered with {status}")
    raise AssertionError("120 wrong passwords in a row were all looked at")


# What else happened to the state before an exchange that shows it.
PREPARE: Final[Mapping[str, Prepare]] = {
    "sign in: too often": sign_in_limit_is_reached,
}


def play(settings: Settings) -> None:
    """Send all that was recorded, and fail with every answer that is another."""
    settings.RATE_LIMITS_ENABLED = True
    settings.REDIS_URL = ""  # Counters of an earlier run would still stand there.
    replay = Replay(Binder(), deviations.SEED, PREPARE)
    exchanges = recorded()

    replay.run(exchanges)

    if replay.mismatches:
        pytest.fail(replay.report(), pytrace=False)
    assert set(replay.sent) == {exchange.name for exchange in exchanges}
