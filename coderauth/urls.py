"""Every route: the API of each room, pages, health."""

from django.urls import include, path, re_path

from coderauth.http import pages
from coderauth.http.envelope import route_not_found
from scopes.api.urls import before_people, oauth2

handler400 = pages.bad_request
handler403 = pages.forbidden
handler404 = pages.not_found
handler500 = pages.server_error

urlpatterns = [
    path("api/v2/", include(before_people)),
    path("api/v2/users", include("accounts.api.urls")),
    path("api/v2/", include("scopes.api.urls")),
    path("api/v2/", include("audit.api.urls")),
    path("api/v2", include("coderauth.api.urls")),
    re_path(r"^api(?P<path>/(?s:.*))?$", route_not_found),
    path("oauth2/", include(oauth2)),
    path("", include("accounts.web.urls")),
    path("", include("scopes.web.urls")),
    path("", include("audit.web.urls")),
    path("", include("coderauth.web.urls")),
]
