"""`/admin/scopes`: every scope, who holds it, and what needs it."""

import json
from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from coderauth.counting import count_each, count_values, in_words
from coderauth.pages.access import Needs
from coderauth.pages.page import VisitorPage
from scopes.callers import Caller
from scopes.engine.catalog import FULL, PUBLIC, canonical, expand
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
                "held": held.get(scope.name, ""),
            }
            for scope in scopes
        ]
        return self.page({"scopes": rows, "may_count": may_count})


def _held() -> dict[str, str]:
    """Say how many good tokens hold each scope; of those for everything, that alone is counted.

    Two queries. Both kinds are counted as far as people read numbers.
    """
    tokens = Key.objects.tokens().unexpired(timezone.now())
    counts: Counter[str] = Counter()
    found, are_all = count_values(tokens.narrowed(), "scopes")
    for names, count in found:
        for name in json.loads(names):
            counts[name] += count
    held = {name: f"{count:,}{'' if are_all else '+'}" for name, count in counts.items()}
    full = count_each({FULL: tokens.with_scope(FULL)})[FULL]
    return held | ({FULL: in_words(full)} if full else {})
