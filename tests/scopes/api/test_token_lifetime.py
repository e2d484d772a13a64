from datetime import timedelta
from typing import Any

import pytest
import time_machine
from pytest_django import Settings

from accounts.models import User
from tests.people import Api
from tests.scopes.keyring import at, row_of, token

TOKENS = "/users/me/keys/tokens"
HOUR = 3_600 * 10**9
DAY = 24 * HOUR


def lifetime_refusal(answer: Any) -> str:
    """Return the detail of the refusal of a lifetime."""
    assert answer.status_code == 400
    assert answer.json()["message"] == "Failed to validate create API key request."
    detail: str = answer.json()["detail"]
    return detail


# authorization.md 7.4: 7-day lifetime honoured; authorization.md 3.4: lifetime_seconds = floor to
# seconds.
@pytest.mark.parametrize(
    ("lifetime", "seconds"),
    [(7 * DAY, 604_800), (HOUR, 3_600), (10**9, 1), (1_999_999_999, 1), (HOUR + 1, 3_600)],
)
def test_lifetime_is_honoured(as_alice: Api, lifetime: int, seconds: int) -> None:
    key = row_of(token(as_alice, lifetime=lifetime))

    assert key.lifetime_seconds == seconds
    assert key.expires_at - key.created_at == timedelta(microseconds=lifetime // 1000)


@pytest.mark.parametrize("lifetime", [0, None])
def test_no_lifetime_is_the_default(as_alice: Api, settings: Settings, lifetime: int) -> None:
    settings.DEFAULT_TOKEN_LIFETIME = timedelta(hours=5)

    key = row_of(token(as_alice, lifetime=lifetime))

    assert key.lifetime_seconds == 5 * 3_600


# authorization.md 3.4 step 6: the default is not checked against the maximum.
def test_default_may_exceed_the_maximum(as_alice: Api, settings: Settings) -> None:
    settings.MAX_TOKEN_LIFETIME = timedelta(hours=1)

    assert row_of(token(as_alice)).lifetime_seconds == 604_800


@pytest.mark.parametrize("lifetime", [-1, -HOUR, -(2**63)])
def test_negative_lifetime_is_refused(as_alice: Api, lifetime: int) -> None:
    detail = lifetime_refusal(as_alice.post(TOKENS, {"lifetime": lifetime}))

    assert detail == "lifetime must be positive number greater than 0"


# authorization.md 7.4: 6 days ok, 8 days of a 7-day maximum fails. authorization.md 3.4: equal to
# the maximum is fine.
def test_general_maximum_is_enforced(as_alice: Api, settings: Settings) -> None:
    settings.MAX_TOKEN_LIFETIME = timedelta(days=7)

    for over in (8 * DAY, 7 * DAY + 1, 2**63 - 1):
        detail = lifetime_refusal(as_alice.post(TOKENS, {"lifetime": over}))
        assert detail == "lifetime must be less than 168h0m0s"
    for within in (6 * DAY, 7 * DAY - 1, 7 * DAY):
        assert token(as_alice, lifetime=within)


def test_default_maximum_is_a_hundred_years(as_alice: Api) -> None:
    maximum = as_alice.get(f"{TOKENS}/tokenconfig").json()

    assert maximum["max_token_lifetime"] == 876_600 * HOUR
    secret = token(as_alice, lifetime=876_600 * HOUR)
    assert as_alice.get(f"/users/me/keys/{secret[:10]}").status_code == 200
    assert Api(secret).get("/users/me").status_code == 200
    assert lifetime_refusal(as_alice.post(TOKENS, {"lifetime": 876_600 * HOUR + 1})) == (
        "lifetime must be less than 876600h0m0s"
    )


# authorization.md 7.4: the target's roles decide, in both directions of size.
@pytest.mark.parametrize(("general", "admin"), [(1, 10), (10, 1)])
def test_owner_has_a_maximum_of_their_own(
    as_owner: Api, as_alice: Api, settings: Settings, general: int, admin: int
) -> None:
    settings.MAX_TOKEN_LIFETIME = timedelta(hours=general)
    settings.MAX_ADMIN_TOKEN_LIFETIME = timedelta(hours=admin)

    for api, path, hours in (
        (as_owner, "/users/me", admin),
        (as_alice, "/users/me", general),
        (as_owner, "/users/alice", general),
    ):
        wish = {"lifetime": hours * HOUR}
        found = api.get(f"{path}/keys/tokens/tokenconfig").json()
        assert found["max_token_lifetime"] == found["ceilings"]["max_lifetime"] == hours * HOUR
        assert api.post(f"{path}/keys/tokens", wish).status_code == 201
        assert lifetime_refusal(api.post(f"{path}/keys/tokens", {"lifetime": hours * HOUR + 1}))


@pytest.mark.parametrize("raw", ["1h", 1.5, 1e30, 2**63, -(2**63) - 1, 10**40, True, [1], {}])
def test_lifetime_that_is_no_int64_is_refused(as_alice: Api, raw: Any) -> None:
    answer = as_alice.post(TOKENS, {"lifetime": raw})

    assert answer.status_code == 400
    assert answer.json()["message"] == "Request body must be valid JSON."


# Upstream's quirk (3.4) stores 86400 for less than a second; the first use must not make it a day.
def test_lifetime_below_a_second_is_not_extended_by_its_use(as_alice: Api) -> None:
    with time_machine.travel(at(2026, 3, 1), tick=False):
        secret = token(as_alice, lifetime=999_999_999)
        key = row_of(secret)
        assert key.lifetime_seconds == 86_400
        assert Api(secret).get("/users/me").status_code == 200
    with time_machine.travel(at(2026, 3, 1, 0, 1), tick=False):
        assert Api(secret).get("/users/me").status_code == 401


def test_tokenconfig_hides_people_like_every_other_path(as_alice: Api, owner: User) -> None:
    assert as_alice.get("/users/owner/keys/tokens/tokenconfig").status_code == 400
    assert as_alice.get("/users/me/keys/tokens/tokenconfig").status_code == 200
