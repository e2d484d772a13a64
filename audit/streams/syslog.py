"""Send entries to a syslog server: RFC 5424 over UDP, TCP (RFC 6587) or TLS (RFC 5425)."""

import re
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

import orjson

from audit.documents import document
from audit.models import Entry
from audit.streams.errors import SinkError

PATIENCE: Final = 10.0  # seconds for each step
PORTS: Final = {"udp": 514, "tcp": 601, "tls": 6514}
_FACILITY = 13  # log audit
_NOTICE, _WARNING = 5, 4
_MOST = 60_000  # bytes of a datagram
# The number that RFC 5612 keeps for documentation: this project has none of its own.
_STRUCTURE = "coderauth@32473"
_SPECIAL = re.compile(r'(["\\\]])')


def syslog_send(url: str, entries: Sequence[Entry]) -> None:
    """Send each entry as a message; raises SinkError when the server cannot be reached.

    Over TCP and TLS a connection is made for each batch, and ends when the server has read all of
    it. Over UDP nothing says whether anything arrived.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    messages = [message(entry) for entry in entries]
    try:
        if parts.scheme == "udp":
            _send_datagrams(host, port, messages)
        else:
            _send_stream(host, port, messages, is_secure=parts.scheme == "tls")
    except OSError as error:
        raise SinkError(f"the syslog server cannot be reached: {error}") from error


def message(entry: Entry) -> bytes:
    """Return an entry as a message (RFC 5424 6), whose text is the whole entry as JSON."""
    told = document(entry)
    severity = _WARNING if entry.status_code >= 400 else _NOTICE
    names = {
        "id": told["id"],
        "sequence": str(entry.sequence),
        "actor": told["actor_id"] or "",
        "key": entry.key_id,
        "action": entry.action,
        "type": entry.resource_type,
        "resource": entry.resource_id,
        "target": entry.resource_target,
        "status": str(entry.status_code),
        "request": entry.request_id,
    }
    data = "".join(f' {name}="{_escaped(value)}"' for name, value in names.items() if value)
    moment = entry.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    head = (
        f"<{_FACILITY * 8 + severity}>1 {moment} {_host()} coderauth - audit [{_STRUCTURE}{data}] "
    )
    return head.encode() + orjson.dumps(told)


def _escaped(value: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(value.split()))


def _host() -> str:
    name = socket.gethostname().encode("ascii", "ignore").decode()
    return name[:255] or "-"


def _send_datagrams(host: str, port: int, messages: Sequence[bytes]) -> None:
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind) as sender:
        for one in messages:
            sender.sendto(one[:_MOST], address)


def _send_stream(host: str, port: int, messages: Sequence[bytes], *, is_secure: bool) -> None:
    with socket.create_connection((host, port), timeout=PATIENCE) as plain:
        if not is_secure:
            _deliver(plain, messages)
            return
        context = ssl.create_default_context()
        with context.wrap_socket(plain, server_hostname=host) as secure:
            _deliver(secure, messages)


def _deliver(connection: socket.socket, messages: Sequence[bytes]) -> None:
    """Send all messages, each after its length, and wait until the server has read them."""
    connection.sendall(b"".join(b"%d %s" % (len(one), one) for one in messages))
    if isinstance(connection, ssl.SSLSocket):
        with suppress(ssl.SSLError, TimeoutError):  # Many servers close without the last word.
            connection.unwrap()
        return
    connection.shutdown(socket.SHUT_WR)
    with suppress(TimeoutError):  # It keeps the connection; what it was sent, it has.
        while connection.recv(1024):
            pass
