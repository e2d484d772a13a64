"""Where a browser may be sent after a sign-in: to this site, and to hosts that settings name.

Anywhere else would be an open redirect (CWE-601).
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.utils.http import url_has_allowed_host_and_scheme


def is_local(url: str) -> bool:
    """Say whether a browser that is sent there stays on this site.

    Browsers read a backslash as a slash, skip tabs and line breaks, and take `//` for another
    host.
    """
    return (
        url.startswith("/")
        and not url.startswith("//")
        and "\\" not in url
        and url.isprintable()
        and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    )


def may_return_to(url: str) -> bool:
    """Say whether a browser may go there once it is signed in: here, or to a named host."""
    if is_local(url):
        return True
    hosts = {*settings.FORWARD_AUTH_HOSTS}
    if not hosts or "\\" in url or not url.isprintable():
        return False
    return url.startswith(("https://", "http://")) and url_has_allowed_host_and_scheme(
        url, allowed_hosts=hosts, require_https=settings.HTTPS
    )


def local_part(url: str) -> str:
    """Return the path and query of a URL, whatever host it names; `/` for what is no URL.

    An empty text stays empty.
    """
    if not url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "/"
    path = "/" + parts.path.lstrip("/\\")
    local = f"{path}?{parts.query}" if parts.query else path
    return local if is_local(local) else "/"
