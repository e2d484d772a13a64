"""What every request and every response has in common."""

import re
from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from coderauth import BUILD_VERSION
from coderauth.http.current import current_request
from coderauth.http.fields import put, stored

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_SLASHES = re.compile(r"/{2,}")
_API_POLICY = "default-src 'none'; frame-ancestors 'none'"
_POLICY = "Content-Security-Policy"
_BUILD = stored({"X-Coder-Build-Version": BUILD_VERSION})


def page_policy(*image_origins: str) -> str:
    """Return the policy of a page that may show images from these origins besides our own."""
    images = " ".join(["img-src 'self' data:", *image_origins])
    return (
        f"default-src 'self'; {images}; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )


def is_api(request: HttpRequest) -> bool:
    """Say whether a request is for programs, and not for a page."""
    return request.path_info.startswith(("/api/", "/oauth2/"))


class RequestIdentity:
    """Give the request an id, say which build answers, and route `//` as `/`."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = str(uuid4())
        request.META["coderauth.request_id"] = request_id
        if "//" in request.path_info:
            request.path_info = request.path = _SLASHES.sub("/", request.path_info)
        token = current_request.set(request)
        try:
            response = self.get_response(request)
        finally:
            current_request.reset(token)
        if isinstance(response, HttpResponse):  # Not a stream: its length is known.
            put(response, {"content-length": ("Content-Length", str(len(response.content)))})
            if request.method == "HEAD":
                response.content = b""
        put(response, {"x-coder-request-id": ("X-Coder-Request-Id", request_id)})
        put(response, _BUILD)
        return response


class SecurityHeaders:
    """Tell browsers to trust the content type, to frame nothing and to run only our own code."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        age: int = settings.STRICT_TRANSPORT_SECURITY
        always = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
        if age:
            directives = [f"max-age={age}", *settings.STRICT_TRANSPORT_SECURITY_OPTIONS]
            always["Strict-Transport-Security"] = "; ".join(directives)
        # A shared cache must not keep what a key in a header of ours may see.
        of_api = always | {"Cache-Control": "no-store"}
        self.of_api = stored(of_api)
        self.of_api_with_policy = stored({_POLICY: _API_POLICY} | of_api)
        self.of_pages = [*(always | {_POLICY: page_policy()}).items()]

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        headers = response.headers
        if is_api(request):
            # A page about a refusal brings its own policy.
            put(response, self.of_api if _POLICY in headers else self.of_api_with_policy)
        else:
            for name, value in self.of_pages:  # A page may have a policy of its own.
                headers.setdefault(name, value)
        return response


def request_id(request: HttpRequest) -> str:
    """Return the id that `RequestIdentity` gave, or nothing outside of a served request."""
    identity: str = request.META.get("coderauth.request_id", "")
    return identity
