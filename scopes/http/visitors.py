"""The visitors of pages."""

from typing import cast

from django.http import HttpRequest

from coderauth.http.principals import visitor_of
from scopes.callers import Caller


def caller_of(request: HttpRequest) -> Caller:
    """Return the signed-in caller with the rights of their key; for pages behind a sign-in."""
    return cast("Caller", visitor_of(request))
