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
from tests.lying_provider import KEYS, LyingProvider, bomb, huge
from tests.threads import start
from tests.waiting import PATIENCE, until

# Seconds: long after a short deadline, and long before the usual one here.
SOON = 20
SHORT, USUAL = timedelta(seconds=0.3), timedelta(seconds=60)


@pytest.fixture(autouse=True)
def gate(settings: Any) -> Any:
    """Two may wait at once."""
    settings.THREADS, settings.PROVIDER_TIMEOUT = 4, USUAL
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


def test_a_call_ends_at_its_deadline(settings: Any) -> None:
    settings.PROVIDER_TIMEOUT = SHORT
    with pytest.raises(DomainError) as refusal:
        start(partial(call, asyncio.sleep(USUAL.total_seconds()))).result(SOON)
    assert refusal.value.code == "provider_slow"
    settings.PROVIDER_TIMEOUT = USUAL
    assert call(answer(5)) == 5


def test_even_one_that_does_not_want_to_end(settings: Any) -> None:
    settings.PROVIDER_TIMEOUT = SHORT
    may_end = threading.Event()

    async def stubborn() -> None:
        while not may_end.is_set():
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0.1)

    try:
        with pytest.raises(DomainError) as refusal:
            start(partial(call, stubborn())).result(SOON)
        assert refusal.value.code == "provider_slow"
        settings.PROVIDER_TIMEOUT = USUAL
        assert call(answer(5)) == 5
    finally:
        may_end.set()


def test_half_of_the_threads_stay_free() -> None:
    arrived, may_end = threading.Semaphore(0), threading.Event()

    async def stay() -> int:
        arrived.release()
        while not may_end.is_set():
            await asyncio.sleep(0.01)
        return 1

    waiting = [start(partial(call, stay())) for _ in range(2)]
    try:
        for _ in waiting:
            assert arrived.acquire(timeout=PATIENCE)
        with pytest.raises(Busy):
            call(answer(5))
        assert not any(one.done() for one in waiting)
    finally:
        may_end.set()
    assert [one.result(PATIENCE) for one in waiting] == [1, 1]
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
    ended: list[int] = []

    def has_ended() -> bool:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            ended.append(os.waitstatus_to_exitcode(status))
        return bool(ended)

    until(has_ended)
    assert ended == [0]
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
