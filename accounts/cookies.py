"""The cookies of signing in, out and over (accounts.md 1.20)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from django.utils.http import http_date

from accounts.conversion import COOKIE as CONVERSION_COOKIE
from coderauth.http.csrf import SESSION_COOKIE


def set_session(response: HttpResponseBase, secret: str) -> None:
    """Give the browser its session; it ends with the browser or with the key."""
    same_site: Any = settings.SAMESITE_AUTH_COOKIE.capitalize()
    response.set_cookie(
        SESSION_COOKIE,
        secret,
        path="/",
        httponly=True,
        secure=settings.SECURE_AUTH_COOKIE,
        samesite=same_site,
    )


def clear_session(response: HttpResponseBase) -> None:
    """Take the session from the browser, with the attributes that upstream sends and no more."""
    response.set_cookie(SESSION_COOKIE, "", max_age=0, path="/")
    response.cookies[SESSION_COOKIE]["expires"] = ""


def set_conversion(response: HttpResponseBase, signed: str, expires_at: datetime) -> None:
    """Tie a conversion to the browser that proved the password."""
    response.set_cookie(
        CONVERSION_COOKIE,
        signed,
        expires=http_date(expires_at.timestamp()),
        path="/",
        httponly=True,
        secure=settings.SECURE_AUTH_COOKIE,
        samesite="Lax",
    )
