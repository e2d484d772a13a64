"""The route of this room, below `/api/v2`."""

from django.urls import re_path

from audit.api.entries import AuditViewSet

urlpatterns = [
    re_path(r"^audit/?$", AuditViewSet.as_view({"get": "list"})),
]
