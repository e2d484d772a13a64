"""Parts of the admin that several rooms show: the filter by organization, and members."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from coderauth.http.admin_inlines import ReadOnlyInline
from coderauth.http.uuids import parse_uuid
from scopes.http.visitors import caller_of
from scopes.models import Membership, Organization
from scopes.organizations.selectors import memberships_readable, organizations_visible


class OrganizationFilter(SimpleListFilter):
    """Offers the organizations that the visitor may read."""

    title = "organization"
    parameter_name = "organization"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(row.pk), str(row)) for row in organizations_visible(caller_of(request))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = parse_uuid(self.value() or "")
        return queryset if wanted is None else self.inside(request, queryset, wanted)

    def inside(
        self, request: HttpRequest, queryset: QuerySet[Any], organization_id: UUID
    ) -> QuerySet[Any]:
        return queryset.filter(organization_id=organization_id)


class MembershipInline(ReadOnlyInline[Membership, Organization]):
    """The members of an organization whom the visitor may read."""

    model = Membership
    ordering = ["user__username"]
    fields: ClassVar[Any] = ["user", "shown_roles", "created_at"]
    readonly_fields = fields

    def readable(self, request: HttpRequest) -> QuerySet[Membership]:
        return memberships_readable(caller_of(request)).select_related("user", "organization")

    @admin.display(description="roles")
    def shown_roles(self, membership: Membership) -> str:
        return ", ".join(membership.roles) or "member"
