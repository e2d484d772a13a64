"""Threads that run the WSGI application on whole requests."""

import logging
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from queue import SimpleQueue
from typing import Any

from coderauth.errors import DomainError
from coderauth.front.answering import Answer, answer_of, refusal
from coderauth.front.bounds import MAX_WAITING
from coderauth.front.heads import Head
from coderauth.http.measuring import ARRIVED

logger = logging.getLogger(__name__)

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


@dataclass(eq=False, slots=True)
class Request:
    """A whole request, and where its answer goes."""

    head: Head
    body: bytes
    address: str
    deliver: Callable[[Answer], None]
    # By `time.perf_counter`.
    arrived_at: float = 0.0
    is_begun: bool = False
    # Nobody reads the answer: the client is gone, or was refused.
    is_unwanted: bool = False


class WorkerThreads:
    """The threads. They live as long as the process, and so do their database connections.

    A queue of our own instead of an executor and its futures: half as many steps for a request.
    """

    def __init__(
        self,
        application: Application,
        *,
        count: int,
        place: tuple[str, int],
        wake: Callable[[Callable[[], None]], object],
    ) -> None:
        self._application = application
        self._queue: SimpleQueue[Request] = SimpleQueue()
        self._finished: deque[tuple[Request, Answer]] = deque()
        self._wake = wake
        self._is_woken = False
        self._constant: Environ = {
            "SCRIPT_NAME": "",
            "SERVER_NAME": place[0],
            "SERVER_PORT": str(place[1]),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            "wsgi.input_terminated": True,
        }
        for number in range(count):
            threading.Thread(target=self._work, name=f"worker-{number}", daemon=True).start()

    def submit(self, request: Request) -> bool:
        """Queue a request; return False if too many already wait. Called on the loop."""
        if self._queue.qsize() >= MAX_WAITING:
            return False
        self._queue.put(request)
        return True

    def _work(self) -> None:
        while True:
            request = self._queue.get()
            if request.is_unwanted:
                continue
            request.is_begun = True
            try:
                answer = self._answer(request)
            except BaseException:
                # The thread goes on, whatever the application did.
                logger.exception("Unexpected error of the application")
                answer = refusal(DomainError("internal"), method=request.head.method)
            self._finished.append((request, answer))
            if not self._is_woken:
                self._is_woken = True
                self._wake(self._deliver)

    def _deliver(self) -> None:
        # Before looking, so that a thread that finishes from here on wakes the loop again.
        self._is_woken = False
        while self._finished:
            request, answer = self._finished.popleft()
            if not request.is_unwanted:
                request.deliver(answer)

    def _answer(self, request: Request) -> Answer:
        started: list[Any] = []

        def start_response(status: str, fields: list[tuple[str, str]], exc_info: Any = None) -> Any:
            started[:] = status, fields

        result = self._application(self._environ(request), start_response)
        try:
            body = b"".join(result)
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()
        status, fields = started
        return answer_of(status, fields, body, method=request.head.method)

    def _environ(self, request: Request) -> Environ:
        head = request.head
        environ = self._constant | head.fields
        environ["REQUEST_METHOD"] = head.method
        environ["PATH_INFO"] = head.path
        environ["QUERY_STRING"] = head.query
        environ["SERVER_PROTOCOL"] = head.protocol
        environ["REMOTE_ADDR"] = request.address
        environ[ARRIVED] = request.arrived_at
        environ["wsgi.input"] = BytesIO(request.body)
        if head.length is None:  # It came in chunks, and now its length is known.
            environ["CONTENT_LENGTH"] = str(len(request.body))
            del environ["HTTP_TRANSFER_ENCODING"]
        return environ
