"""Call providers, bounded: in time, in size, and in how many threads wait for them.

A socket's timeout bounds only one read: a provider that sends one byte a second would hold a thread
of the server for hours. So the calls run on an event loop of their own, in one thread of each
process, where everything that belongs to one sign-in is given up at one deadline.
"""

import asyncio
import logging
import os
import ssl
import threading
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any, TypeVar

import httpx2
from django.conf import settings

from accounts.providers.proxies import proxy_for
from coderauth.errors import Busy, DomainError
from coderauth.gates import Gate

logger = logging.getLogger(__name__)

T = TypeVar("T")

MAX_BYTES = 2**20
# Threads that stay free for other requests while all others wait for a provider.
FREE_SHARE = 2
# Seconds that the waiting thread gives the loop to finish what it has cancelled.
GRACE = 0.5


def call(work: Coroutine[Any, Any, T]) -> T:
    """Run the calls of one sign-in until they are done, for at most `PROVIDER_TIMEOUT`.

    Raises what they raise; DomainError for a provider that is down or slow, Busy when half of the
    server's threads already wait for providers.
    """
    limit = settings.PROVIDER_TIMEOUT.total_seconds()
    try:
        with waiting():
            future = asyncio.run_coroutine_threadsafe(_bounded(work, limit), _loop())
            try:
                return future.result(limit + GRACE)
            except FutureTimeout as error:
                future.cancel()
                raise DomainError("provider_slow") from error
    except Busy:
        work.close()
        raise
    except httpx2.TimeoutException as error:
        raise DomainError("provider_slow") from error
    except httpx2.TransportError as error:
        # Not its text: it may quote an address with a code in it. A proxy's does not.
        text = f": {error}" if isinstance(error, httpx2.ProxyError) else ""
        logger.warning("A provider cannot be reached (%s%s)", type(error).__name__, text)
        raise DomainError("provider_down") from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise DomainError(
            "provider_malformed", reason="It does not speak HTTP properly."
        ) from error


def waiting() -> AbstractContextManager[None]:
    """Take a place among the threads that wait for providers; raises Busy if none is free."""
    return _gate().turn()


async def _bounded(work: Coroutine[Any, Any, T], limit: float) -> T:
    async with asyncio.timeout(limit):
        return await work


class LimitedTransport(httpx2.AsyncBaseTransport):
    """Give up on an answer that is larger than any that a provider needs.

    Nothing is decompressed: a kilobyte could become a gigabyte. Proxies are asked as the
    environment says; where it goes, and to whom it speaks TLS there, stays the same.
    """

    def __init__(self) -> None:
        # By proxy; a sign-in needs one or two.
        self._ways: dict[str, httpx2.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.headers["Accept-Encoding"] = "identity"
        response = await self._way(proxy_for(request.url)).handle_async_request(request)
        response.headers.pop("Content-Encoding", None)
        response.stream = _LimitedStream(response.stream)  # type: ignore[arg-type]  # Ours is async.
        return response

    async def aclose(self) -> None:
        for way in self._ways.values():
            await way.aclose()

    def _way(self, proxy: str) -> httpx2.AsyncHTTPTransport:
        if proxy not in self._ways:
            over_tls = tls() if proxy.startswith("https:") else None
            through = httpx2.Proxy(proxy, ssl_context=over_tls) if proxy else None
            self._ways[proxy] = httpx2.AsyncHTTPTransport(verify=tls(), proxy=through)
        return self._ways[proxy]


class _LimitedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        async for chunk in self._stream:
            received += len(chunk)
            if received > MAX_BYTES:
                raise DomainError("provider_malformed", reason="its answer is too large")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


@lru_cache(maxsize=1)
def tls() -> ssl.SSLContext:
    """Return what checks a provider's certificate; loading it costs 20 ms."""
    return ssl.create_default_context()


@lru_cache(maxsize=1)
def _gate() -> Gate:
    return Gate("provider_busy", running=max(settings.THREADS // FREE_SHARE, 1))


_starting = threading.Lock()
_running: list[asyncio.AbstractEventLoop] = []


def _forget() -> None:
    """Start again in the child of a fork, which has none of its parent's threads."""
    _running.clear()
    _gate.cache_clear()
    _starting.release()


os.register_at_fork(
    before=_starting.acquire, after_in_parent=_starting.release, after_in_child=_forget
)


def _loop() -> asyncio.AbstractEventLoop:
    """Return the loop of this process, started by the first call."""
    with _starting:
        if not _running:
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="providers", daemon=True).start()
            _running.append(loop)
        return _running[0]
