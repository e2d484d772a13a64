"""Calls to providers are bounded: in time, in size and in how many threads wait for them."""

import asyncio
import os
import threading
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import httpx2
import pytest

from accounts.providers import calls
from accounts.providers.answers import fetch_object, http_options
from accounts.providers.calls import MAX_BYTES, call
from coderauth.errors import Busy, DomainError
from tests.lying_provider import KEYS, LyingProvider, bomb, drip, huge
from tests.threads import start
from tests.waiting import PATIENCE, until

# Seconds: long after the deadline of a call, and long before what it calls is done.
SOON = 20


@pytest.fixture(autouse=True)
def gate(settings: Any) -> Any:
    """Two may wait at once."""
    settings.THREADS, settings.PROVIDER_TIMEOUT = 4, timedelta(seconds=0.5)
    calls._gate.cache_clear()
    yield
    calls._gate.cache_clear()


async def answer(value: int) -> int:
    await asyncio.sleep(0)
    return value


async def fetch(url: str) -> dict[str, Any]:
    async with httpx2.AsyncClient(**http_options()) as client:
        return await fetch_object(client, url, name="answer")


def test_what_a_call_returns_and_raises_comes_back() -> None:
    async def fail() -> None:
        raise DomainError("userinfo_failed", reason="x")

    assert call(answer(5)) == 5
    with pytest.raises(DomainError, match="user information"):
        call(fail())
    assert call(answer(6)) == 6


def test_a_call_ends_at_its_deadline() -> None:
    with pytest.raises(DomainError) as refusal:
        start(partial(call, asyncio.sleep(60))).result(SOON)
    assert refusal.value.code == "provider_slow"
    assert call(answer(5)) == 5


def test_even_one_that_does_not_want_to_end() -> None:
    may_end = threading.Event()

    async def stubborn() -> None:
        while not may_end.is_set():
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0.1)

    try:
        with pytest.raises(DomainError) as refusal:
            start(partial(call, stubborn())).result(SOON)
        assert refusal.value.code == "provider_slow"
        assert call(answer(5)) == 5
    finally:
        may_end.set()


def test_half_of_the_threads_stay_free(provider: LyingProvider) -> None:
    provider.answers[KEYS] = drip
    waiting = [start(partial(call, fetch(provider.issuer + KEYS))) for _ in range(2)]
    until(lambda: provider.asked[KEYS] == 2)
    with pytest.raises(Busy):
        call(answer(5))
    assert not any(one.done() for one in waiting), "it was told no sooner than the others"
    for one in waiting:
        with pytest.raises(DomainError, match="in time"):
            one.result(PATIENCE)
    assert call(answer(5)) == 5  # What was taken is given back.


def test_many_at_once_do_not_disturb_each_other() -> None:
    def many(values: range) -> list[int]:
        return [call(answer(value)) for value in values]

    halves = [start(partial(many, half)) for half in (range(100), range(100, 200))]
    assert [half.result(PATIENCE) for half in halves] == [[*range(100)], [*range(100, 200)]]


@pytest.mark.parametrize("behaviour", [huge, bomb])
def test_an_answer_ends_at_its_size(provider: LyingProvider, behaviour: Any, settings: Any) -> None:
    settings.PROVIDER_TIMEOUT = timedelta(seconds=10)  # Not at its time, which is another matter.
    provider.answers[KEYS] = behaviour
    with pytest.raises(DomainError) as refusal:
        call(fetch(provider.issuer + KEYS))
    assert refusal.value.code == "provider_malformed"


def test_an_answer_may_be_as_large_as_that(provider: LyingProvider, settings: Any) -> None:
    settings.PROVIDER_TIMEOUT = timedelta(seconds=10)
    body = b'{"a": "' + b"x" * (MAX_BYTES - 9) + b'"}'
    provider.answers[KEYS] = lambda handler: handler.send(200, body)
    assert len(call(fetch(provider.issuer + KEYS))["a"]) == MAX_BYTES - 9
    provider.answers[KEYS] = lambda handler: handler.send(200, body + b" ")
    with pytest.raises(DomainError):
        call(fetch(provider.issuer + KEYS))


def test_nothing_is_asked_for_compressed(provider: LyingProvider) -> None:
    seen: list[str] = []

    def look(handler: Any) -> None:
        seen.append(handler.headers["Accept-Encoding"])
        handler.send_json({})

    provider.answers[KEYS] = look
    call(fetch(provider.issuer + KEYS))
    assert seen == ["identity"]


def test_a_child_of_a_fork_makes_calls_of_its_own() -> None:
    assert call(answer(5)) == 5
    child = os.fork()
    if child == 0:
        os._exit(0 if _works() else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert call(answer(6)) == 6


def _works() -> bool:
    try:
        return call(answer(7)) == 7
    except DomainError:
        return False


def test_one_loop_serves_the_whole_process() -> None:
    def names() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name == "providers"]

    call(answer(1))
    for one in [start(partial(call, answer(value))) for value in range(2)]:
        one.result(PATIENCE)
    assert len(names()) == 1
