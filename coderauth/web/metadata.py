"""What programs can read before they have a key (RFC 9728)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from coderauth.http.rendering import JSON, encode
from scopes.engine.catalog import PUBLIC


@require_safe
def protected_resource(request: HttpRequest) -> HttpResponse:
    """Describe this API as a protected resource; each 401 names this address.

    There is no authorization server to name: people make keys on pages, or with the API.
    """
    document = {
        "resource": settings.ACCESS_URL,
        "resource_name": "coderauth",
        "resource_documentation": f"{settings.ACCESS_URL}/docs/api",
        "bearer_methods_supported": ["header", "query"],
        "scopes_supported": PUBLIC,
    }
    return HttpResponse(encode(document), content_type=JSON)
