"""The routes of the service itself, below `/api/v2`."""

from django.urls import path, re_path

from coderauth.api.description import DocumentViewSet
from coderauth.api.product import ProductViewSet
from coderauth.api.service import ServiceViewSet

urlpatterns = [
    re_path(r"^/?$", ServiceViewSet.as_view({"get": "root"})),
    path("/buildinfo", ServiceViewSet.as_view({"get": "build"})),
    path("/entitlements", ProductViewSet.as_view({"get": "entitlements"})),
    path("/experiments", ProductViewSet.as_view({"get": "experiments"})),
    path("/appearance", ProductViewSet.as_view({"get": "appearance"})),
    path("/openapi.json", DocumentViewSet.as_view({"get": "retrieve"}), name="openapi"),
]
