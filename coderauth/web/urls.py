"""The pages of the service itself."""

from django.urls import path

from coderauth.web.documentation import documentation
from coderauth.web.health import healthz, readyz
from coderauth.web.metadata import protected_resource
from coderauth.web.overview import (
    OverviewOfAllPage,
    SettingsPage,
    SystemPage,
    to_administration,
)

urlpatterns = [
    path("admin", to_administration),
    path("admin/", OverviewOfAllPage.as_view(), name="administration"),
    path("admin/settings", SettingsPage.as_view(), name="settings"),
    path("admin/system", SystemPage.as_view(), name="system"),
    path("docs/api", documentation, name="api-documentation"),
    path(".well-known/oauth-protected-resource", protected_resource),
    path("healthz", healthz),
    path("readyz", readyz),
]
