"""One client's connection: reading its requests, one after the other, and sending the answers."""

import asyncio
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import cast

from coderauth.errors import Busy, DomainError
from coderauth.front import bounds
from coderauth.front.answering import CLOSE, CONTINUE, Answer, refusal
from coderauth.front.bodies import Body, ChunkedBody, SizedBody
from coderauth.front.heads import Head, malformed, read_head
from coderauth.front.open_connections import OpenConnections
from coderauth.front.threads import Request

access = logging.getLogger("coderauth.access")

_END = b"\r\n\r\n"
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")


class Phase(Enum):
    """What a connection is doing."""

    IDLE = auto()  # Nothing of the next request has come yet.
    READING = auto()
    WORKING = auto()
    SENDING = auto()  # Sending an answer that the client reads more slowly than we send.
    LEAVING = auto()  # Everything is sent; closed once the client has read it.


@dataclass(frozen=True, slots=True)
class Server:
    """What all connections of a process share."""

    connections: OpenConnections
    # Has a whole request answered; returns False when there is too much to do.
    take: Callable[[Request], bool]
    # Seconds that a client may take to send a request.
    patience: float
    logs_access: bool = False


class Connection(asyncio.Protocol):
    """Speak HTTP/1.1 with one client."""

    def __init__(self, server: Server) -> None:
        self._server, self._all = server, server.connections
        self._buffer = b""
        self._scanned = 0  # The position in the buffer before which there is no end of a head.
        self._head: Head | None = None
        self._body: Body | None = None
        self._request: Request | None = None
        self._phase = Phase.IDLE
        self._ends_after_answer = False
        self._unsent = 0
        self.holds = 0
        self.deadline = self._since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        # An answer counts as read when nothing of it is left here.
        self._transport.set_write_buffer_limits(high=0)
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if peer else ""
        self._enter(Phase.IDLE, self._server.patience)
        self._all.add(self)
        if self._all.is_closing:  # It was on its way when the server was asked to stop.
            self.deadline = self._all.clock() + bounds.ARRIVING_SECONDS

    def connection_lost(self, error: Exception | None) -> None:
        self._drop_request()
        self._buffer, self._head, self._body = b"", None, None
        self._phase = Phase.LEAVING
        self._all.remove(self)

    def data_received(self, data: bytes) -> None:
        if self._phase is Phase.LEAVING:
            return
        self._buffer += data
        if not self._all.hold(self, self.holds + len(data)):
            self._refuse(Busy("overloaded"))
        elif self._phase in (Phase.IDLE, Phase.READING):
            self._read()
        elif len(self._buffer) > bounds.MAX_AHEAD:
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        """Answer what the client asked before it closed its side; otherwise close."""
        self._ends_after_answer = True
        return self._phase in (Phase.WORKING, Phase.SENDING)

    def pause_writing(self) -> None:
        """Note that the client reads more slowly than we send."""
        if self._phase is not Phase.LEAVING:
            self._enter(Phase.SENDING, self._server.patience)
            self._unsent = self._transport.get_write_buffer_size()

    def resume_writing(self) -> None:
        if self._phase is Phase.SENDING:
            self._sent()

    def waits_since(self) -> float | None:
        if self._phase is Phase.WORKING:
            return None
        if self._phase is Phase.SENDING:
            self._takes_something()
        return self._since

    def overdue(self) -> None:
        if self._phase is Phase.READING:
            self._refuse(DomainError("request_timeout"))
        elif self._phase is Phase.IDLE:
            self._transport.close()
        elif self._phase is Phase.WORKING:
            if self._request is None or self._request.is_begun:
                self.deadline = float("inf")  # Threads have deadlines of their own.
            else:
                self._refuse(Busy("overloaded"))
        elif self._phase is Phase.SENDING and self._takes_something():
            self.deadline = self._since + self._server.patience
        else:
            self._transport.abort()

    def make_room(self) -> None:
        if self._phase is Phase.READING:
            self._refuse(Busy("overloaded"))
        else:
            self._transport.abort()

    def stop(self) -> None:
        self._ends_after_answer = True
        # The next request may be on its way, and a proxy does not send all of them twice.
        if self._phase in (Phase.IDLE, Phase.READING):
            self.deadline = min(self.deadline, self._all.clock() + bounds.ARRIVING_SECONDS)

    def cut(self) -> None:
        self._transport.abort()

    def _takes_something(self) -> bool:
        """Say whether the client has read more of an answer since the last call."""
        before, self._unsent = self._unsent, self._transport.get_write_buffer_size()
        if self._unsent == before:
            return False
        self._since = self._all.clock()
        return True

    def _enter(self, phase: Phase, seconds: float) -> None:
        self._since = self._all.clock()
        self._phase, self.deadline = phase, self._since + seconds

    def _read(self) -> None:
        """Go on with the buffer: hand over a request that is complete."""
        try:
            if self._head is None:
                self._read_head()
            if self._head is not None:
                self._read_body(self._head)
        except DomainError as error:
            self._refuse(error)

    def _read_head(self) -> None:
        if self._phase is Phase.IDLE:
            self._buffer = self._buffer.removeprefix(b"\r\n")  # RFC 9112 2.2.
            if not self._buffer:
                return
            self._enter(Phase.READING, self._server.patience)
        end = self._buffer.find(_END, max(self._scanned - 3, 0))
        if max(end, len(self._buffer) if end < 0 else 0) > bounds.MAX_HEAD:
            raise DomainError("head_too_large")
        if end < 0:
            # Refused at once, because the end of such a head never comes.
            is_text = self._buffer[:1].isalpha()
            if not is_text or _BARE_LINE_FEED.search(self._buffer, self._scanned):
                raise malformed("the first line is not a request, or ends without a line break")
            self._scanned = len(self._buffer)
            return
        raw, self._buffer, self._scanned = self._buffer[:end], self._buffer[end + 4 :], 0
        self._head = head = read_head(raw)
        self._body = ChunkedBody() if head.length is None else SizedBody(head.length)
        if head.wants_to_be_told and not self._buffer and not self._body.is_whole:
            self._transport.write(CONTINUE)

    def _read_body(self, head: Head) -> None:
        body = cast("Body", self._body)
        if not body.is_whole:
            self._buffer = body.feed(self._buffer)
            if not body.is_whole:
                return
        self._head = self._body = None
        self._request = request = Request(
            head, body.content(), self._address, self._answer, time.perf_counter()
        )
        self._ends_after_answer |= not head.keeps_alive
        self._enter(Phase.WORKING, bounds.WAITING_SECONDS)
        if not self._server.take(request):
            self._refuse(Busy("overloaded"))

    def _answer(self, answer: Answer) -> None:
        """Send an answer. From now on it counts as held, and its request does not."""
        request, self._request = self._request, None
        if request is None:
            return
        ends = self._ends_after_answer or self._all.is_closing
        size = len(answer.head) + len(answer.body)
        self._all.hold(self, len(self._buffer) + size)
        self._write(answer, ends=ends)
        if self._server.logs_access:
            self._log(request.head, answer.status)
        if self._phase is Phase.WORKING:
            self._sent()

    def _sent(self) -> None:
        """Go on to the next request, or close."""
        self._all.hold(self, len(self._buffer))
        if self._ends_after_answer or self._all.is_closing:
            self._enter(Phase.LEAVING, bounds.LINGER_SECONDS)
            self._transport.close()
            return
        self._enter(Phase.IDLE, bounds.IDLE_SECONDS)
        self._transport.resume_reading()
        if self._buffer:
            # Not at once: others come first, however many requests this client has sent.
            asyncio.get_running_loop().call_soon(self._read_ahead)

    def _read_ahead(self) -> None:
        if self._phase is Phase.IDLE:
            self._read()

    def _refuse(self, error: DomainError) -> None:
        """Refuse and close: it is no longer known where the next request would begin."""
        self._drop_request()
        head, self._head, self._body, self._buffer = self._head, None, None, b""
        self._enter(Phase.LEAVING, bounds.LINGER_SECONDS)
        answer = refusal(error, method=head.method if head else "")
        self._write(answer, ends=True)
        self._all.hold(self, self._transport.get_write_buffer_size())
        # What still arrives is read and discarded: a client that is writing does not see the
        # answer if the connection is closed meanwhile.
        self._transport.resume_reading()
        if self._transport.can_write_eof():
            self._transport.write_eof()
        if self._server.logs_access:
            self._log(head, answer.status)

    def _write(self, answer: Answer, *, ends: bool) -> None:
        close = CLOSE if ends else b""
        self._transport.write(b"".join((answer.head, close, self._all.date, b"\r\n", answer.body)))

    def _drop_request(self) -> None:
        if self._request is not None:
            self._request.is_unwanted = True
            self._request = None

    def _log(self, head: Head | None, status: int) -> None:
        # As it was sent, so that nobody can write lines into the log; without the query, which
        # may hold a session token.
        asked = f"{head.method} {head.target.partition('?')[0]} {head.protocol}" if head else "-"
        facts = {"client": self._address, "asked": asked, "status": status}
        access.info('%s "%s" %s', self._address, asked, status, extra=facts)
