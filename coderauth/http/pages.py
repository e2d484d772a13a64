"""Django's middlewares that pages need and the API pays nothing for."""

from django.contrib.messages.middleware import MessageMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from whitenoise.middleware import WhiteNoiseMiddleware

from coderauth.http.middleware import is_api


class PagesOnly:
    """Let requests of the API through untouched."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if is_api(request):
            return self.get_response(request)  # type: ignore[attr-defined, no-any-return]
        return super().__call__(request)  # type: ignore[misc, no-any-return]


class StaticFiles(PagesOnly, WhiteNoiseMiddleware):
    """Serve `/static/`."""


class Csrf(PagesOnly, CsrfViewMiddleware):
    """Protect forms; the API has a rule of its own (`coderauth.http.csrf`)."""


class Messages(PagesOnly, MessageMiddleware):
    """Show one-time notices."""
