"""Pages know their visitor by the session cookie, which is a key (decision D5)."""

from django.contrib.auth import get_user_model
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from coderauth.connections import drop_broken
from coderauth.errors import Unauthenticated
from coderauth.http.csrf import SESSION_COOKIE
from coderauth.http.pages import PagesOnly
from scopes.http.authentication import caller_of_token


class VisitorAuthentication(PagesOnly, AuthenticationMiddleware):
    """Set `request.user` from the cookie; its `caller` holds the rights of that very key."""

    def process_request(self, request: HttpRequest) -> None:
        drop_broken()
        request.user = SimpleLazyObject(lambda: visitor(request))  # type: ignore[assignment]


def visitor(request: HttpRequest) -> object:
    """Return the signed-in user; an anonymous one without a key and for an invalid key.

    Raises RateLimited for guessers of keys.
    """
    token = request.COOKIES.get(SESSION_COOKIE, "")
    if not token:
        return AnonymousUser()
    try:
        caller = caller_of_token(request, token)
        caller.by_cookie = True
    except Unauthenticated:
        return AnonymousUser()
    user = get_user_model()._default_manager.get(pk=caller.id)
    user.caller = caller
    return user
