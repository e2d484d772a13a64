"""Pages know their visitor by the session cookie, which is a key (decision D5)."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from audit.records import KEY_ID
from coderauth.connections import drop_broken
from coderauth.errors import Unauthenticated
from coderauth.http.client import client_address, rate_limit_address
from coderauth.http.csrf import SESSION_COOKIE
from coderauth.http.pages import PagesOnly
from coderauth.http.ratelimit import enforce
from scopes.keys.verifying import GUESSES, verify


class KeyAuthentication(PagesOnly, AuthenticationMiddleware):
    """Set `request.user` from the cookie; its `caller` holds the rights of that very key."""

    def process_request(self, request: HttpRequest) -> None:
        drop_broken()
        request.user = SimpleLazyObject(lambda: visitor(request))  # type: ignore[assignment]


def visitor(request: HttpRequest) -> object:
    """Return the signed-in user, or nobody for no key and for one that will not do.

    Raises RateLimited for who guesses keys.
    """
    token = request.COOKIES.get(SESSION_COOKIE, "")
    if not token:
        return AnonymousUser()
    address = client_address(request)
    try:
        caller = verify(token, address=address)
    except Unauthenticated as error:
        if error.code in GUESSES:
            enforce(f"guess:{rate_limit_address(address)}", settings.KEY_GUESS_LIMIT)
        return AnonymousUser()
    request.META[KEY_ID] = caller.key_id
    user = get_user_model()._default_manager.get(pk=caller.id)
    user.caller = caller
    return user
