"""The cookies of signing in, signing out and converting (accounts.md 1.20)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from django.utils.http import http_date

from accounts.federation.conversion import COOKIE as CONVERSION_COOKIE
from accounts.federation.device import Waiting
from accounts.federation.flow import Departure
from accounts.sessions.limits import DEVICE_AGE
from coderauth.http.csrf import SESSION_COOKIE

OAUTH_STATE, OAUTH_REDIRECT, OAUTH_VERIFIER = "oauth_state", "oauth_redirect", "oauth_pkce_verifier"
SETUP_COOKIE = "coderauth_setup"
DEVICE_COOKIE = "coderauth_device"
OAUTH_DEVICE, DEVICE_PATH = "oauth_device", "/login/device"


def set_session(response: HttpResponseBase, secret: str) -> None:
    """Give the browser its session; it ends with the browser or with the key."""
    _set(response, SESSION_COOKIE, secret, domain=settings.FORWARD_AUTH_COOKIE_DOMAIN or None)


def set_device_known(response: HttpResponseBase, value: str) -> None:
    """Have the browser keep that it has signed in, so that strangers' tries do not keep it out."""
    response.set_cookie(
        DEVICE_COOKIE,
        value,
        max_age=DEVICE_AGE,
        path="/",
        httponly=True,
        secure=settings.SECURE_AUTH_COOKIE,
        samesite="Lax",
    )


def set_departure(response: HttpResponseBase, departure: Departure) -> None:
    """Set the cookies that the browser must bring back from a provider, in Coder's order."""
    _set(response, OAUTH_STATE, departure.state)
    _set(response, OAUTH_REDIRECT, departure.redirect)
    _set(response, OAUTH_VERIFIER, departure.verifier)


def clear_departure(response: HttpResponseBase) -> None:
    """Clear the cookies of a sign-in with a provider: they are good once (accounts.md H8)."""
    for name in (OAUTH_STATE, OAUTH_REDIRECT, OAUTH_VERIFIER):
        _clear(response, name)


def set_device(response: HttpResponseBase, waiting: Waiting) -> None:
    """Set the cookie with GitHub's code, for the page that waits for it."""
    response.set_cookie(
        OAUTH_DEVICE,
        waiting.sealed(),
        expires=http_date(waiting.ends_at),
        path=DEVICE_PATH,
        httponly=True,
        secure=settings.SECURE_AUTH_COOKIE,
        samesite="Lax",
    )


def clear_device(response: HttpResponseBase) -> None:
    """Clear the cookie with GitHub's code, once it is redeemed or refused."""
    response.delete_cookie(OAUTH_DEVICE, path=DEVICE_PATH)


def clear_session(response: HttpResponseBase) -> None:
    """Clear the session cookie, with the attributes that Coder sends and no others.

    Where the cookie has a domain, it is only cleared with it.
    """
    _clear(response, SESSION_COOKIE)
    if settings.FORWARD_AUTH_COOKIE_DOMAIN:
        response.cookies[SESSION_COOKIE]["domain"] = settings.FORWARD_AUTH_COOKIE_DOMAIN


def set_conversion(response: HttpResponseBase, signed: str, expires_at: datetime) -> None:
    """Set the cookie that ties a conversion to the browser that proved the password."""
    response.set_cookie(
        CONVERSION_COOKIE,
        signed,
        expires=http_date(expires_at.timestamp()),
        path="/",
        httponly=True,
        secure=settings.SECURE_AUTH_COOKIE,
        samesite="Lax",
    )


def set_setup(response: HttpResponseBase, shown: str) -> None:
    """Have the browser keep the set-up secret until it closes, for the pages that set up."""
    _set(response, SETUP_COOKIE, shown)


def clear_conversion(response: HttpResponseBase) -> None:
    """Clear the cookie of a conversion, once it is done."""
    _clear(response, CONVERSION_COOKIE)


def _set(response: HttpResponseBase, name: str, value: str, *, domain: str | None = None) -> None:
    same_site: Any = settings.SAMESITE_AUTH_COOKIE.capitalize()
    response.set_cookie(
        name,
        value,
        path="/",
        domain=domain,
        httponly=True,
        secure=settings.SECURE_AUTH_COOKIE,
        samesite=same_site,
    )


def _clear(response: HttpResponseBase, name: str) -> None:
    response.set_cookie(name, "", max_age=0, path="/")
    response.cookies[name]["expires"] = ""
