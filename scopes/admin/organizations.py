"""Organizations and their members in the admin: to look at."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from coderauth.http.admin_site import ServiceAdmin
from scopes.admin.visitors import ReadOnlyInline, caller_of
from scopes.models import Membership, Organization
from scopes.organizations import member_object, organization_object
from scopes.visibility import rows_readable


class MembershipInline(ReadOnlyInline[Membership, Organization]):
    """Who is in an organization, as far as the visitor may read it. Not paged."""

    model = Membership
    fields: ClassVar[Any] = ["user", "shown_roles", "created_at"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        caller = caller_of(request)
        return rows_readable(
            caller,
            Membership.objects.filter(user__is_deleted=False).select_related(
                "user", "organization"
            ),
            resource="organization_member",
            near=Q(user_id=caller.id) | Q(organization_id__in=caller.organization_ids),
            describe=member_object,
            known_by="user_id",
        )

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
        )

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # Everybody who gets in may open the list: it has the organizations they may read.
        return obj is None or self.may(request, "view", obj)
