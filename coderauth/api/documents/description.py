"""The OpenAPI document, on the wire."""

from rest_framework import serializers

from coderauth.http.documents import Document


class OpenApiDocument(Document):
    """An OpenAPI document."""

    openapi = serializers.CharField()
    info = serializers.DictField()
    servers = serializers.ListField(child=serializers.DictField())
    tags = serializers.ListField(child=serializers.DictField())
    paths = serializers.DictField()
    components = serializers.DictField()

    example = {
        "openapi": "3.1.0",
        "info": {"title": "coderauth", "version": "0.1.0"},
        "servers": [{"url": "https://auth.example.org"}],
        "tags": [],
        "paths": {},
        "components": {},
    }
