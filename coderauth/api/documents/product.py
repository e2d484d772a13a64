"""How the product describes itself to Coder's clients."""

from datetime import datetime
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from rest_framework import serializers

from coderauth.http.documents import Choice, Document
from coderauth.http.times import format_time

# Features by Coder's names, as far as clients of this API ask for them.
DONE = (
    "audit_log",
    "custom_roles",
    "high_availability",
    "multiple_organizations",
    "service_accounts",
    "template_rbac",
    "user_role_management",
)
NOT_DONE = ("access_control", "appearance", "browser_only", "scim", "user_limit")


class FeatureDocument(Document):
    """Whether the product does something; nothing is limited."""

    entitlement = Choice(["entitled", "not_entitled"])
    enabled = serializers.BooleanField()

    example = {"entitlement": "entitled", "enabled": True}


class EntitlementsDocument(Document):
    """The features: everything that coderauth does is enabled and unlimited."""

    features = serializers.DictField(child=FeatureDocument())
    warnings = serializers.ListField(child=serializers.CharField())
    errors = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]  # DRF's own name
    has_license = serializers.BooleanField()
    trial = serializers.BooleanField()
    require_telemetry = serializers.BooleanField()
    refreshed_at = serializers.DateTimeField()

    example = {
        "features": {"template_rbac": FeatureDocument.example},
        "warnings": [],
        "errors": [],
        "has_license": True,
        "trial": False,
        "require_telemetry": False,
        "refreshed_at": "2026-01-05T09:30:00.123456Z",
    }


class ExperimentsDocument(Document):
    """The names of experiments; there are none."""

    example: Any = []


class ExperimentsDocumentSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """A plain list of texts, which no serializer makes."""

    target_class = ExperimentsDocument

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string"}}


class BannerDocument(Document):
    """A notice on every page; there is none."""

    enabled = serializers.BooleanField()
    message = serializers.CharField(allow_blank=True)
    background_color = serializers.CharField(allow_blank=True)

    example = {"enabled": False, "message": "", "background_color": ""}


class AppearanceDocument(Document):
    """How the product looks; if empty, as the client likes."""

    application_name = serializers.CharField(allow_blank=True)
    logo_url = serializers.CharField(allow_blank=True)
    docs_url = serializers.CharField(allow_blank=True)
    service_banner = BannerDocument()
    announcement_banners = serializers.ListField(child=BannerDocument())
    support_links = serializers.ListField(child=serializers.DictField())

    example = {
        "application_name": "",
        "logo_url": "",
        "docs_url": "",
        "service_banner": BannerDocument.example,
        "announcement_banners": [],
        "support_links": [],
    }


APPEARANCE: dict[str, Any] = AppearanceDocument.example


def entitlements_document(now: datetime) -> dict[str, Any]:
    done = {name: {"entitlement": "entitled", "enabled": True} for name in DONE}
    not_done = {name: {"entitlement": "not_entitled", "enabled": False} for name in NOT_DONE}
    return {
        "features": dict(sorted((done | not_done).items())),
        "warnings": [],
        "errors": [],
        "has_license": True,
        "trial": False,
        "require_telemetry": False,
        "refreshed_at": format_time(now),
    }
