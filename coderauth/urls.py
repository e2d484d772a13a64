"""Every route: the API of each room, pages, health."""

from django.urls import include, path, re_path

from coderauth.admin import site
from coderauth.api.description import DocumentViewSet
from coderauth.api.service import ServiceViewSet
from coderauth.http import pages
from coderauth.http.admin_site import to_admin
from coderauth.http.envelope import route_not_found
from coderauth.web.documentation import documentation
from coderauth.web.health import healthz, readyz

handler400 = pages.bad_request
handler403 = pages.forbidden
handler404 = pages.not_found
handler500 = pages.server_error

urlpatterns = [
    path("api/v2/users", include("accounts.api.urls")),
    path("api/v2/", include("scopes.api.urls")),
    re_path(r"^api/v2/?$", ServiceViewSet.as_view({"get": "root"})),
    path("api/v2/buildinfo", ServiceViewSet.as_view({"get": "build"})),
    path("api/v2/openapi.json", DocumentViewSet.as_view({"get": "retrieve"}), name="openapi"),
    re_path(r"^api(?P<path>/(?s:.*))?$", route_not_found),
    path("", include("accounts.web.urls")),
    path("admin", to_admin),
    path("admin/", site.urls),
    path("docs/api", documentation),
    path("healthz", healthz),
    path("readyz", readyz),
]
