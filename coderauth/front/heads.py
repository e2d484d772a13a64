"""Read the head of a request, strictly by RFC 9112.

Anything that two readers could understand differently is refused: a proxy in front of us must never
see another request than we do.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from coderauth.errors import DomainError
from coderauth.front.bounds import MAX_FIELDS

_WORD = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE = re.compile(rf"({_WORD}) ([!-~\x80-\xff]+) HTTP/([0-9])\.([0-9])")
_NAME = re.compile(_WORD)
_ABSOLUTE = re.compile(r"https?://([^/?#]+)(.*)", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]{1,18}")
# Everything but control characters; a tab may be in a value.
_TEXT = bytes({*range(0x20, 0x100), 0x09, 0x0D, 0x0A} - {0x7F})
_ONCE = frozenset({"HTTP_HOST", "CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"})
_IGNORED = ""

# What WSGI calls the fields that most requests have; others cost a microsecond.
_COMMON = (
    "Host", "User-Agent", "Accept", "Accept-Encoding", "Accept-Language", "Connection", "Cookie",
    "Content-Type", "Content-Length", "Authorization", "Coder-Session-Token", "Origin", "Referer",
    "X-CSRF-Token", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """A request without its body. `fields` are named as in a WSGI environ."""

    method: str
    target: str
    protocol: str
    fields: dict[str, str]
    # Bytes of the body; None when they come in chunks.
    length: int | None
    keeps_alive: bool

    @property
    def path(self) -> str:
        """Return the path before the query, decoded as in WSGI: one character for each byte."""
        path = self.target.partition("?")[0]
        return unquote_to_bytes(path.encode("latin-1")).decode("latin-1") if "%" in path else path

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    @property
    def wants_to_be_told(self) -> bool:
        """Say whether the client waits for a go-ahead before it sends the body."""
        return self.fields.get("HTTP_EXPECT", "").lower() == "100-continue"


def malformed(detail: str) -> DomainError:
    return DomainError("request_malformed", detail=detail)


def read_head(raw: bytes) -> Head:
    """Parse a head, which ends before the empty line; raises DomainError.

    Costs some five microseconds.
    """
    lines = raw.decode("latin-1").split("\r\n")
    breaks = len(lines) - 1
    if raw.count(b"\n") != breaks or raw.count(b"\r") != breaks or raw.translate(None, _TEXT):
        raise malformed("control characters in the head")
    if breaks > MAX_FIELDS:
        raise DomainError("head_too_large")
    method, target, protocol = _request_line(lines[0])
    fields: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon:
            raise malformed("a header field without a colon")
        key = _KEYS.get(name)
        if key is None:
            key = _key(name)
        if key is _IGNORED:
            continue
        value = value.strip(" \t")
        fields[key] = _joined(key, fields[key], value) if key in fields else value
    if not target.startswith("/"):
        target = _relative(method, target, fields)
    if "HTTP_HOST" not in fields and protocol == "HTTP/1.1":
        raise malformed("no Host")
    length = _length(fields, protocol)
    connection = fields.get("HTTP_CONNECTION")
    keeps_alive = protocol == "HTTP/1.1" and (
        connection is None or "close" not in connection.lower()
    )
    return Head(method, target, protocol, fields, length, keeps_alive)


def _request_line(line: str) -> tuple[str, str, str]:
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        raise malformed("the first line is not a request")
    method, target, major, minor = match.groups()
    if major != "1":
        raise DomainError("http_version")
    return method, target, "HTTP/1.0" if minor == "0" else "HTTP/1.1"


def _key(name: str) -> str:
    """Return WSGI's name of a field; an empty text for one that is dropped.

    WSGI has one name for `X-Forwarded-For` and `X_Forwarded_For`: a client could send the second
    where a proxy controls the first.
    """
    if not _NAME.fullmatch(name):
        raise malformed("the name of a header field")
    if "_" in name:
        return _IGNORED
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


_KEYS = {form: _key(name) for name in _COMMON for form in (name, name.lower())}


def _joined(key: str, first: str, second: str) -> str:
    """Return the value of a field that came more than once (RFC 9110 5.3, RFC 6265 5.4)."""
    if key in _ONCE:
        raise malformed("a header field that must not be repeated")
    return f"{first}{'; ' if key == 'HTTP_COOKIE' else ','}{second}"


def _relative(method: str, target: str, fields: dict[str, str]) -> str:
    """Return the path of a target that does not begin with one (RFC 9112 3.2.2 and 3.2.4)."""
    if target == "*" and method == "OPTIONS":
        return target
    match = _ABSOLUTE.fullmatch(target)
    if match is None:
        raise malformed("the target is not a path")
    if "HTTP_HOST" in fields:
        fields["HTTP_HOST"] = match[1]
    return match[2] if match[2].startswith("/") else f"/{match[2]}"


def _length(fields: dict[str, str], protocol: str) -> int | None:
    """Return how many bytes follow, None for chunks; refuses ambiguous lengths."""
    coding = fields.get("HTTP_TRANSFER_ENCODING")
    length = fields.get("CONTENT_LENGTH")
    if coding is None:
        if length is None:
            return 0
        if not _DIGITS.fullmatch(length):
            raise malformed("Content-Length is not a number")
        return int(length)
    if length is not None or protocol == "HTTP/1.0":
        raise malformed("Transfer-Encoding beside Content-Length, or in HTTP/1.0")
    if coding.lower() != "chunked":
        raise DomainError("transfer_coding")
    return None
