"""The base of all API views: declared permissions, JSON only, nothing computed twice.

`dispatch` is ours because DRF's costs more than the rest of a request (`bench/README.md`): it
builds a request with parsers, negotiators and throttles that this API does not have. What it
keeps: DRF's request, authenticators, exception handler and responses.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.viewsets import ViewSet

from coderauth.connections import drop_broken
from coderauth.errors import DomainError
from coderauth.http.body import MAX_BYTES, RequestBody
from coderauth.http.client import client_address, is_from_this_machine, rate_limit_address
from coderauth.http.decoding import decode_form
from coderauth.http.envelope import insufficient_scope
from coderauth.http.principals import Authenticator, Principal
from coderauth.http.query import TRUE
from coderauth.http.ratelimit import Usage, enforce
from coderauth.http.rendering import JSON, JsonRenderer, encode

REFUSED = frozenset({403, 404})
# Stands for every permission that the request itself speaks of.
WHATEVER_IS_NAMED = "*:*"


@dataclass(frozen=True, slots=True, init=False)
class Asks:
    """The permissions that the services behind an action ask the decision engine for.

    Nothing is enforced here: how an act is refused depends on the object that it is about, so its
    service asks. This says what, for readers and for the OpenAPI document; tests hold every call to
    it. The first permission is that of the act itself, the others are asked for on the way.
    """

    permission: str
    others: tuple[str, ...]

    def __init__(self, permission: str, *others: str) -> None:
        object.__setattr__(self, "permission", permission)
        object.__setattr__(self, "others", others)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Any valid key is enough; says why no permission is needed.

    `asks`: what is asked nevertheless, about types that only the request names, as `*:read`.
    """

    reason: str
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Public:
    """Nobody has to sign in; says why."""

    reason: str


Access = Asks | SignedIn | Public


class ApiViewSet(ViewSet):
    """A noun of the API. `access` declares for each action who may call it, and what it asks."""

    access: ClassVar[Mapping[str, Access]] = {}
    # Actions that count against the login limit, by client and endpoint (accounts.md 1.13). Not
    # by path: `me`, an id and a name in any case are many paths to one password.
    login_limited: ClassVar[frozenset[str]] = frozenset()
    # Actions limited by caller and endpoint instead; some callers may ask to be let through.
    caller_limited: ClassVar[frozenset[str]] = frozenset()
    # On most routes Coder asks who is calling before it says that a method is wrong.
    hides_methods: ClassVar[bool] = True

    # What the OpenAPI document says of the parts of paths, and how each may be refused.
    path_parameters: ClassVar[Mapping[str, str]] = {}
    path_refusals: ClassVar[Mapping[str, Sequence[str]]] = {}

    renderer: ClassVar[JsonRenderer] = JsonRenderer()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.args, self.kwargs, self.headers = args, kwargs, {}
        self.request = drf_request = Request(request, authenticators=self._authenticators())
        usage: Usage | None = None
        try:
            self.action = action = self._action(request)
            is_public = isinstance(self._declared(action), Public)
            if is_public or action in self.login_limited:
                drop_broken()
            if action in self.login_limited:
                usage = self._count_login(request)
            if not is_public:
                self._authenticate(drf_request)
            if action in self.caller_limited:
                usage = self._count_caller(request)
            handler: Callable[..., HttpResponse] = getattr(self, action)
            response = handler(drf_request, *args, **kwargs)
            self._note_use()
        except Exception as error:  # noqa: BLE001 (the handler answers each, and logs the unknown)
            response = self.handle_exception(error)
        if isinstance(response, Response):
            response.accepted_renderer = self.renderer
            response.accepted_media_type = self.renderer.media_type
            response.renderer_context = {}  # type: ignore[attr-defined]  # The stubs lack it.
        if usage is not None:
            for name, value in usage.headers().items():
                response.headers.setdefault(name, value)
        return response

    def _note_use(self) -> None:
        declared = self._declared(self.action)
        if isinstance(declared, Asks):
            self.caller.did((declared.permission, *declared.others))

    def handle_exception(self, error: Exception) -> Response:
        handler: Any = api_settings.EXCEPTION_HANDLER
        response: Response = handler(error, {"view": self, "request": self.request})
        if response.status_code in REFUSED:
            self._name_missing_scopes(response)
        return response

    def _name_missing_scopes(self, response: Response) -> None:
        """Say which scopes the key lacks for this action (RFC 6750 3), whatever else it lacks.

        It follows from the key and the route, so a 404 still tells nothing about the object.
        """
        declared = self.access.get(self.action)
        if not isinstance(declared, Asks) or self.request.user is None:
            return
        missing = self.caller.lacks([declared.permission]) or self.caller.lacks(declared.others)
        if missing:
            response.headers["WWW-Authenticate"] = insufficient_scope(missing)

    @staticmethod
    def answer(document: Any) -> HttpResponse:
        """Return a finished answer, for hot routes: rendering it with DRF costs four times that."""
        return HttpResponse(encode(document), content_type=JSON)

    def body(self, shape: type[RequestBody]) -> dict[str, Any]:
        """Return the request's body in a declared shape; raises InvalidRequest."""
        return shape.read(self.raw_body())

    def form(self, shape: type[RequestBody]) -> dict[str, Any]:
        """Return the body of one of HTML's forms in a declared shape; raises InvalidRequest."""
        return shape.of(decode_form(self.raw_body()))

    def raw_body(self) -> bytes:
        """Return the body as sent, cut just past the size that is refused."""
        request: HttpRequest = self.request._request  # noqa: SLF001 (DRF has no public name for it)
        return request.read(MAX_BYTES + 1)

    @property
    def caller(self) -> Principal:
        """Return who was authenticated; not for public actions."""
        return cast("Principal", self.request.user)

    @property
    def address(self) -> str:
        return client_address(self.request._request)  # noqa: SLF001

    @property
    def is_nearby(self) -> bool:
        return is_from_this_machine(self.request._request)  # noqa: SLF001

    @staticmethod
    @lru_cache(maxsize=1)
    def _authenticators() -> list[Authenticator]:
        """Return what tells who calls, made once: it holds nothing of a request."""
        classes: Any = api_settings.DEFAULT_AUTHENTICATION_CLASSES
        return [made() for made in classes]

    @classmethod
    def authentication_refusals(cls) -> list[str]:
        """Return the codes with which a request is refused before its action is asked."""
        return [code for authenticator in cls._authenticators() for code in authenticator.refuses]

    def _action(self, request: HttpRequest) -> str:
        # DRF lists a HEAD beside each GET.
        action: str = self.action_map.get((request.method or "").lower(), "wrong_method")
        return action

    def _declared(self, action: str) -> Access:
        if action == "wrong_method":
            reason = "says only that the method is wrong"
            return SignedIn(reason) if self.hides_methods else Public(reason)
        declared = self.access.get(action)
        if declared is None:
            raise ImproperlyConfigured(f"{type(self).__name__}.{action} declares no access")
        return declared

    def _authenticate(self, request: Request) -> None:
        for authenticator in self._authenticators():
            request.user, request.auth = authenticator.authenticate(request)

    def _count_login(self, request: HttpRequest) -> Usage | None:
        address = rate_limit_address(client_address(request))
        return enforce(f"login:{address}:{self._endpoint()}", settings.LOGIN_RATE_LIMIT)

    def _count_caller(self, request: HttpRequest) -> Usage | None:
        if not settings.RATE_LIMITS_ENABLED:
            return None
        if request.headers.get("X-Coder-Bypass-Ratelimit", "") in TRUE:
            if not self.caller.may_bypass_limits:
                raise DomainError("bypass_refused")
            return None
        return enforce(f"caller:{self.caller.id}:{self._endpoint()}", settings.LOGIN_RATE_LIMIT)

    def _endpoint(self) -> str:
        return f"{type(self).__name__}.{self.action}"

    def wrong_method(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer 405 and say in `Allow` which methods the path has."""
        allowed = ", ".join(sorted(self.action_map)).upper()
        return Response(None, status=405, headers={"Allow": allowed})
