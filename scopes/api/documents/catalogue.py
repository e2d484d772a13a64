"""The catalogue of scopes on the wire."""

from rest_framework import serializers

from coderauth.http.documents import Document


class ScopeCatalogueDocument(Document):
    """What a key can be narrowed to."""

    external = serializers.ListField(child=serializers.CharField())

    example = {"external": ["all", "coder:workspaces.operate", "workspace:read"]}
