"""The written forms of addresses, and of other texts, that settings hold."""

import re
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_REDIS_SCHEMES = frozenset({"redis", "rediss", "unix"})
_SYSLOG_SCHEMES = frozenset({"udp", "tcp", "tls"})
_MAILBOX = r"[^\s<>@,]+@[^\s<>@,]+"
_SENDER = re.compile(rf'{_MAILBOX}|(?:"[^"]*"|[^<>,@"]*)<{_MAILBOX}>')
_GREETING = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*|\[[A-Za-z0-9:.]+\]")
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")
_PREFIX = re.compile(r"[A-Za-z0-9]{1,15}_")
_WEB_ADDRESS = re.compile(r"https?://[^/\s]")


_HEADER = re.compile(r"[A-Za-z0-9-]+")  # No underscores: the front door drops such headers.
# Headers of proxies that do not hold addresses: trusting one of them is a mistake.
_WITHOUT_ADDRESS = frozenset(
    {
        "forwarded-host", "host", "via", "x-forwarded-host", "x-forwarded-port",
        "x-forwarded-prefix", "x-forwarded-proto", "x-forwarded-protocol", "x-forwarded-scheme",
        "x-forwarded-server", "x-forwarded-ssl", "x-request-id", "x-scheme", "x-url-scheme",
    }
)  # fmt: skip


def _is_address_header(text: str) -> bool:
    return _HEADER.fullmatch(text) is not None and text.lower() not in _WITHOUT_ADDRESS


def _is_sender(text: str) -> bool:
    """Say whether it is one mail address: `ada@example.org` or `Ada <ada@example.org>`."""
    return text.isprintable() and _SENDER.fullmatch(text) is not None


def _is_web_address(text: str) -> bool:
    return _WEB_ADDRESS.match(text) is not None


def _is_redis_address(text: str) -> bool:
    """Say whether it is a URL that the client reads completely, with nothing cut off at a `#`."""
    try:
        parts = urlsplit(text)
        names_one = bool(parts.hostname or parts.path) and parts.port != 0
    except ValueError:
        return False
    return names_one and parts.scheme in _REDIS_SCHEMES and not parts.fragment


def _is_receiver(text: str) -> bool:
    """Say whether it is a web address that is encrypted, or on this machine."""
    try:
        parts = urlsplit(text)
        host, usable = parts.hostname or "", parts.port != 0 and not parts.fragment
    except ValueError:
        return False
    is_here = host == "localhost" or _is_loopback(host)
    return (
        usable and bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_here))
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_syslog_server(text: str) -> bool:
    try:
        parts = urlsplit(text)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    rest = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    return usable and parts.scheme in _SYSLOG_SCHEMES and not rest


def _is_prefix(text: str) -> bool:
    return _PREFIX.fullmatch(text) is not None


def _is_greeting(text: str) -> bool:
    return _GREETING.fullmatch(text) is not None


def _is_host(text: str) -> bool:
    """Say whether a browser writes a host so, with its port unless that is 443."""
    try:
        return normalized_origin(f"https://{text}") == f"https://{text}"
    except ValueError:
        return False


class Form(NamedTuple):
    """What a value must look like; `must_be` follows the name of the variable."""

    accepts: Callable[[str], bool]
    must_be: str
    is_secret: bool = False  # It may hold a password, so no message repeats it.


SENDER = Form(_is_sender, "must be an address such as auth@example.org")
WEB_ADDRESS = Form(_is_web_address, "must be a URL such as https://example.org/x")
PREFIX = Form(_is_prefix, "must be letters and digits, 15 at most, and an underscore: acme_")
GREETING = Form(_is_greeting, "must be a host name such as auth.example.org")
HOST = Form(_is_host, "must list hosts as browsers write them, such as wiki.example.org:8443")
ADDRESS_HEADER = Form(
    _is_address_header,
    "must list headers that hold addresses, such as X-Forwarded-For or Forwarded",
)
RECEIVER = Form(
    _is_receiver,
    "must be an https URL such as https://logs.example.org/hook; http is for this machine only",
    is_secret=True,
)
SYSLOG = Form(_is_syslog_server, "must look like tls://logs.example.org:6514; or udp, or tcp")
REDIS = Form(
    _is_redis_address,
    "must look like redis://:password@host:6379/0; escape special characters in the password, as "
    "%23 for #",
    is_secret=True,
)


def domain_above(hosts: Sequence[str]) -> Form:
    """Return the form of a domain whose cookies browsers keep at all of the hosts (RFC 6265 5.3).

    They keep none for a domain without a dot, and none for an address.
    """

    def accepts(text: str) -> bool:
        domain = text.removeprefix(".").lower()
        _, dot, last = domain.rpartition(".")
        is_name = dot != "" and not last.isdigit()
        return is_name and all(f".{host}".endswith(f".{domain}") for host in hosts)

    return Form(
        accepts, f"must be a domain above all hosts at which people sign in ({', '.join(hosts)})"
    )


def greeting_name(host: str) -> str:
    """Return how a client of that host introduces itself to a mail server (RFC 5321 4.1.3)."""
    try:
        address = ip_address(host)
    except ValueError:
        return host.encode("idna").decode()
    return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"


def normalized_origin(text: str) -> str:
    """Return a web origin as browsers write it: lower case, punycode, no default port.

    Raises ValueError for anything but scheme, host and port (RFC 6454 6.2).
    """
    parts = urlsplit(text.rstrip("/"))
    host, port = parts.hostname or "", parts.port
    if not host or port == 0 or parts.scheme not in _DEFAULT_PORTS:
        raise ValueError(f"{text!r} is not an origin")
    if "@" in parts.netloc or parts.path or parts.query or parts.fragment:
        raise ValueError(f"{text!r} has more than a scheme, a host and a port")
    is_default = port in (None, _DEFAULT_PORTS[parts.scheme])
    return f"{parts.scheme}://{_written_host(host)}" + ("" if is_default else f":{port}")


def _written_host(host: str) -> str:
    if ":" in host:
        return f"[{ip_address(host)}]"
    written = host.encode("idna").decode()
    if not _HOST.fullmatch(written):
        raise ValueError(f"{host!r} is not the name of a host")
    # Python has the rules of 2003, by which `ß` is `ss`; browsers have newer ones.
    if not host.isascii() and written.encode().decode("idna") != host:
        raise ValueError(f"{host!r} must be written in punycode")
    return written
