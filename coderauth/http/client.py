"""The client at the other end of the socket."""

import logging
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv6Address, ip_network
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from coderauth.http.forwarding import addresses_from_the_right, parse_address

logger = logging.getLogger(__name__)

# What proxies add, whether or not their word counts.
FORWARDED = (
    "HTTP_FORWARDED",
    "HTTP_VIA",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)
NO_ADDRESS = "0.0.0.0"  # noqa: S104 (the recorded text for "no address", not a bind address)


def client_address(request: HttpRequest) -> str:
    """Return the caller's IP address."""
    return address_of(request.META)


def address_of(meta: Mapping[str, Any]) -> str:
    """Return the caller's IP address; `meta` is the WSGI environ of a request.

    A forwarding header counts only when the socket's peer is a configured proxy. In a list, it is
    the rightmost address that is not itself a trusted proxy: the client wrote everything to the
    left of it.
    """
    peer: str = meta.get("REMOTE_ADDR", "").partition("%")[0]
    if parse_address(peer) is None:  # Such as a Unix socket; the database stores addresses only.
        return NO_ADDRESS
    if not settings.PROXY_TRUSTED_ORIGINS or not _is_trusted(peer):
        return peer
    for header in settings.PROXY_TRUSTED_HEADERS:
        value: str = meta.get(f"HTTP_{header.upper().replace('-', '_')}", "")
        for address in addresses_from_the_right(header, value) if value else ():
            if address is None:
                _warn_once(header)
                break
            if not _is_trusted(str(address)):
                return str(address)
    return peer


@lru_cache(maxsize=32)
def _warn_once(header: str) -> None:
    """Say that a proxy's word is not understood; not what it said, for clients had a hand in it."""
    logger.warning(
        "%s names no address at a place where a trusted proxy wrote: those clients are counted as "
        "one, and the proxy's address is recorded",
        header,
    )


def is_from_proxy(meta: Mapping[str, Any]) -> bool:
    """Say whether a configured proxy sent the request, so that its word about it counts."""
    peer: str = meta.get("REMOTE_ADDR", "").partition("%")[0]
    known = parse_address(peer) is not None and bool(settings.PROXY_TRUSTED_ORIGINS)
    return known and _is_trusted(peer)


def user_agent(request: HttpRequest) -> str:
    """Return how the client calls itself, as UTF-8; WSGI has a character for each byte."""
    value: str = request.META.get("HTTP_USER_AGENT", "")
    return value.encode("latin-1", "replace").decode("utf-8", "replace")


def is_from_this_machine(request: HttpRequest) -> bool:
    """Say whether a program of this machine sent the request, by an address only it can use.

    Not one that a proxy of this machine passes on, for whoever that is, and not one for a name that
    somebody else's domain gives to this machine (DNS rebinding).
    """
    meta = request.META
    peer = parse_address(meta.get("REMOTE_ADDR", ""))
    if peer is None or not peer.is_loopback or any(name in meta for name in FORWARDED):
        return False
    try:
        host = urlsplit(f"//{meta.get('HTTP_HOST', '')}").hostname
    except ValueError:
        return False
    named = parse_address(host or "")
    return host in {None, "localhost"} or (named is not None and named.is_loopback)


@lru_cache(maxsize=4096)
def rate_limit_address(address: str) -> str:
    """Return what limits count by: the address itself, or the /64 of an IPv6 client."""
    parsed = parse_address(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, 64), strict=False))
    return address


def _is_trusted(address: str) -> bool:
    parsed = parse_address(address)
    return parsed is not None and any(
        parsed in network for network in settings.PROXY_TRUSTED_ORIGINS
    )
