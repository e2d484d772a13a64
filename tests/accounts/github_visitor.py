"""A browser that signs in with GitHub through the API."""

from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from django.test import Client

from accounts.models import User
from coderauth.http.csrf import SESSION_COOKIE
from tests.openapi import validate
from tests.people import PASSWORD, make_key

CALLBACK = "/api/v2/users/oauth2/github/callback"
DEVICE = "/api/v2/users/oauth2/github/device"


class Visitor(Client):
    """Keeps its cookies from one request to the next."""

    def api(self, path: str, **headers: str) -> Any:
        response = self.get(path, headers=headers)
        validate(response)
        return response

    def leave(self, **query: str) -> str:
        """Begin to sign in; return where the browser is led."""
        response = self.api(f"{CALLBACK}?{urlencode(query)}")
        assert response.status_code == 307, response.content
        return str(response.headers["Location"])

    def agree(self, **query: str) -> str:
        """Begin to sign in and agree at GitHub; return the path to which GitHub leads back."""
        answer = httpx2.get(self.leave(**query))
        back = urlsplit(answer.headers["Location"])
        return f"{back.path}?{back.query}"

    def sign_in(self, **query: str) -> Any:
        return self.api(self.agree(**query))

    def convert(self, user: User) -> str:
        """Prove a user's password, to sign in with GitHub from now on; return the state."""
        token = make_key(user)
        response = self.post(
            "/api/v2/users/me/convert-login",
            {"to_type": "github", "password": PASSWORD},
            content_type="application/json",
            headers={"Coder-Session-Token": token},
        )
        assert response.status_code == 201, response.content
        state: str = response.json()["state_string"]
        return state

    @property
    def user(self) -> User | None:
        """Return who is signed in."""
        if not self.cookies.get(SESSION_COOKIE) or not self.cookies[SESSION_COOKIE].value:
            return None
        me = self.get("/api/v2/users/me")
        return User.objects.get(pk=me.json()["id"]) if me.status_code == 200 else None
