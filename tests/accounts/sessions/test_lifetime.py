"""A session slides while it is used, but not for ever."""

from datetime import timedelta

import pytest
import time_machine
from pytest_django import Settings

from accounts.models import User
from scopes.models import Key
from tests.expect import document
from tests.people import PASSWORD, Api

START = "2026-01-01T00:00:00Z"


def lasts(alice: User, *, hours: int, token: str = "") -> bool:
    """Say whether a session that is used every hour still opens after so many."""
    with time_machine.travel(START, tick=False) as clock:
        answer = Api().post("/users/login", {"email": alice.email, "password": PASSWORD})
        session = Api(document(answer)["session_token"])
        if token:
            session = Api(document(session.post(token))["key"])
        for _ in range(hours):
            if session.get("/users/me").status_code != 200:
                return False
            clock.shift(timedelta(hours=1))
        return bool(session.get("/users/me").status_code == 200)


@pytest.mark.parametrize("token", ["", "/users/me/keys"], ids=["sign-in", "session key"])
def test_a_session_ends_for_good(alice: User, settings: Settings, token: str) -> None:
    settings.SESSION_DURATION = timedelta(hours=3)
    settings.DEFAULT_TOKEN_LIFETIME = timedelta(hours=3)
    settings.MAX_SESSION_LIFETIME = timedelta(hours=10)
    assert lasts(alice, hours=9, token=token)
    Key.objects.all().delete()
    assert not lasts(alice, hours=11, token=token)


def test_it_slides_on_where_no_end_is_set(alice: User, settings: Settings) -> None:
    settings.SESSION_DURATION = timedelta(hours=3)
    settings.MAX_SESSION_LIFETIME = None
    assert lasts(alice, hours=40)


@pytest.mark.parametrize("name", ["coder_session_token", "access_token"])
def test_tokens_in_the_address_can_be_refused(
    as_alice: Api, anonymous: Api, settings: Settings, name: str
) -> None:
    path = f"/users/me?{name}={as_alice.token}"
    assert anonymous.get(path).status_code == 200
    settings.TOKENS_IN_QUERY = False
    assert anonymous.get(path).status_code == 401
    assert as_alice.get("/users/me").status_code == 200
