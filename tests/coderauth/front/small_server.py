"""A front door with a small application: `… tests.coderauth.front.small_server PORT PATIENCE`.

The application says what it was given; some of its paths are slow, large or broken.
"""

import asyncio
import json
import sys
import threading
import time
from collections.abc import Iterable
from typing import Any

from coderauth.front.serving import serve
from coderauth.management.web_server import allow_many_files, listen

THREADS = 4
PATIENCE = 1.0
HELD = threading.Event()
SEEN: list[str] = []


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    SEEN.append(path)
    if path.startswith("/slow/"):
        time.sleep(float(path.removeprefix("/slow/")))
    if path == "/broken":
        raise RuntimeError("the application is broken")
    if path == "/split":
        start_response("200 OK", [("X-Split", "a\r\nX-Forged: b")])
        return [b""]
    if path == "/hold":
        HELD.wait(20)
    if path == "/release":
        HELD.set()
    if path.startswith("/large/"):
        body = b"x" * int(path.removeprefix("/large/"))
    elif path == "/seen":
        body = json.dumps(SEEN).encode()
    else:
        sent = environ["wsgi.input"].read()
        about = {key: value for key, value in environ.items() if type(value) is str}
        body = json.dumps({**about, "body": sent.decode("latin-1")}).encode()
    start_response("200 OK" if path != "/nothing" else "204 No Content", [("X-Is", "here")])
    return [body]


def main() -> None:
    allow_many_files()
    listener = listen("127.0.0.1", int(sys.argv[1]))
    patience, lifeline = float(sys.argv[2]), sys.stdin.fileno()
    asyncio.run(serve(listener, application, threads=THREADS, patience=patience, lifeline=lifeline))


if __name__ == "__main__":
    main()
