"""Find the proxy for calls to a provider, in the variables that other programs read, too.

`HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY` name proxies. `NO_PROXY` lists what is called without
one: hosts with their subdomains, addresses, networks, each with or without a port; or `*`.
"""

from ipaddress import ip_address, ip_network
from urllib.request import getproxies

import httpx2

SCHEMES = frozenset({"http", "https"})
UNUSABLE = "a proxy in HTTPS_PROXY, HTTP_PROXY or ALL_PROXY is not http://host:port"


def proxy_for(url: httpx2.URL) -> str:
    """Return the URL of the proxy for an address, or an empty text.

    Raises httpx2.ProxyError for an unusable one, because bypassing it might be forbidden.
    """
    # Lower case before upper case. HTTP_PROXY is not read where it may be a header's (CGI).
    proxies = getproxies()
    found = proxies.get(url.scheme) or proxies.get("all")
    if not found or _is_exempt(url, proxies.get("no", "")):
        return ""
    proxy = found if "://" in found else f"http://{found}"
    try:
        parts = httpx2.URL(proxy)
    except httpx2.InvalidURL:
        raise httpx2.ProxyError(UNUSABLE) from None
    if parts.scheme not in SCHEMES or not parts.host:
        raise httpx2.ProxyError(UNUSABLE)
    return proxy


def _is_exempt(url: httpx2.URL, listed: str) -> bool:
    port = url.port or {"http": 80, "https": 443}.get(url.scheme)
    return any(_covers(entry.strip().lower(), url.host, port) for entry in listed.split(","))


def _covers(entry: str, host: str, port: int | None) -> bool:
    if entry in {"", "*"}:
        return entry == "*"
    name, colon, number = entry.rpartition(":")
    # An IPv6 address has colons of its own, and stands in brackets before a port.
    if colon and number.isdigit() and (":" not in name or name.endswith("]")):
        if int(number) != port:
            return False
        entry = name
    entry = entry.strip("[]")
    try:
        return ip_address(host) in ip_network(entry, strict=False)
    except ValueError:
        domain = entry.removeprefix("*").removeprefix(".")
        return host == domain or host.endswith(f".{domain}")
