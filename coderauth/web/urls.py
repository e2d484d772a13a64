"""The pages of the service itself."""

from django.urls import path

from coderauth.web.documentation import documentation
from coderauth.web.health import healthz, readyz
from coderauth.web.metadata import protected_resource

urlpatterns = [
    path("docs/api", documentation, name="api-documentation"),
    path(".well-known/oauth-protected-resource", protected_resource),
    path("healthz", healthz),
    path("readyz", readyz),
]
