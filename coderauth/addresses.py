"""The written forms of addresses that settings hold."""

import re
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
REDIS = frozenset({"redis", "rediss", "unix"})
_MAILBOX = r"[^\s<>@,]+@[^\s<>@,]+"
_SENDER = re.compile(rf'{_MAILBOX}|(?:"[^"]*"|[^<>,@"]*)<{_MAILBOX}>')
_WEB_ADDRESS = re.compile(r"https?://[^/\s]")


def is_sender(text: str) -> bool:
    """Say whether it is one address of mail: `ada@example.org` or `Ada <ada@example.org>`."""
    return text.isprintable() and _SENDER.fullmatch(text) is not None


def is_web_address(text: str) -> bool:
    return _WEB_ADDRESS.match(text) is not None


def is_redis_address(text: str) -> bool:
    """Say whether it is a URL that the client reads whole, with nothing cut off at a `#`."""
    try:
        parts = urlsplit(text)
        names_one = bool(parts.hostname or parts.path) and parts.port != 0
    except ValueError:
        return False
    return names_one and parts.scheme in REDIS and not parts.fragment


def normalized_origin(text: str) -> str:
    """Return a web origin as browsers write it: lower case, punycode, no default port.

    Raises ValueError for whatever is more, or less, than scheme, host and port (RFC 6454 6.2).
    """
    parts = urlsplit(text.rstrip("/"))
    host, port = parts.hostname or "", parts.port
    if not host or port == 0 or parts.scheme not in DEFAULT_PORTS:
        raise ValueError(f"{text!r} is no origin")
    if "@" in parts.netloc or parts.path or parts.query or parts.fragment:
        raise ValueError(f"{text!r} has more than a scheme, a host and a port")
    host = f"[{host}]" if ":" in host else host.encode("idna").decode()
    is_default = port in (None, DEFAULT_PORTS[parts.scheme])
    return f"{parts.scheme}://{host}" if is_default else f"{parts.scheme}://{host}:{port}"
