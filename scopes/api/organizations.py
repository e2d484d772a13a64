"""`/organizations…` (authorization.md 5.6)."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from coderauth.http.openapi import operation
from coderauth.http.viewsets import Access, Needs
from scopes.api.documents import OrganizationDocument
from scopes.api.representations import organization_document
from scopes.api.viewsets import CallerViewSet
from scopes.organizations import organization_get, organizations_visible


class OrganizationViewSet(CallerViewSet):
    access: ClassVar[dict[str, Access]] = {
        "list": Needs("organization", "read"),
        "retrieve": Needs("organization", "read"),
    }

    @operation("List the organizations you may see", answers={200: OrganizationDocument(many=True)})
    def list(self, request: Request) -> Response:
        return Response([organization_document(row) for row in organizations_visible(self.caller)])

    @operation("Show an organization", answers={200: OrganizationDocument})
    def retrieve(self, request: Request, organization: str) -> Response:
        return Response(organization_document(organization_get(self.caller, organization)))
