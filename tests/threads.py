"""Acts in threads of their own, as a server has them, each with its own connection."""

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from threading import Barrier, Thread
from typing import Any, TypeVar

from django.db import connection, connections

from tests.openapi import operations
from tests.people import Api
from tests.waiting import PATIENCE

T = TypeVar("T")


def start(act: Callable[[], T]) -> Future[T]:
    """Begin an act; ask what is returned for its result, with a limit.

    Unlike a pool's, its thread is waited for by nobody: one that hangs fails its test, and holds
    up neither the next test nor the end of the run.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            result = act()
        except BaseException as error:  # noqa: BLE001 - Whoever asks for the result is told.
            connections.close_all()
            future.set_exception(error)
        else:
            connections.close_all()
            future.set_result(result)

    Thread(target=run, daemon=True).start()
    return future


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run acts at the same instant, on connections that are open; return what they return."""
    operations()  # What answers are held to is made once, not by all of them.
    barrier = Barrier(len(acts))

    def together(act: Callable[[], Any]) -> Any:
        connection.ensure_connection()
        barrier.wait(PATIENCE)
        return act()

    begun = [start(partial(together, act)) for act in acts]
    return [one.result(PATIENCE) for one in begun]


def status(api: Api, method: str, path: str, body: Any = None) -> Callable[[], int]:
    """Return an act that sends a request and returns the status of its answer."""

    def act() -> int:
        answer: int = api(method, path, body).status_code
        return answer

    return act
