"""`/admin/scopes`: every scope, who holds it, and what needs it."""

from collections import Counter
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from coderauth.pages.access import Needs
from coderauth.pages.page import VisitorPage
from scopes.callers import Caller
from scopes.engine.catalog import PUBLIC, canonical, expand
from scopes.models import Key
from scopes.web.picker import endpoints


class ScopesPage(VisitorPage):
    """The catalogue; how many keys hold a scope is for those who may read every key."""

    access = (
        Needs("user:read"),
        Needs("organization_member:read", in_some_organization=True),
    )
    template_name = "scopes/scopes.html"
    caller: Caller

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        may_count = self.caller.may("read", "api_key")
        held = _held() if may_count else {}
        scopes = [expand(name) for name in PUBLIC if canonical(name) == name]
        rows = [
            {
                "name": scope.name,
                "sentence": scope.description,
                "permissions": [f"{one.resource}:{one.action}" for one in scope.permissions],
                "endpoints": endpoints().get(scope.name, ()),
                "held": held.get(scope.name, 0),
            }
            for scope in scopes
        ]
        return self.page({"scopes": rows, "may_count": may_count})


def _held() -> Counter[str]:
    """Count the good tokens with each scope. One query; most keys have one of a few lists."""
    tokens = Key.objects.tokens().unexpired(timezone.now()).order_by()
    held: Counter[str] = Counter()
    for names, count in tokens.values_list("scopes").annotate(Count("pk")).iterator():
        for name in names:
            held[name] += count
    return held
