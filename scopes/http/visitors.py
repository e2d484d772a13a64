"""Who visits the pages."""

from typing import cast

from django.http import HttpRequest

from coderauth.http.principals import visitor_of
from scopes.callers import Caller


def caller_of(request: HttpRequest) -> Caller:
    """Return who is signed in, with the rights of their key; for pages behind an entrance only."""
    return cast("Caller", visitor_of(request))
