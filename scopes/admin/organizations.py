"""Organizations and their members in the admin: to look at."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from coderauth.http.admin_site import ServiceAdmin
from coderauth.http.uuids import parse_uuid
from scopes.admin.visitors import ReadOnlyInline, caller_of
from scopes.callers import Caller
from scopes.models import Membership, Organization
from scopes.organizations.selectors import member_object, organization_object, organizations_visible
from scopes.visibility import rows_readable


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


def memberships_readable(caller: Caller) -> QuerySet[Membership]:
    """Return of whom the caller may know that they belong to which organization."""
    return rows_readable(
        caller,
        Membership.objects.filter(user__is_deleted=False),
        resource="organization_member",
        near=Q(user_id=caller.id) | Q(organization_id__in=caller.organization_ids),
        describe=member_object,
        organization="organization_id",
        known_by="user_id",
    )


class MembershipInline(ReadOnlyInline[Membership, Organization]):
    """Who is in an organization, as far as the visitor may read it."""

    model = Membership
    ordering = ["user__username"]
    fields: ClassVar[Any] = ["user", "shown_roles", "created_at"]
    readonly_fields = fields

    def readable(self, request: HttpRequest) -> QuerySet[Membership]:
        return memberships_readable(caller_of(request)).select_related("user", "organization")

    @admin.display(description="roles")
    def shown_roles(self, membership: Membership) -> str:
        return ", ".join(membership.roles) or "member"


class OrganizationAdmin(ServiceAdmin[Organization]):
    list_display = ["name", "display_name", "is_default", "created_at"]
    list_filter = ["is_default"]
    search_fields = ["name", "display_name"]
    search_help_text = "Search by name"
    fields = [
        "id",
        "name",
        "display_name",
        "description",
        "icon",
        "is_default",
        "created_at",
        "updated_at",
    ]
    inlines = [MembershipInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organization]:
        caller = caller_of(request)
        return rows_readable(
            caller,
            super().get_queryset(request),
            resource="organization",
            near=Q(pk__in=caller.organization_ids),
            describe=organization_object,
            organization="pk",
        )

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # Everybody who gets in may open the list: it has the organizations they may read.
        return obj is None or self.may(request, "view", obj)
