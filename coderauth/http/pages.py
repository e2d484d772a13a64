"""What pages need and the API does not pay for: Django's middlewares, and pages for failures."""

import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.messages.middleware import MessageMiddleware
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseForbidden
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect
from django.template.loader import render_to_string
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]

from coderauth.errors import DomainError
from coderauth.http import envelope
from coderauth.http.envelope import error_headers
from coderauth.http.middleware import is_api, page_policy
from coderauth.http.outages import as_refusal
from coderauth.http.static_files import packed_file

TITLES = {
    400: "That request cannot be read",
    403: "You may not do that",
    404: "There is no such page",
    429: "Too many requests",
    500: "Something went wrong",
    503: "Please try again in a moment",
}
TEXTS = {
    400: "Go back, reload the page and try again.",
    403: "If you believe this is a mistake, please ask an administrator.",
    404: "The address may be mistyped, or the page may have moved.",
    500: "The error was logged. Please try again, or ask an administrator.",
}
STALE_FORM = (
    "This form was open for too long, or was sent by another website. "
    "Go back, reload the page and try again; your browser must accept cookies."
)


class PagesOnly:
    """Let requests of the API through untouched."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if is_api(request):
            return self.get_response(request)  # type: ignore[attr-defined, no-any-return]
        return super().__call__(request)  # type: ignore[misc, no-any-return]


class StaticFiles(PagesOnly, WhiteNoiseMiddleware):  # type: ignore[misc]
    """Serve `/static/`: what pages name compressed and for ever, the rest as it is."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(settings.STATIC_URL):
            packed = packed_file(request.path_info)
            if packed is not None:
                return packed.answer(request)
        return super().__call__(request)


class Compression(PagesOnly, GZipMiddleware):
    """Compress pages, but none that shows a secret: those answer a form, or a mailed link.

    The length of a compressed answer tells something of what is in it (BREACH); tokens of forms
    are masked anew in each answer.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> Any:
        is_plain = request.method != "GET" or request.path_info.startswith(
            settings.UNCOMPRESSED_PAGES
        )
        return response if is_plain else super().process_response(request, response)


class Csrf(PagesOnly, CsrfViewMiddleware):
    """Protect forms; the API has a rule of its own (`coderauth.http.csrf`)."""

    def process_view(
        self, request: HttpRequest, callback: Any, callback_args: Any, callback_kwargs: Any
    ) -> HttpResponseForbidden | None:
        # Django calls this beside `__call__`.
        if is_api(request):
            return None
        return super().process_view(request, callback, callback_args, callback_kwargs)


class Messages(PagesOnly, MessageMiddleware):
    """Show one-time notices, and refusals that have no place on a page."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError) or is_api(request):
            return None  # Outages of the database reach `server_error`, which also logs them.
        return failure(error.status, error.message, headers=error_headers(error), request=request)


def failure(
    status: int,
    text: str = "",
    *,
    title: str = "",
    advice: str = "",
    headers: Mapping[str, str] | None = None,
    request: HttpRequest | None = None,
) -> HttpResponse:
    """Return a page about a failure; needs neither the database nor to know who asks.

    With a request it has the navigation of whoever asks. `advice` says what to do next; the page
    then leads back to the sign-in page.
    """
    is_known = request is not None and signed_in(request) is not None
    context = {
        "status": status,
        "title": title or TITLES.get(status, TITLES[400]),
        "text": text or TEXTS.get(status, ""),
        "advice": advice,
        "layout": "layouts/account.html" if is_known else "layouts/card.html",
    }
    page = render_to_string("errors/failure.html", context, request if is_known else None)
    response = HttpResponse(page, status=status, headers=dict(headers or {}))
    response.headers["Cache-Control"] = "no-store"
    # Some of these answer a path of the API, whose own policy lets a page have no style.
    response.headers["Content-Security-Policy"] = page_policy()
    return response


def signed_in(request: HttpRequest) -> Any | None:
    """Return the signed-in user of a page; None also when the database does not say who it is."""
    try:
        user = getattr(request, "user", None)
        return user if user is not None and user.is_authenticated else None
    except (DatabaseError, DomainError):
        return None


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return (
        envelope.bad_request(request, exception)
        if is_api(request)
        else failure(400, request=request)
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return failure(403, str(exception), request=request)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return failure(404, request=request)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an unexpected failure; clients of the API get JSON."""
    if is_api(request):
        return envelope.server_error(request)
    outage = as_refusal(sys.exc_info()[1])
    if outage is not None:
        return failure(outage.status, outage.message, headers=error_headers(outage))
    return failure(500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse a stale form; one to sign in leads on when another tab has signed in meanwhile."""
    if not f"{request.path_info}/".startswith(f"{settings.LOGIN_URL}/"):
        return failure(403, STALE_FORM)
    try:
        is_signed_in = request.user.is_authenticated
    except DomainError as error:
        return failure(error.status, error.message, headers=error_headers(error))
    if not is_signed_in:
        return failure(403, STALE_FORM)
    # The page itself knows where a visitor who is signed in may be sent.
    return redirect(f"{settings.LOGIN_URL}?{urlencode({'next': request.POST.get('next', '')})}")
