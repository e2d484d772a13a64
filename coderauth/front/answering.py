"""Answers as bytes for the wire."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from uuid import uuid4

from coderauth import BUILD_VERSION
from coderauth.errors import DomainError
from coderauth.http.envelope import error_body, error_headers
from coderauth.http.rendering import JSON, encode
from coderauth.metrics import count_refusal

CLOSE = b"Connection: close\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
# These have no body, whatever the application says (RFC 9110 6.4.1).
_BODILESS = ("1", "204", "304")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; `head` lacks the fields that the connection adds, and the empty line."""

    status: int
    head: bytes
    body: bytes


def answer_of(
    status: str, fields: Sequence[tuple[str, str]], body: bytes, *, method: str
) -> Answer:
    """Return the answer that WSGI describes; raises ValueError for fields that cannot be sent."""
    lines = [f"{name}: {value}\r\n" for name, value in fields]
    if status.startswith(_BODILESS):
        lines = [line for line in lines if not line.lower().startswith("content-length:")]
        body = b""
    elif not any(name.lower() == "content-length" for name, _ in fields):
        lines.append(f"Content-Length: {len(body)}\r\n")
    text = f"HTTP/1.1 {status}\r\n{''.join(lines)}"
    if text.count("\n") != len(lines) + 1 or text.count("\r") != len(lines) + 1:
        raise ValueError("a line break in a header field")
    return Answer(int(status[:3]), text.encode("latin-1"), b"" if method == "HEAD" else body)


def refusal(error: DomainError, *, method: str = "") -> Answer:
    """Return a refusal of the front door: the API's envelope, whatever was asked for."""
    count_refusal(error.code)
    fields = {
        "Content-Type": JSON,
        **error_headers(error),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Coder-Request-Id": str(uuid4()),
        "X-Coder-Build-Version": BUILD_VERSION,
    }
    status = f"{error.status} {HTTPStatus(error.status).phrase}"
    return answer_of(status, [*fields.items()], encode(error_body(error)), method=method)
