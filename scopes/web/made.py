"""The page that shows a new secret, once."""

import json
from shlex import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from scopes.engine.catalog import FULL, expand
from scopes.engine.policy import ANY
from scopes.models import Key


def secret_page(
    request: HttpRequest, key: Key, secret: str, *, title: str, note: str = ""
) -> HttpResponse:
    """Show a token in this one answer, for pages that nobody keeps a copy of."""
    context = {
        "key": key,
        "secret": secret,
        "title": title,
        "note": note,
        "try": _curl(key, secret),
    }
    return render(request, "scopes/keys/made.html", context)


def _curl(key: Key, secret: str) -> str:
    """Return a command that asks whether the key may do the first thing that it is for."""
    first = expand(key.scopes[0]).permissions[0] if key.scopes[0] != FULL else None
    resource = "user" if first is None else first.resource
    action = "read" if first is None or first.action == ANY else first.action
    question = {"object": {"resource_type": resource, "owner_id": "me"}, "action": action}
    body = json.dumps({"checks": {f"{resource}:{action}": question}})
    return (
        f"curl -H 'Authorization: Bearer {secret}' "
        f"{settings.ACCESS_URL}/api/v2/authcheck -d {quote(body)}"
    )
