"""Assemble a body from the wire, never more of it than is allowed."""

import re
from typing import Protocol

from coderauth.front.bounds import MAX_BODY, MAX_CHUNK_LINE, MAX_CHUNKS, MAX_FIELDS
from coderauth.front.heads import malformed
from coderauth.http.decoding import body_too_large

# A size of eight hexadecimal digits, and extensions, which nobody uses: RFC 9112 7.1.
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[\t -~\x80-\xff]*)?")
_CRLF = b"\r\n"
_TEXT = bytes({*range(0x20, 0x100), 0x09} - {0x7F})


class Body(Protocol):
    """A body that is being read."""

    is_whole: bool

    def feed(self, data: bytes) -> bytes:
        """Take what belongs to the body and return the rest; raises DomainError."""

    def content(self) -> bytes: ...


class SizedBody:
    """A body with an announced length; raises DomainError if it is too long."""

    def __init__(self, length: int) -> None:
        if length > MAX_BODY:
            raise body_too_large()
        self._missing = length
        self._parts: list[bytes] = []
        self.is_whole = length == 0

    def feed(self, data: bytes) -> bytes:
        self._parts.append(data[: self._missing])
        rest = data[self._missing :]
        self._missing -= len(self._parts[-1])
        self.is_whole = not self._missing
        return rest

    def content(self) -> bytes:
        return b"".join(self._parts)


class ChunkedBody:
    """A body in chunks; fields after the last chunk are discarded."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = self._chunks = self._trailers = 0
        self._missing = 0  # Bytes of this chunk that are still to come.
        self._line = b""  # The beginning of an unfinished line.
        self._read_line = self._size_line
        self.is_whole = False

    def feed(self, data: bytes) -> bytes:
        data, self._line, at = self._line + data, b"", 0
        while not self.is_whole:
            if self._missing:
                part = data[at : at + self._missing]
                if not part:
                    return b""
                self._parts.append(part)
                self._missing -= len(part)
                at += len(part)
                continue
            end = data.find(_CRLF, at)
            if (len(data) if end < 0 else end) - at > MAX_CHUNK_LINE:
                raise malformed("a line between chunks is too long")
            if end < 0:
                self._line = data[at:]
                return b""
            self._read_line(data[at:end])
            at = end + len(_CRLF)
        return data[at:]

    def content(self) -> bytes:
        return b"".join(self._parts)

    def _size_line(self, line: bytes) -> None:
        match = _CHUNK.fullmatch(line)
        self._chunks += 1
        if match is None or self._chunks > MAX_CHUNKS:
            raise malformed("the size of a chunk")
        self._missing = int(match[1], 16)
        self._size += self._missing
        if self._size > MAX_BODY:
            raise body_too_large()
        self._read_line = self._end_of_chunk if self._missing else self._trailer

    def _end_of_chunk(self, line: bytes) -> None:
        if line:
            raise malformed("a chunk is longer than it says")
        self._read_line = self._size_line

    def _trailer(self, line: bytes) -> None:
        self._trailers += 1
        if self._trailers > MAX_FIELDS or line.translate(None, _TEXT):
            raise malformed("what follows the last chunk")
        self.is_whole = not line
