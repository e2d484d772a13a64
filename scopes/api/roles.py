"""`/users/roles` and `/organizations/{organization}/members/roles…` (authorization.md 5.3-5.5)."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from coderauth.errors import Forbidden
from coderauth.http.openapi import operation
from coderauth.http.viewsets import WHATEVER_IS_NAMED, Access, Asks
from scopes.api.documents.roles import (
    ListedRoleDocument,
    listed_role_document,
    organization_role_document,
)
from scopes.api.shapes.roles import CustomRoleWrite, RolePermission
from scopes.assignment import IMPLIED, assignable_roles, is_assignable, site_roles_assignable
from scopes.callers import Caller, custom_role
from scopes.engine.decision import Object, decide
from scopes.engine.roles import ORGANIZATION_MEMBER, ORGANIZATION_ROLES, SITE_ROLES, Permission
from scopes.http.viewsets import CallerViewSet
from scopes.models import CustomRole
from scopes.organizations.custom_roles import (
    RoleWish,
    custom_role_create,
    custom_role_delete,
    custom_role_replace,
    custom_roles_visible,
)
from scopes.organizations.selectors import organization_get


class SiteRoleViewSet(CallerViewSet):
    """The roles of the site."""

    access: ClassVar[dict[str, Access]] = {
        "list": Asks("assign_role:read"),
    }

    @operation(
        "List the roles of the site",
        answers={200: ListedRoleDocument(many=True)},
        refuses=("forbidden",),
    )
    def list(self, request: Request) -> Response:
        if not decide(self.caller.subject, "read", Object(type="assign_role")):
            raise Forbidden("forbidden")
        assignable = site_roles_assignable(self.caller)
        return Response(
            [
                listed_role_document(role, assignable=role.name in assignable)
                for role in SITE_ROLES.values()
                if role.name != IMPLIED
            ]
        )


REFUSES = (
    "reserved_role_name",
    "site_permissions_in_role",
    "user_permissions_in_role",
    "member_permissions_in_role",
    "role_permissions_refused",
)


class OrganizationRoleViewSet(CallerViewSet):
    """The roles of an organization, built-in and its own."""

    access: ClassVar[dict[str, Access]] = {
        "list": Asks("assign_org_role:read", "organization:read"),
        "create": Asks("assign_org_role:create", "organization:read", WHATEVER_IS_NAMED),
        "update": Asks("assign_org_role:update", "organization:read", WHATEVER_IS_NAMED),
        "destroy": Asks("assign_org_role:delete", "organization:read"),
    }

    @operation(
        "List the roles of an organization",
        description="Those that are built in, and the organization's own.",
        answers={200: ListedRoleDocument(many=True)},
    )
    def list(self, request: Request, organization: str) -> Response:
        found = organization_get(self.caller, organization)
        own = custom_roles_visible(self.caller, found)
        return Response(
            [*_built_in(self.caller, str(found.pk)), *(_custom(self.caller, row) for row in own)]
        )

    @operation(
        "Make a role for an organization",
        description="It can only grant what you and your key hold there yourself.",
        body=CustomRoleWrite,
        answers={200: ListedRoleDocument},
        refuses=(*REFUSES, "role_exists"),
    )
    def create(self, request: Request, organization: str) -> Response:
        found = organization_get(self.caller, organization)
        wish = _wish(self.body(CustomRoleWrite))
        row = custom_role_create(caller=self.caller, organization=found, wish=wish)
        return Response(_custom(self.caller, row))

    @operation(
        "Replace an organization's own role",
        description="The whole role is replaced. Permissions that do not exist are left out.",
        body=CustomRoleWrite,
        answers={200: ListedRoleDocument},
        refuses=REFUSES,
    )
    def update(self, request: Request, organization: str) -> Response:
        found = organization_get(self.caller, organization)
        wish = _wish(self.body(CustomRoleWrite))
        row = custom_role_replace(caller=self.caller, organization=found, wish=wish)
        return Response(_custom(self.caller, row))

    @operation(
        "Delete an organization's own role",
        description="Its holders lose it, and keep their other roles.",
        answers={204: None},
        refuses=("unknown_role", "forbidden"),
    )
    def destroy(self, request: Request, organization: str, role_name: str) -> Response:
        found = organization_get(self.caller, organization)
        custom_role_delete(caller=self.caller, organization=found, name=role_name)
        return Response(None, status=204)


def _built_in(caller: Caller, organization: str) -> list[dict[str, Any]]:
    may_touch = assignable_roles(caller, organization)
    return [
        organization_role_document(
            role, organization, assignable=is_assignable(may_touch, role.name), built_in=True
        )
        for role in ORGANIZATION_ROLES.values()
        if role.name != ORGANIZATION_MEMBER
    ]


def _custom(caller: Caller, row: CustomRole) -> dict[str, Any]:
    organization = str(row.organization_id)
    may_touch = assignable_roles(caller, organization)
    document = organization_role_document(
        custom_role(row.name, row.permissions),
        organization,
        assignable=is_assignable(may_touch, row.name),
        built_in=False,
    )
    return {**document, "display_name": row.display_name}


def _wish(body: dict[str, Any]) -> RoleWish:
    return RoleWish(
        name=body["name"],
        display_name=body["display_name"],
        organization=_permissions(body, "organization_permissions"),
        site=_permissions(body, "site_permissions"),
        user=_permissions(body, "user_permissions"),
        member=_permissions(body, "organization_member_permissions"),
    )


def _permissions(body: dict[str, Any], name: str) -> list[Permission]:
    read = [RolePermission.of(item, at=f"{name}[].") for item in body[name]]
    return [Permission(one["resource_type"], one["action"], one["negate"]) for one in read]
