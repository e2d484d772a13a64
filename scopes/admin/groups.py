"""Groups and custom roles in the admin, read-only."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from coderauth.http.admin_inlines import ReadOnlyInline
from coderauth.http.admin_site import ServiceAdmin
from scopes.engine.decision import Object
from scopes.http.visitors import caller_of
from scopes.models import CustomRole, Group, GroupMembership
from scopes.organizations.custom_roles import role_object
from scopes.organizations.groups import group_object, group_person_object
from scopes.visibility import rows_readable


class GroupMembershipInline(ReadOnlyInline[GroupMembership, Group]):
    """The members of a group whom the visitor may read."""

    model = GroupMembership
    ordering = ["user__username"]
    fields: ClassVar[Any] = ["user"]
    readonly_fields = fields

    def readable(self, request: HttpRequest) -> QuerySet[GroupMembership]:
        caller = caller_of(request)
        return rows_readable(
            caller,
            GroupMembership.objects.filter(user__is_deleted=False).select_related("user", "group"),
            resource="group_member",
            near=Q(user_id=caller.id) | Q(group__organization_id__in=caller.organization_ids),
            describe=_person_object,
            organization="group__organization_id",
            known_by="user_id",
        )


class GroupAdmin(ServiceAdmin[Group]):
    list_display = ["name", "display_name", "organization", "created_at"]
    list_select_related = ["organization"]
    search_fields = ["name", "display_name"]
    search_help_text = "Search by name"
    fields = ["id", "name", "display_name", "organization", "created_at", "updated_at"]
    inlines = [GroupMembershipInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        caller = caller_of(request)
        return rows_readable(
            caller,
            super().get_queryset(request),
            resource="group",
            near=Q(organization_id__in=caller.organization_ids),
            describe=group_object,
            organization="organization_id",
        )

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # Everybody in the admin may open the list: it holds the groups that they may read.
        return obj is None or self.may(request, "view", obj)


class CustomRoleAdmin(ServiceAdmin[CustomRole]):
    list_display = ["name", "display_name", "organization", "shown_permissions"]
    list_select_related = ["organization"]
    search_fields = ["name", "display_name"]
    search_help_text = "Search by name"
    fields = [
        "name",
        "display_name",
        "organization",
        "shown_permissions",
        "created_at",
        "updated_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CustomRole]:
        caller = caller_of(request)
        return rows_readable(
            caller,
            super().get_queryset(request),
            resource="assign_org_role",
            near=Q(organization_id__in=caller.organization_ids),
            describe=role_object,
            organization="organization_id",
            known_by="name",
        )

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # As for groups: the list holds the roles that they may read.
        return obj is None or self.may(request, "view", obj)

    @admin.display(description="permissions")
    def shown_permissions(self, role: CustomRole) -> str:
        held = [f"{one['resource_type']}:{one['action']}" for one in role.permissions]
        return ", ".join(held) or "none"


def _person_object(row: GroupMembership) -> Object:
    return group_person_object(row.user_id, row.group.organization_id)
