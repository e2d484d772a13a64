"""How the build looks on the wire."""

from rest_framework import serializers

from coderauth.http.documents import Document


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
