"""A page to read and try the API."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

# Swagger UI sets `style` attributes and uses `data:` images; scripts must still be our own files.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


def documentation(request: HttpRequest) -> HttpResponse:
    """Show the document with Swagger UI, from our own server and without inline scripts."""
    response = render(request, "documentation.html")
    response.headers["Content-Security-Policy"] = POLICY
    return response
