"""The routes of the service itself, below `/api/v2`."""

from django.urls import path, re_path

from coderauth.api.description import DocumentViewSet
from coderauth.api.service import ServiceViewSet

urlpatterns = [
    re_path(r"^/?$", ServiceViewSet.as_view({"get": "root"})),
    path("/buildinfo", ServiceViewSet.as_view({"get": "build"})),
    path("/openapi.json", DocumentViewSet.as_view({"get": "retrieve"}), name="openapi"),
]
