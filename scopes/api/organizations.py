"""`/organizations…` (authorization.md 5.4, 5.6)."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from coderauth.http.viewsets import Access, Needs
from scopes.api.representations import member_document, organization_document
from scopes.api.viewsets import CallerViewSet
from scopes.organizations import (
    memberships_visible,
    organization_get,
    organizations_visible,
)


class OrganizationViewSet(CallerViewSet):
    access: ClassVar[dict[str, Access]] = {
        "list": Needs("organization", "read"),
        "retrieve": Needs("organization", "read"),
    }

    def list(self, request: Request) -> Response:
        return Response([organization_document(row) for row in organizations_visible(self.caller)])

    def retrieve(self, request: Request, organization: str) -> Response:
        return Response(organization_document(organization_get(self.caller, organization)))


class MemberViewSet(CallerViewSet):
    access: ClassVar[dict[str, Access]] = {
        "list": Needs("organization_member", "read"),
    }

    def list(self, request: Request, organization: str) -> Response:
        found = organization_get(self.caller, organization)
        members = memberships_visible(self.caller, organization=found)
        return Response([member_document(row) for row in members])
