"""The build, on the wire."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from coderauth import BUILD_VERSION
from coderauth.http.documents import Document
from coderauth.models import Deployment


class BuildDocument(Document):
    """Which server this is. Coder's clients compare `version` with their own."""

    external_url = serializers.URLField(help_text="Where the server's source is.")
    version = serializers.CharField()
    dashboard_url = serializers.URLField()
    telemetry = serializers.BooleanField()
    workspace_proxy = serializers.BooleanField()
    agent_api_version = serializers.CharField()
    provisioner_api_version = serializers.CharField()
    upgrade_message = serializers.CharField(allow_blank=True)
    deployment_id = serializers.UUIDField()

    example = {
        "external_url": "https://github.com/coderauth/coderauth",
        "version": "v2.27.0+coderauth.0.1.0",
        "dashboard_url": "https://auth.example.org",
        "telemetry": False,
        "workspace_proxy": False,
        "agent_api_version": "1.0",
        "provisioner_api_version": "1.10",
        "upgrade_message": "",
        "deployment_id": "7d0b7a1e-3f0c-4c37-9a47-2a3c8f5b8f10",
    }


def build_document(deployment: Deployment) -> dict[str, Any]:
    return {
        "external_url": settings.SOURCE_URL,
        "version": BUILD_VERSION,
        "dashboard_url": settings.ACCESS_URL,
        "telemetry": False,
        "workspace_proxy": False,
        "agent_api_version": "1.0",
        "provisioner_api_version": "1.10",
        "upgrade_message": "",
        "deployment_id": str(deployment.id),
    }
