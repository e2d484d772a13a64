"""Visit the pages as somebody, the way a browser without JavaScript does."""

import re
from typing import Any

from django.test import Client

from accounts.models import User
from coderauth.http.csrf import SESSION_COOKIE
from tests.people import make_key


def visitor(user: User | None = None, **key_fields: Any) -> Any:
    """Return a browser, with a fresh session of a user if one is given."""
    client = Client()
    if user is not None:
        client.cookies[SESSION_COOKIE] = make_key(user, **key_fields)
    return client


def text_of(response: Any) -> str:
    """Return the words of a page without its markup, in one line."""
    page = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    words = re.sub(r"<[^>]+>", " ", page).replace("&#x27;", "'").replace("&quot;", '"')
    return " ".join(words.split())


def notices(response: Any) -> list[str]:
    """Return the one-time notices that a response leaves for the next page."""
    return [str(message) for message in response.wsgi_request._messages]
