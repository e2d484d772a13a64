"""`/organizations/{organization}/members…` (authorization.md 5.4)."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from coderauth.http.openapi import operation
from coderauth.http.query import PAGE_PARAMETERS, read_page
from coderauth.http.viewsets import Access, Asks
from scopes.api.documents.members import (
    MemberDocument,
    MemberPageDocument,
    MembershipDocument,
    member_document,
    membership_document,
)
from scopes.api.shapes.members import MemberRolesUpdate
from scopes.http.viewsets import CallerViewSet
from scopes.organizations.member_search import REFUSAL, parse_search
from scopes.organizations.members import (
    custom_role_names,
    member_add,
    member_remove,
    member_roles_replace,
    members_page,
    membership_get,
    require_others_member_roles,
)
from scopes.organizations.selectors import memberships_visible, organization_get
from scopes.people import resolve_person


class MemberViewSet(CallerViewSet):
    """Who belongs to an organization, and with which roles."""

    access: ClassVar[dict[str, Access]] = {
        "list": Asks("organization_member:read", "organization:read"),
        "list_page": Asks("organization_member:read", "organization:read"),
        "create": Asks(
            "organization_member:create", "user:read", "organization:read", "assign_org_role:assign"
        ),
        "destroy": Asks(
            "organization_member:delete", "organization:read", "organization_member:read"
        ),
        "update_roles": Asks(
            "assign_org_role:assign",
            "assign_org_role:unassign",
            "organization:read",
            "organization_member:read",
        ),
    }

    @operation(
        "List the members of an organization",
        answers={200: MemberDocument(many=True)},
        query={"q": (str, "`user_id:` or `github_user_id:` of a user.")},
        refuses=(REFUSAL,),
    )
    def list(self, request: Request, organization: str) -> Response:
        found = organization_get(self.caller, organization)
        asked = request.query_params
        search = parse_search(asked.getlist("q")[0] if "q" in asked else "")
        members = memberships_visible(self.caller, organization=found, **search)
        names = custom_role_names(members)
        return Response([member_document(row, names) for row in members])

    @operation(
        "List members of an organization by page",
        description="Ordered by username; for callers who may read every member.",
        answers={200: MemberPageDocument},
        query=PAGE_PARAMETERS,
    )
    def list_page(self, request: Request, organization: str) -> Response:
        found = organization_get(self.caller, organization)
        page = read_page(request.query_params)
        members, count = members_page(
            caller=self.caller, organization=found, limit=page.limit, offset=page.offset
        )
        names = custom_role_names(members)
        return Response(
            {"members": [member_document(row, names) for row in members], "count": count}
        )

    @operation(
        "Add somebody to an organization",
        answers={200: MembershipDocument},
        refuses=("already_member", "role_not_assignable"),
    )
    def create(self, request: Request, organization: str, user: str) -> Response:
        found = organization_get(self.caller, organization)
        person = resolve_person(self.caller, user)
        member = member_add(caller=self.caller, organization=found, user=person)
        return Response(membership_document(member))

    @operation(
        "Remove somebody from an organization",
        description="They also leave its groups.",
        answers={204: None},
        refuses=("remove_self",),
    )
    def destroy(self, request: Request, organization: str, user: str) -> Response:
        found = organization_get(self.caller, organization)
        member_remove(caller=self.caller, membership=membership_get(self.caller, found, user))
        return Response(None, status=204)

    @operation(
        "Replace a member's roles in the organization",
        body=MemberRolesUpdate,
        answers={200: MembershipDocument},
        refuses=(
            "own_organization_roles",
            "role_with_suffix",
            "unsupported_role",
            "role_not_assignable",
            "forbidden",
        ),
    )
    def update_roles(self, request: Request, organization: str, user: str) -> Response:
        found = organization_get(self.caller, organization)
        member = membership_get(self.caller, found, user)
        require_others_member_roles(self.caller, member)
        roles = self.body(MemberRolesUpdate)["roles"]
        changed = member_roles_replace(caller=self.caller, membership=member, roles=roles)
        return Response(membership_document(changed, custom_role_names([changed])))
