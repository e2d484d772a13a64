"""Parse the headers in which proxies name the client: `X-Forwarded-For` and `Forwarded`."""

import re
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

Address = IPv4Address | IPv6Address

STANDARD = "forwarded"
LONGEST = 80
# Parts between commas or semicolons outside of quotes (RFC 7239 4).
_ELEMENTS = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*"?)+')
_FOR = re.compile(r'(?:^|;)\s*for=(?:"([^"]*)"|([^";\s]*))\s*(?=;|$)', re.IGNORECASE)
_PORT = re.compile(r":[0-9]{1,5}")


def addresses_from_the_right(header: str, value: str) -> Iterator[Address | None]:
    """Yield the addresses in a value, the nearest proxy's entry first; None for other entries."""
    if header.lower() != STANDARD:
        for text in reversed(value.split(",")):
            yield parse_address(text.strip())
        return
    for element in reversed(_ELEMENTS.findall(value)):
        found = _FOR.search(element.strip())
        yield parse_address(found[1] or found[2] or "") if found else None


def parse_address(text: str) -> Address | None:
    """Return an address without the port, brackets or zone with which it may be written."""
    # Clients can write these texts, and long ones would fill the cache.
    return _parse(text) if len(text) <= LONGEST else None


@lru_cache(maxsize=4096)
def _parse(text: str) -> Address | None:
    host = text
    if text.startswith("["):
        host, bracket, port = text[1:].partition("]")
        if not bracket or (port and not _PORT.fullmatch(port)):
            return None
    elif (found := _read(text)) is not None:
        return found
    else:
        host, _, port = text.rpartition(":")
        if not _PORT.fullmatch(f":{port}"):
            return None
    return _read(host)


def _read(text: str) -> Address | None:
    try:
        # The zone of a link-local address has a meaning on that host only.
        parsed = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed
