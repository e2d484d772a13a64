"""A browser that signs in with an OIDC provider through the API."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.test import Client

from accounts.models import User
from coderauth.http.csrf import SESSION_COOKIE
from scopes.keys.verifying import verify
from tests.openapi import validate

CALLBACK = "/api/v2/users/oidc/callback"
PAGE = {"accept": "text/html,application/xhtml+xml"}
DEPARTURE = ("oauth_state", "oauth_redirect", "oauth_pkce_verifier")


class Visitor(Client):
    """Keeps its cookies from one request to the next."""

    def api(self, path: str, **headers: str) -> Any:
        response = self.get(path, headers=headers)
        validate(response)
        return response

    def leave(self, path: str = CALLBACK, **query: str) -> str:
        """Begin to sign in; return where the browser is led."""
        response = self.api(f"{path}?{urlencode(query)}")
        assert response.status_code == 307, response.content
        return str(response.headers["Location"])

    def kept(self) -> dict[str, str]:
        """Return what it keeps of its departure."""
        found = {name: self.cookies[name].value for name in DEPARTURE if name in self.cookies}
        return {name: value for name, value in found.items() if value}

    @property
    def user(self) -> User | None:
        """Return who is signed in."""
        cookie = self.cookies.get(SESSION_COOKIE)
        if cookie is None or not cookie.value:
            return None
        return User.objects.get(pk=verify(cookie.value, address="192.0.2.7").id)


def path_of(location: str) -> str:
    """Return the path and query of an absolute address of ours."""
    parts = urlsplit(location)
    return f"{parts.path}?{parts.query}"
