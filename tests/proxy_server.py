"""A real HTTP proxy in a thread: it tunnels (CONNECT) and forwards, and says what it was asked."""

import base64
import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.prompt import Prompt


@dataclass
class ProxyServer:
    """How it behaves; change a field and it does so from the next request on.

    `hosts` says where names lead that no DNS knows: `idp.example.test` to a port of this machine.
    """

    url: str = ""
    credentials: str = ""
    refusal: int = 0
    hosts: dict[str, int] = field(default_factory=dict)
    # `CONNECT host:port`, or the method and the address.
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


class Handler(Prompt, BaseHTTPRequestHandler):
    """One request; `proxy` says what to do with it."""

    proxy: ProxyServer
    protocol_version = "HTTP/1.1"

    def do_CONNECT(self) -> None:
        self.close_connection = True
        if not self._is_let_through():
            return
        host, _, port = self.path.rpartition(":")
        with self._connected(host, int(port)) as upstream:
            self.send_response(200, "Connection established")
            self.end_headers()
            _join(self.connection, upstream)

    def do_GET(self) -> None:
        self._forward()

    def do_POST(self) -> None:
        self._forward()

    def _forward(self) -> None:
        self.close_connection = True
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self._is_let_through():
            return
        url = urlsplit(self.path)
        path = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
        kept = [
            f"{name}: {value}"
            for name, value in self.headers.items()
            if name.lower() not in {"connection", "proxy-authorization"}
        ]
        head = "\r\n".join([f"{self.command} {path} HTTP/1.1", *kept, "Connection: close"])
        with self._connected(url.hostname or "", url.port or 80) as upstream:
            upstream.sendall(head.encode("latin-1") + b"\r\n\r\n" + body)
            answer = b"".join(iter(lambda: upstream.recv(65_536), b""))
        # Said to the client, too: it would otherwise keep the connection for its next request.
        status, _, rest = answer.partition(b"\r\n")
        self.wfile.write(status + b"\r\nConnection: close\r\n" + rest)

    def _is_let_through(self) -> bool:
        self.proxy.asked.append(f"{self.command} {self.path}")
        self.proxy.headers.append(dict(self.headers.items()))
        given = self.headers.get("Proxy-Authorization", "")
        wanted = f"Basic {base64.b64encode(self.proxy.credentials.encode()).decode()}"
        status = self.proxy.refusal or (407 if self.proxy.credentials and given != wanted else 0)
        if status:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()
        return not status

    def _connected(self, host: str, port: int) -> socket.socket:
        if host in self.proxy.hosts:
            host, port = "127.0.0.1", self.proxy.hosts[host]
        return socket.create_connection((host, port), timeout=10)

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


def _join(one: socket.socket, other: socket.socket) -> None:
    """Copy both ways until either side ends, or nothing comes for ten seconds."""
    sides = {one: other, other: one}
    with contextlib.suppress(OSError):
        while True:
            ready, _, _ = select.select([*sides], [], [], 10)
            for side in ready:
                part = side.recv(65_536)
                if not part:
                    return
                sides[side].sendall(part)
            if not ready:
                return


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


@contextmanager
def proxy_server() -> Iterator[ProxyServer]:
    """Run one on a free port of this machine."""
    proxy = ProxyServer()
    server = _Server(("127.0.0.1", 0), type("ProxyHandler", (Handler,), {"proxy": proxy}))
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
