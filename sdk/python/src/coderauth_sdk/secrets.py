"""Keep tokens out of what is printed and logged."""

import logging
import re
from collections.abc import Generator
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx2

_COOKIE = re.compile(r"(?i)(b'set-cookie', b'[^=']*=)[^;']*")


class Bearer(httpx2.Auth):
    """Adds a token to requests. No variable in a traceback shows it."""

    def __init__(self, token: str) -> None:
        self.token = token

    def __repr__(self) -> str:
        return "Bearer(…)"

    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        request.headers["Authorization"] = f"Bearer {self.token}"
        yield request


def no_cookies() -> CookieJar:
    """Return a jar that keeps nothing.

    Signing in also sets a cookie, for browsers. If it were kept, the next request of any client on
    these connections would be that user's, because the server looks at cookies first.
    """
    return CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))


class _HideCookies(logging.Filter):
    """Removes the values of cookies from what the HTTP library logs about answers."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, str):
            record.msg = _COOKIE.sub(r"\1[hidden]", record.msg)
        return True


_HIDE_COOKIES = _HideCookies()


def hide_cookies_in_logs() -> None:
    """Guard the two loggers that would log the cookie of a sign-in at level DEBUG."""
    for name in ("httpcore2.http11", "httpcore2.http2"):
        logging.getLogger(name).addFilter(_HIDE_COOKIES)
