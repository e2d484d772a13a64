"""`/keyceilings…` and `/organizations/{organization}/keyceiling`."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from coderauth.http.openapi import operation
from coderauth.http.viewsets import Access, Asks
from scopes.api.documents.ceilings import StoredCeilingDocument, ceiling_document
from scopes.api.shapes.ceilings import CeilingPut
from scopes.http.viewsets import CallerViewSet
from scopes.keys.ceiling_changes import (
    CeilingWish,
    ceiling_remove,
    ceiling_set,
    ceilings_visible,
)
from scopes.organizations.selectors import organization_get

REPLACES = "It replaces the one before; what is absent sets no ceiling. Tokens that there are stay."
_NANOSECONDS = 10**9


class RoleCeilingViewSet(CallerViewSet):
    """What tokens of everybody with a site role may be."""

    access: ClassVar[dict[str, Access]] = {
        "list": Asks("deployment_config:read", "organization:update"),
        "replace": Asks("deployment_config:update"),
        "destroy": Asks("deployment_config:update"),
    }

    @operation(
        "List the ceilings of roles and organizations",
        description="Those of organizations that you may change, if you may not read all.",
        answers={200: StoredCeilingDocument(many=True)},
    )
    def list(self, request: Request) -> Response:
        return Response([ceiling_document(row) for row in ceilings_visible(self.caller)])

    @operation(
        "Set the ceiling of a site role",
        description=f"`member` is everybody. {REPLACES}",
        body=CeilingPut,
        answers={200: StoredCeilingDocument},
        refuses=("not_found",),
    )
    def replace(self, request: Request, role_name: str) -> Response:
        wish = wish_of(self.body(CeilingPut))
        row = ceiling_set(caller=self.caller, wish=wish, role=role_name)
        return Response(ceiling_document(row))

    @operation("Remove the ceiling of a site role", answers={204: None}, refuses=("not_found",))
    def destroy(self, request: Request, role_name: str) -> Response:
        ceiling_remove(caller=self.caller, role=role_name)
        return Response(None, status=204)


class OrganizationCeilingViewSet(CallerViewSet):
    """What tokens of an organization's members may be."""

    access: ClassVar[dict[str, Access]] = {
        "replace": Asks("organization:update", "organization:read"),
        "destroy": Asks("organization:update", "organization:read"),
    }

    @operation(
        "Set the ceiling of an organization",
        description=REPLACES,
        body=CeilingPut,
        answers={200: StoredCeilingDocument},
    )
    def replace(self, request: Request, organization: str) -> Response:
        place = organization_get(self.caller, organization)
        wish = wish_of(self.body(CeilingPut))
        row = ceiling_set(caller=self.caller, wish=wish, organization=place)
        return Response(ceiling_document(row))

    @operation("Remove the ceiling of an organization", answers={204: None})
    def destroy(self, request: Request, organization: str) -> Response:
        place = organization_get(self.caller, organization)
        ceiling_remove(caller=self.caller, organization=place)
        return Response(None, status=204)


def wish_of(body: dict[str, Any]) -> CeilingWish:
    """Return the ceiling that a body describes."""
    longest = body["max_lifetime"]
    return CeilingWish(
        max_lifetime_seconds=None if longest is None else longest // _NANOSECONDS,
        forbids_full_access=body["forbid_full_access"],
        scopes=body["scopes"],
        fixed_ends=body["fixed_ends"],
        max_keys=body["max_keys"],
    )
