"""A web server that receives batches of entries, and checks them as a real receiver would."""

import hmac
import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.prompt import Prompt
from tests.threads import start

SECRET = "a-secret-of-the-receiver"


class Receiver(ThreadingHTTPServer):
    """What arrived; `answers` with that status, for each request in turn, and then with 204."""

    daemon_threads = True

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.batches: list[list[dict[str, Any]]] = []
        self.fields: list[dict[str, str]] = []
        self.is_signed = True
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"

    @property
    def sequences(self) -> list[int]:
        """Return the places in the chain of all that was answered well, as it came."""
        return [event["data"]["sequence"] for batch in self.batches for event in batch]


class Handler(Prompt, BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fields = {name.lower(): value for name, value in self.headers.items()}
        self.server.fields.append(fields)
        signed = f"{fields['webhook-id']}.{fields['webhook-timestamp']}.".encode() + body
        digest = hmac.digest(SECRET.encode(), signed, "sha256")
        self.server.is_signed &= fields["webhook-signature"] == f"v1,{b64encode(digest).decode()}"
        status = self.server.answers.pop(0) if self.server.answers else 204
        if status == 204:
            self.server.batches.append(json.loads(body))
        self.send_response(status)
        if status in {301, 307}:
            self.send_header("Location", self.server.url)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def receiver(*answers: int) -> Iterator[Receiver]:
    with Receiver(*answers) as server:
        start(lambda: server.serve_forever(0.02))
        yield server
        server.shutdown()
