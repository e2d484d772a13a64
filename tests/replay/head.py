"""What was recorded from the later commit's server: plural scopes and allow lists."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pytest
from pytest_django import Settings

from tests.replay import deviations
from tests.replay.binder import Binder
from tests.replay.exchange import Exchange, Replay, load

# Left out: it would give alice another name than the following answers show.
LATER: Final = frozenset({"rename oneself (seed allows it, and so do we)"})
TOO_LONG: Final = "token: allow list too long"
OWNER: Final = {"email": "owner@example.test", "password": "Str0ng-Passw0rd!x"}
ALICE: Final = {"email": "alice@example.test", "password": "Str0ng-Passw0rd!a"}


def post(
    replay: Replay, path: str, body: Mapping[str, object], session: str = ""
) -> dict[str, str]:
    """Make a piece of the state that the recording starts from."""
    headers = (("Coder-Session-Token", session),) if session else ()
    request = Exchange("", "POST", path, headers, json.dumps(body), 201, (), "")
    answer = replay.send(request)
    assert answer.status == 201, answer.body
    made: dict[str, str] = json.loads(answer.body)
    return made


def make_people(replay: Replay) -> None:
    """Make owner, their organization, and alice with a session: they are not in the recording."""
    bind = replay.binder.bind
    first = post(replay, "/api/v2/users/first", OWNER | {"username": "owner", "name": "The Owner"})
    bind("owner", first["user_id"])
    bind("org", first["organization_id"])
    owner = post(replay, "/api/v2/users/login", OWNER)["session_token"]
    alice = ALICE | {"username": "alice", "organization_ids": [first["organization_id"]]}
    bind("alice", post(replay, "/api/v2/users", alice, owner)["id"])
    bind("alice-session", post(replay, "/api/v2/users/login", ALICE)["session_token"])


def recorded() -> tuple[Exchange, ...]:
    """Read the recording, with the one request whose middle was cut out made whole."""
    entries = ["workspace:00000000-0000-4000-8000-000000000000"]
    entries += [f"workspace:00000000-0000-4000-8000-{number:012x}" for number in range(1, 129)]
    whole = json.dumps({"allow_list": entries})
    return tuple(
        replace(one, body=whole) if one.name == TOO_LONG else one
        for one in load("exchanges-head.txt")
    )


def play(settings: Settings) -> None:
    """Send all that was recorded, and fail with every answer that is another."""
    settings.RATE_LIMITS_ENABLED = True
    settings.REDIS_URL = ""  # Counters of an earlier run would still stand there.
    replay = Replay(Binder(), deviations.HEAD)
    make_people(replay)
    exchanges = recorded()

    replay.run(exchanges, later=LATER)

    if replay.mismatches:
        pytest.fail(replay.report(), pytrace=False)
    assert {*replay.sent, *LATER} == {exchange.name for exchange in exchanges}
