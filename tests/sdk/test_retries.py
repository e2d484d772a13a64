"""What is sent again, after how long, and what never is."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from coderauth_sdk import (
    NO_RETRIES,
    AsyncClient,
    ConnectionFailed,
    RateLimited,
    Retries,
    ServerError,
)
from coderauth_sdk.retries import read_retry_after

from tests.processes import Installation, installation
from tests.sdk.clients import opened
from tests.sdk.scripted import BUILD, Answer, Scripted, scripted

pytestmark = pytest.mark.anyio
FINE = Answer(200, BUILD)
# Seconds: what a busy machine takes for what takes none, far below any other wait.
SOON = 20
HANGS_UP = Answer(hangs_up=True)


def limited(retry_after: str | None = "1") -> Answer:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Answer(429, {"message": "Slow down."}, headers)


async def get(kind: str, server: Scripted, **options: Any) -> Any:
    async with opened(kind, server.url, "", **options) as client:
        return await client.build_info()


async def post(kind: str, server: Scripted, **options: Any) -> Any:
    async with opened(kind, server.url, "", **options) as client:
        return await client.passwords.validate("x")


async def test_the_client_waits_as_long_as_it_is_told(kind: str) -> None:
    with scripted(limited("1"), limited("0"), FINE) as server:
        began = time.monotonic()
        assert (await get(kind, server)).version == "v1"
        assert 1 <= time.monotonic() - began < SOON
    assert len(server.requests) == 3


async def test_it_waits_until_a_date(kind: str) -> None:
    date = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    with scripted(limited(format_datetime(date)), FINE) as it:
        assert await get(kind, it)
    assert date <= datetime.now(UTC) < date + timedelta(seconds=SOON)


async def test_what_was_limited_is_sent_again_even_if_it_changes_something(kind: str) -> None:
    with scripted(limited("0"), Answer(200, {"valid": True, "details": ""})) as server:
        assert (await post(kind, server)).valid
    assert len(server.requests) == 2


async def test_it_is_tried_so_often_and_no_more(kind: str) -> None:
    with scripted(limited("0")) as server:
        with pytest.raises(RateLimited, match="Slow down"):
            await get(kind, server, retries=Retries(limit=2))
        assert len(server.requests) == 3
        with pytest.raises(RateLimited):
            await get(kind, server, retries=NO_RETRIES)
        assert len(server.requests) == 4


async def test_a_wait_beyond_the_total_is_not_begun(kind: str) -> None:
    with scripted(limited("3600")) as server:
        began = time.monotonic()
        with pytest.raises(RateLimited, match="Wait 3600 s") as refused:
            await get(kind, server)
        assert time.monotonic() - began < SOON
    assert refused.value.retry_after == 3600
    assert len(server.requests) == 1


@pytest.mark.parametrize("retry_after", [None, "soon", "-1"])
async def test_without_a_time_to_wait_it_is_not_tried_again(
    kind: str, retry_after: str | None
) -> None:
    with scripted(limited(retry_after)) as server:
        with pytest.raises(RateLimited, match="Wait a minute"):
            await get(kind, server)
        assert len(server.requests) == 1


async def test_other_refusals_are_not_tried_again(kind: str) -> None:
    busy = Answer(503, {"message": "Busy."}, {"Retry-After": "1"})
    with scripted(busy) as server, pytest.raises(ServerError) as refused:
        await get(kind, server)
    assert refused.value.retry_after == 1
    assert len(server.requests) == 1


async def test_a_connection_that_fails_is_tried_again_for_reading(kind: str) -> None:
    with scripted(HANGS_UP, HANGS_UP, FINE) as server:
        assert await get(kind, server)
    assert len(server.requests) == 3


async def test_a_connection_that_fails_is_not_tried_again_for_changes(kind: str) -> None:
    with scripted(HANGS_UP) as server:
        with pytest.raises(ConnectionFailed):
            await post(kind, server)
        assert len(server.requests) == 1


def test_a_date_that_is_over_means_at_once() -> None:
    assert read_retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert read_retry_after("") is None


@pytest.fixture(scope="module")
def limiting(
    template: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """A real server that allows three requests a minute and path."""
    with installation(tmp_path_factory.mktemp("limiting"), template) as made:
        made.environment |= {
            "CODERAUTH_DANGEROUS_DISABLE_RATE_LIMITS": "false",
            "CODERAUTH_API_RATE_LIMIT": "3",
        }
        with made.start("serve", "--no-worker") as server:
            server.wait_for("is ready at")
            yield made


async def exhaust(client: AsyncClient) -> None:
    for _ in range(7):  # A minute may end meanwhile.
        await client.build_info()


async def test_the_limit_of_a_real_server_is_told(kind: str, limiting: Installation) -> None:
    url = f"http://127.0.0.1:{limiting.port}"
    async with opened(kind, url, "", retries=Retries(total=5)) as client:
        with pytest.raises(RateLimited, match="more than 3 requests") as refused:
            await exhaust(client)
        assert refused.value.retry_after == 60
        # Limits count by path: the same client is welcome at another.
        paths = {"aio": client.scopes, "sync": client.sign_in_methods}
        assert await paths[kind]()
