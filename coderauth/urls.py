"""Every route: the API of each room, pages, health."""

from django.urls import include, path, re_path

from coderauth.http.envelope import route_not_found, server_error
from coderauth.http.service import ServiceViewSet, healthz, readyz

handler500 = server_error

urlpatterns = [
    path("api/v2/", include("accounts.api.urls")),
    path("api/v2/", include("scopes.api.urls")),
    re_path(r"^api/v2/?$", ServiceViewSet.as_view({"get": "root"})),
    path("api/v2/buildinfo", ServiceViewSet.as_view({"get": "build"})),
    re_path(r"^api(?P<path>/.*)?$", route_not_found),
    path("healthz", healthz),
    path("readyz", readyz),
]
