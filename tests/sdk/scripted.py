"""A server that answers as told: what coderauth would only do after a minute, or never."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.prompt import Prompt

# What `/buildinfo` answers.
BUILD = {
    "version": "v1",
    "external_url": "https://example.org",
    "deployment_id": "3c0d6f5e-8a0c-4c1e-9b1f-0d8f6f1b2a77",
}


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    # Hang up instead.
    hangs_up: bool = False
    # Seconds before it is sent.
    waits: float = 0

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class Scripted:
    """Answers in their order, the last one for ever, and the requests that came."""

    url: str
    answers: list[Answer]
    requests: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    def next(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def scripted(*answers: Answer) -> Iterator[Scripted]:
    """Serve these answers on a free port."""

    class Handler(Prompt, BaseHTTPRequestHandler):
        def answer(self) -> None:
            script.requests.append(f"{self.command} {self.path}")
            script.headers.append(dict(self.headers))
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            answer = script.next()
            time.sleep(answer.waits)
            if answer.hangs_up:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            with suppress(BrokenPipeError):  # The client did not wait.
                self.wfile.write(answer.content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 (the names of the standard library)

        def log_message(self, *values: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    script = Scripted(f"http://127.0.0.1:{server.server_port}", list(answers))
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
