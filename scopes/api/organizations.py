"""`/organizations…` (authorization.md 5.6)."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from coderauth.http.documents import message
from coderauth.http.openapi import operation
from coderauth.http.viewsets import Access, Asks
from scopes.api.shapes.organizations import OrganizationCreate, OrganizationUpdate
from scopes.http.documents import OrganizationDocument, organization_document
from scopes.http.viewsets import CallerViewSet
from scopes.organizations.changes import (
    organization_create,
    organization_delete,
    organization_update,
)
from scopes.organizations.selectors import organization_get, organizations_visible


class OrganizationViewSet(CallerViewSet):
    """Organizations: people and what belongs to them."""

    access: ClassVar[dict[str, Access]] = {
        "list": Asks("organization:read"),
        "retrieve": Asks("organization:read"),
        "create": Asks("organization:create"),
        "update": Asks("organization:update", "organization:read"),
        "destroy": Asks("organization:delete", "organization:read"),
    }

    @operation("List the organizations you may see", answers={200: OrganizationDocument(many=True)})
    def list(self, request: Request) -> Response:
        return Response([organization_document(row) for row in organizations_visible(self.caller)])

    @operation("Show an organization", answers={200: OrganizationDocument})
    def retrieve(self, request: Request, organization: str) -> Response:
        return Response(organization_document(organization_get(self.caller, organization)))

    @operation(
        "Make an organization",
        description="You become its first member, without a role.",
        body=OrganizationCreate,
        answers={201: OrganizationDocument},
        refuses=("reserved_organization_name", "forbidden", "organization_exists"),
    )
    def create(self, request: Request) -> Response:
        body = self.body(OrganizationCreate)
        made = organization_create(caller=self.caller, **body)
        return Response(organization_document(made), status=201)

    @operation(
        "Change an organization",
        body=OrganizationUpdate,
        answers={200: OrganizationDocument},
        refuses=("reserved_organization_name", "organization_name_taken"),
    )
    def update(self, request: Request, organization: str) -> Response:
        found = organization_get(self.caller, organization)
        body = self.body(OrganizationUpdate)
        changed = organization_update(caller=self.caller, organization=found, **body)
        return Response(organization_document(changed))

    @operation(
        "Delete an organization",
        description="So are its own roles. It must have no groups, no registered objects, and "
        "at most one member.",
        answers={200: message("Organization has been deleted.")},
        refuses=("default_organization", "organization_in_use"),
    )
    def destroy(self, request: Request, organization: str) -> Response:
        found = organization_get(self.caller, organization)
        organization_delete(caller=self.caller, organization=found)
        return Response({"message": "Organization has been deleted."})
