"""Replay what was recorded from the seed commit's server."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from django.contrib.auth import get_user_model
from pytest_django import Settings

from tests.replay import deviations
from tests.replay.binder import Binder
from tests.replay.exchange import Exchange, Prepare, Replay, load

# Exchanges of endpoints that issue 4 adds. Nothing else is left out.
LATER: Final = frozenset(
    {
        "users: list",
        "users: search",
        "users: bad query",
        "users: unknown filter",
        "users: bad limit",
        "users: as member",
        "roles catalogue",
        "profile",
        "profile: bad name",
        "profile: taken",
        "suspend",
        "suspend: self",
        "activate",
        "delete: self",
        "delete: as member",
        "delete",
    }
)
# Method and path of those endpoints, to hold the list above to them.
LATER_ENDPOINTS: Final = re.compile(
    r"GET /api/v2/users(\?.*)?"
    r"|GET /api/v2/users/roles"
    r"|PUT /api/v2/users/[^/]+/(profile|status/(suspend|activate))"
    r"|DELETE /api/v2/users/[^/]+"
)


def recorded() -> tuple[Exchange, ...]:
    """Read the recording; its server had an OIDC provider, here none is configured."""
    without_oidc = deviations.changed('"oidc":{"enabled":true', '"oidc":{"enabled":false')
    return tuple(
        replace(one, answer_body=without_oidc(one.answer_body))
        if one.name == "sign-in methods"
        else one
        for one in load("exchanges.txt")
    )


def alice_is_seen(replay: Replay) -> None:
    """Do what "users: as member" did: the first request of alice's session.

    Before it, "users: search" showed her signed in and yet never seen.
    """
    search = next(one for one in recorded() if one.name == "users: search")
    user = search.answer_body.removeprefix('{"users":[').removesuffix('],"count":1}')
    replay.check(replace(search, path="/api/v2/users/alice", answer_body=user))
    replay.send(request("GET", "/api/v2/users/me", "<alice-session>"))


def alice_is_suspended(replay: Replay) -> None:
    get_user_model().objects.filter(username="alice").update(status="suspended")


def alice_is_deleted(replay: Replay) -> None:
    get_user_model().objects.filter(username="alice").update(is_deleted=True)


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


# What the exchanges that are left out did to the state, done before the exchange that shows it.
PREPARE: Final[Mapping[str, Prepare]] = {
    "user by name": alice_is_seen,
    "suspended: me": alice_is_suspended,
    "deleted: by name": alice_is_deleted,
    "sign in: too often": sign_in_limit_is_reached,
}


def request(method: str, path: str, session: str, body: str = "") -> Exchange:
    """Build a request that is not in the recording."""
    headers = (("Coder-Session-Token", session),)
    return Exchange("", method, path, headers, body, 200, (), "")


@pytest.mark.django_db
def test_every_answer_is_the_recorded_one(settings: Settings) -> None:
    settings.RATE_LIMITS_ENABLED = True
    settings.REDIS_URL = ""  # Counters of an earlier run would still stand there.
    replay = Replay(Binder(), deviations.SEED, PREPARE)
    exchanges = recorded()

    replay.run(exchanges, later=LATER)

    if replay.mismatches:
        pytest.fail(replay.report(), pytrace=False)
    assert {*replay.sent, *LATER} == {exchange.name for exchange in exchanges}


def test_what_is_left_out_are_the_endpoints_of_a_later_issue() -> None:
    exchanges = recorded()
    later = {one.name for one in exchanges if LATER_ENDPOINTS.fullmatch(f"{one.method} {one.path}")}

    assert later == LATER


def test_names_are_unique_and_every_rule_names_an_exchange_that_is_sent() -> None:
    names = [exchange.name for exchange in recorded()]

    assert len(names) == len(set(names)) == 146
    assert {*deviations.SEED, *PREPARE} <= set(names) - LATER


def test_every_deviation_is_written_down_for_users() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "compatibility.md"
    text = page.read_text(encoding="utf-8")
    reasons = {one.reason for one in (*deviations.SEED.values(), *deviations.HEAD.values())}

    assert reasons == set(deviations.REASONS)
    assert [reason for reason in sorted(reasons) if f"`{reason}`" not in text] == []
