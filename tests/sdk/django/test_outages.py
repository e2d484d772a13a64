"""What callers are told when coderauth cannot say who they are: 503, and never anything else."""

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx2
import pytest
from coderauth_sdk import Client, Scope

from tests.people import PASSWORD
from tests.processes import Installation
from tests.sdk.clients import Service
from tests.sdk.django.running import NONSENSE, Small, is_called_bad
from tests.sdk.scripted import Answer, scripted
from tests.servers import free_port
from tests.waiting import until

pytestmark = pytest.mark.long

KEY = "cccccccccc-dddddddddddddddddddddd"
ALICE = {
    "active": True,
    "scope": "workspace:read",
    "client_id": "cccccccccc",
    "username": "alice",
    "sub": str(UUID(int=5)),
    "exp": 4_000_000_000,
    "iat": 1_700_000_000,
    "token_type": "Bearer",
}
KNOWN, YES, NO = Answer(200, ALICE), Answer(200, {"0": True}), Answer(200, {"0": False})
LIMITED = Answer(429, {"message": "Slow down."}, {"Retry-After": "7"})
BUSY = Answer(503, {"message": "Busy."}, {"Retry-After": "7"})
NOT_SIGNED_IN = Answer(401, {"message": "No."})


def is_unavailable(answer: httpx2.Response, wait: str = "5") -> bool:
    headers = answer.headers
    return (
        answer.status_code == 503
        and headers.get("Retry-After") == wait
        and "WWW-Authenticate" not in headers
    )


@pytest.mark.parametrize(
    ("answers", "wait"),
    [
        ([Answer(hangs_up=True)], "5"),
        ([Answer(500, {"message": "Oh."})], "5"),
        ([BUSY], "7"),
        ([LIMITED], "7"),
        ([Answer(200, b"<html>")], "5"),
        ([Answer(200, {"active": True})], "5"),
        ([Answer(200, {"hello": "world"})], "5"),
        ([Answer(302, b"", {"Location": "/login"})], "5"),
        ([Answer(404, b"<html>")], "5"),
        ([Answer(403, {"message": "No."})], "5"),
        # The service's own key is no good.
        ([NOT_SIGNED_IN], "5"),
        # It does not see the key, because it may read none.
        ([Answer(200, {"active": False}), NO], "5"),
        # Who it is, it could say.
        ([KNOWN, Answer(hangs_up=True)], "5"),
        ([KNOWN, BUSY], "7"),
        ([KNOWN, Answer(200, {})], "5"),
        ([KNOWN, Answer(400, {"message": "Which?"})], "5"),
        ([KNOWN, NO, BUSY], "7"),
    ],
)
def test_what_is_no_answer_lets_nobody_in_and_calls_no_key_bad(
    running: Small, answers: list[Answer], wait: str
) -> None:
    with scripted(*answers) as server:
        running.configure(URL=server.url, TOKEN="x", CACHE_SECONDS=0)
        answer = running.ask("/workspaces", KEY)
    assert is_unavailable(answer, wait), (answer.status_code, answer.text)
    with scripted(KNOWN, YES) as server:
        running.configure(URL=server.url, TOKEN="x", CACHE_SECONDS=0)
        assert running.ask("/workspaces", KEY).status_code == 200


def test_a_server_that_is_down_lets_nobody_in(running: Small) -> None:
    running.configure(URL=f"http://127.0.0.1:{free_port()}", TOKEN="x")
    assert is_unavailable(running.ask("/workspaces", KEY))
    assert running.ask("/workspaces").status_code == 401


def test_known_callers_are_let_in_for_the_stated_time_while_it_is_down(running: Small) -> None:
    for seconds in (60, 1):
        with scripted(KNOWN, YES) as server:
            running.configure(URL=server.url, TOKEN="x", CACHE_SECONDS=seconds)
            assert running.ask("/workspaces", KEY).status_code == 200
        if seconds == 60:
            assert running.ask("/workspaces", KEY).status_code == 200
            assert is_unavailable(running.ask("/workspaces", KEY, method="POST"))
            assert is_unavailable(running.ask("/workspaces", NONSENSE))
    time.sleep(1)
    assert is_unavailable(running.ask("/workspaces", KEY))


def test_a_slow_server_is_not_waited_for(running: Small) -> None:
    with scripted(Answer(200, ALICE, waits=20)) as server:
        running.configure(URL=server.url, TOKEN="x", TIMEOUT=0.3)
        began = time.monotonic()
        assert is_unavailable(running.ask("/workspaces", KEY))
        assert time.monotonic() - began < 10


def test_a_service_that_is_configured_wrongly_lets_nobody_in(running: Small) -> None:
    for wrong in ({"URL": "nowhere", "TOKEN": "x"}, {"TOKEN": "x"}):
        running.configure(**wrong)
        assert is_unavailable(running.ask("/workspaces", KEY))


def test_a_service_without_the_right_to_ask_says_so(
    small: Small, service: Service, alice: Client
) -> None:
    powerless = alice.tokens.create(scopes=[Scope.API_KEY_READ]).secret
    small.configure(URL=service.url, TOKEN=powerless, CACHE_SECONDS=0, TIMEOUT=30)

    assert is_unavailable(small.ask("/workspaces", NONSENSE))
    assert "it needs api_key:read" in small.log


@pytest.mark.parametrize(("answer", "status"), [(NOT_SIGNED_IN, 401), (LIMITED, 429)])
def test_what_coderauth_says_about_the_caller_is_passed_on(
    running: Small, answer: Answer, status: int
) -> None:
    with scripted(KNOWN, answer) as server:
        running.configure(URL=server.url, TOKEN="x", CACHE_SECONDS=0)
        told = running.ask("/workspaces", KEY)
    assert told.status_code == status
    assert is_called_bad(told) == (status == 401)
    assert told.headers.get("Retry-After") == ("7" if status == 429 else None)


def asked(running: Small, *answers: Answer, times: int = 3, **values: Any) -> list[str]:
    """Return what coderauth is asked while a key is used several times."""
    with scripted(*answers) as server:
        running.configure(URL=server.url, TOKEN="x", **values)
        for _ in range(times):
            running.ask("/workspaces", KEY)
        return [request.rpartition("/")[2] for request in server.requests]


@pytest.mark.parametrize("answer", [LIMITED, BUSY, Answer(hangs_up=True)])
def test_coderauth_is_asked_once_and_the_caller_may_try_again(
    running: Small, answer: Answer
) -> None:
    assert asked(running, answer, times=1) == ["introspect"]
    assert asked(running, KNOWN, answer, times=1) == ["introspect", "authcheck"]


def test_a_good_answer_is_believed_for_a_while(running: Small) -> None:
    assert asked(running, KNOWN, YES, CACHE_SECONDS=60) == ["introspect", "authcheck"]
    again = [one for _ in range(3) for one in (KNOWN, YES)]
    assert asked(running, *again, CACHE_SECONDS=0) == ["introspect", "authcheck"] * 3


def test_a_refusal_is_not_believed_for_a_while(running: Small) -> None:
    own = [Answer(200, {"0": {**WHY, "missing": ["role"]}})] * 2
    answers = [KNOWN, NO, *own, YES]
    assert asked(running, *answers, times=3, CACHE_SECONDS=60) == [
        "introspect", "authcheck", "explain", "explain", "authcheck",
    ]  # fmt: skip
    bad = [Answer(200, {"active": False}), YES, KNOWN, YES]
    assert asked(running, *bad, times=2, CACHE_SECONDS=60) == [
        "introspect", "authcheck", "introspect", "authcheck",
    ]  # fmt: skip


def test_a_key_is_not_believed_beyond_its_end(running: Small) -> None:
    ending = Answer(200, {**ALICE, "exp": int(time.time()) - 1})
    answers = [ending, YES, ending, ending]
    assert asked(running, *answers, CACHE_SECONDS=60).count("introspect") == 3


WHY: Mapping[str, Any] = {
    "allowed": False, "level": None, "permission": None, "negated": False, "role": None,
    "organization": None, "scope": None, "missing": ["scope"], "hint": "Ask.",
}  # fmt: skip


def test_the_service_recovers_with_coderauth(running: Small, migrated: Installation) -> None:
    url = f"http://127.0.0.1:{migrated.port}"
    with migrated.start("serve", "--no-worker") as server:
        server.wait_for("is ready at")
        with Client(url, "") as client:
            client.users.create_first(email="a@example.test", username="ada", password=PASSWORD)
            ada = client.sign_in("a@example.test", PASSWORD)
            own = ada.tokens.create(scopes=[Scope.API_KEY_READ]).secret
            running.configure(URL=url, TOKEN=own, CACHE_SECONDS=0, TIMEOUT=30)
            assert running.ask("/workspaces", ada.token).status_code == 200
    assert is_unavailable(running.ask("/workspaces", ada.token))
    with migrated.start("serve", "--no-worker") as server:
        server.wait_for("is ready at")
        until(lambda: running.ask("/workspaces", ada.token).status_code == 200)
