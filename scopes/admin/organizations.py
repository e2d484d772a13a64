"""Organizations and their members in the admin, read-only."""

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from coderauth.http.admin_site import ServiceAdmin
from scopes.http.admin_parts import MembershipInline
from scopes.http.visitors import caller_of
from scopes.models import Organization
from scopes.organizations.selectors import organization_object
from scopes.visibility import rows_readable


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
        # Everybody in the admin may open the list: it holds the organizations that they may read.
        return obj is None or self.may(request, "view", obj)
