"""Authenticate callers by their keys."""

from coderauth_sdk import Client
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from coderauth_django.asking import questions
from coderauth_django.refusals import CHALLENGE
from coderauth_django.users import CoderUser

BEARER = "bearer "


class KeyAuthentication(BaseAuthentication):
    """Sets `request.user` to a CoderUser, and `request.auth` to a client that speaks for them.

    Who they are, this service asks with its own key (RFC 7662), because the caller's need not be
    one that may read its own user. Headers with a name in them, as proxies set, are not looked at.
    """

    def authenticate(self, request: Request) -> tuple[CoderUser, Client] | None:
        """Return the caller, None without a key; raises AuthenticationFailed, Unavailable."""
        if not key_of(request):
            return None
        asked = questions()
        caller = asked.client_of(key_of(request))
        return asked.who(caller), caller

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401 (RFC 6750 3.1)."""
        return f'{CHALLENGE}, error="invalid_token"' if key_of(request) else CHALLENGE


def key_of(request: Request) -> str:
    """Return the key in the headers that coderauth itself takes, in its order, or an empty text.

    Not the one in a cookie: a service that took it would need a guard against forged requests.
    """
    if key := request.headers.get("Coder-Session-Token", "").strip():
        return key
    authorization = request.headers.get("Authorization", "")
    if authorization[: len(BEARER)].lower() == BEARER:
        return authorization[len(BEARER) :].strip()
    return ""
