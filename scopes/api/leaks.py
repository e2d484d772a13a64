"""`/auth/leaked`: tokens that somebody found where they should not be."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from coderauth.errors import InvalidRequest
from coderauth.http.body import decode
from coderauth.http.decoding import unreadable
from coderauth.http.openapi import operation
from coderauth.http.viewsets import Access, ApiViewSet, Public
from scopes.api.shapes.leaks import Leak
from scopes.keys.leaks import MAX_TOKENS, LeakedToken, tokens_leaked


class LeakViewSet(ApiViewSet):
    """Tokens that were found where everybody can read them."""

    access: ClassVar[dict[str, Access]] = {
        "create": Public("whoever finds a token should be able to have it revoked"),
    }
    login_limited = frozenset({"create"})
    hides_methods = False

    @operation(
        "Report leaked tokens",
        description=f"Each that is real is revoked at once, with the keys that it made, and its "
        f"owner is told. The answer is the same whether any was. At most {MAX_TOKENS} in a "
        "request, as objects (the format of GitHub's secret scanning) or as plain strings.",
        body=Leak(many=True),
        answers={202: None},
        refuses=("too_many_leaks",),
    )
    def create(self, request: Request) -> Response:
        tokens_leaked(_read(decode(self.raw_body())))
        return Response(None, status=202)


def _read(body: object) -> list[LeakedToken]:
    if not isinstance(body, list):
        raise unreadable("the body must be an array of tokens")
    if len(body) > MAX_TOKENS:
        raise InvalidRequest("too_many_leaks", maximum=MAX_TOKENS, found=len(body))
    return [_leak(item, f"[{number}]") for number, item in enumerate(body)]


def _leak(item: object, at: str) -> LeakedToken:
    if isinstance(item, str):
        return LeakedToken(item)
    body = Leak.of(item, f"{at}.")
    return LeakedToken(body["token"], body["url"])
