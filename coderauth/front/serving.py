"""Run the front door of one process until it is asked to stop."""

import asyncio
import resource
import select
import signal
import socket
from collections.abc import Callable
from functools import partial
from typing import Protocol

from coderauth.errors import Busy
from coderauth.front import bounds
from coderauth.front.answering import refusal
from coderauth.front.connection import Connection, Server
from coderauth.front.open_connections import OpenConnections
from coderauth.front.threads import Application, Request, WorkerThreads

BACKLOG = 2048
# Open files left for the database, files and logs.
_RESERVED_FILES = 256
_SWEEP_EVERY = 0.25
_HOUSEKEEPING_EVERY = 10.0


class Express(Protocol):
    """Something that answers some requests on the loop, before the application is asked."""

    def take(self, request: Request) -> bool:
        """Answer a request, or pass it on later; return False if it is not for this."""

    async def run(self) -> None:
        """Keep what is needed open while this runs."""


# Makes one that passes on what it does not answer; None if that is impossible.
MakeExpress = Callable[[Callable[[Request], None]], Express | None]


async def serve(
    listener: socket.socket,
    application: Application,
    *,
    threads: int,
    patience: float,
    logs_access: bool = False,
    lifeline: int | None = None,
    express: MakeExpress | None = None,
    housekeeping: Callable[[], object] | None = None,
) -> None:
    """Serve a bound socket until SIGTERM, or until the other end of the lifeline is gone.

    `housekeeping` is called in a thread of its own, once in a while and at the end.
    """
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    if lifeline is not None:
        loop.add_reader(lifeline, stopping.set)
    connections = OpenConnections(most=_connections(), clock=loop.time)
    workers = WorkerThreads(
        application,
        count=threads,
        place=listener.getsockname()[:2],
        wake=loop.call_soon_threadsafe,
    )
    tasks = [asyncio.create_task(_sweep(connections))]
    lane = express(partial(_pass_on, workers)) if express is not None else None
    if lane is not None:
        tasks.append(asyncio.create_task(lane.run()))
    if housekeeping is not None:
        tasks.append(asyncio.create_task(_keep_house(housekeeping)))
    take = workers.submit if lane is None else partial(_take, lane, workers)
    shared = Server(connections, take, patience, logs_access)
    # Accepted a few at a time, so that a thousand new connections do not hold up the others;
    # the system lets the rest wait meanwhile.
    server = await loop.create_server(lambda: Connection(shared), sock=listener, backlog=16)
    listener.listen(BACKLOG)
    await stopping.wait()
    await _accept_waiting(listener, connections)
    server.close()
    await _finish(connections)
    for task in tasks:
        task.cancel()
    if housekeeping is not None:
        await asyncio.to_thread(housekeeping)


def _take(lane: Express, workers: WorkerThreads, request: Request) -> bool:
    return lane.take(request) or workers.submit(request)


def _pass_on(workers: WorkerThreads, request: Request) -> None:
    """Hand over requests that the lane accepted but does not answer."""
    if not workers.submit(request):
        request.deliver(refusal(Busy("overloaded"), method=request.head.method))


async def _sweep(connections: OpenConnections) -> None:
    while True:
        await asyncio.sleep(_SWEEP_EVERY)
        connections.sweep()


async def _keep_house(housekeeping: Callable[[], object]) -> None:
    while True:
        await asyncio.sleep(_HOUSEKEEPING_EVERY)
        await asyncio.to_thread(housekeeping)


async def _accept_waiting(listener: socket.socket, connections: OpenConnections) -> None:
    """Accept whoever is connected already: a socket that closes drops them, and what they sent."""
    waiting = select.poll()
    waiting.register(listener, select.POLLIN)
    deadline = connections.clock() + bounds.ARRIVING_SECONDS
    while waiting.poll(0) and connections.clock() < deadline:
        await asyncio.sleep(0)  # The loop accepts some.


async def _finish(connections: OpenConnections) -> None:
    """Wait until all current requests are answered, but not for ever."""
    connections.close()
    deadline = connections.clock() + bounds.FINISHING_SECONDS
    while len(connections) and connections.clock() < deadline:
        await asyncio.sleep(0.02)
    connections.cut()


def _connections() -> int:
    """Return how many connections this process may have at once."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return bounds.MAX_CONNECTIONS
    return max(min(bounds.MAX_CONNECTIONS, soft - _RESERVED_FILES), 64)
