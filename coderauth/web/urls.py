"""The pages of the service itself."""

from django.urls import path

from coderauth.web.documentation import documentation
from coderauth.web.health import healthz, readyz

urlpatterns = [
    path("docs/api", documentation),
    path("healthz", healthz),
    path("readyz", readyz),
]
