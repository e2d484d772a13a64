"""`/organizations…` (authorization.md 5.4, 5.6)."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from coderauth.http.viewsets import Access, ApiViewSet, Needs
from scopes.api.representations import member_document, organization_document
from scopes.organizations import (
    memberships_visible,
    organization_get,
    organizations_visible,
)


class OrganizationViewSet(ApiViewSet):
    access: ClassVar[dict[str, Access]] = {
        "list": Needs("organization", "read"),
        "retrieve": Needs("organization", "read"),
    }

    def list(self, request: Request) -> Response:
        return Response([organization_document(row) for row in organizations_visible(request.user)])

    def retrieve(self, request: Request, organization: str) -> Response:
        return Response(organization_document(organization_get(request.user, organization)))


class MemberViewSet(ApiViewSet):
    access: ClassVar[dict[str, Access]] = {
        "list": Needs("organization_member", "read"),
    }

    def list(self, request: Request, organization: str) -> Response:
        found = organization_get(request.user, organization)
        members = memberships_visible(request.user, organization=found)
        return Response([member_document(row) for row in members])
