"""Registered objects in the admin: see and forget them."""

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from coderauth.http.admin_site import ServiceAdmin
from scopes.http.admin_parts import OrganizationFilter
from scopes.http.visitors import caller_of
from scopes.models import RegisteredObject
from scopes.objects.changes import object_delete
from scopes.objects.selectors import objects_readable
from scopes.objects.types import REGISTRABLE, ObjectName


class TypeFilter(SimpleListFilter):
    title = "type"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, kind) for kind in REGISTRABLE]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[RegisteredObject]
    ) -> QuerySet[RegisteredObject]:
        return queryset.filter(type=self.value()) if self.value() else queryset


class RegisteredObjectAdmin(ServiceAdmin[RegisteredObject]):
    list_display = ["object_id", "type", "owner", "organization", "shown_sharing", "updated_at"]
    list_filter = [TypeFilter, OrganizationFilter]
    list_select_related = ["owner", "organization"]
    search_fields = ["object_id", "owner__username"]
    search_help_text = "Search by id or the owner's username"
    fields = [
        "type",
        "object_id",
        "owner",
        "organization",
        "shown_acl_users",
        "shown_acl_groups",
        "created_at",
        "updated_at",
    ]
    actions = ["forget"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RegisteredObject]:
        return objects_readable(caller_of(request), super().get_queryset(request))

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # Everybody in the admin may open the list: it holds the objects that they may read.
        return obj is None or self.may(request, "view", obj)

    def has_forget_permission(self, request: HttpRequest) -> bool:
        return True  # The service checks the permission on each object.

    def row_actions(self, request: HttpRequest, obj: RegisteredObject) -> Mapping[str, str]:
        return {"forget": "Forget"} if self.may(request, "delete", obj) else {}

    @admin.action(description="Forget selected objects", permissions=["forget"])
    def forget(self, request: HttpRequest, rows: QuerySet[RegisteredObject]) -> HttpResponse | None:
        """Forget objects: checks about their ids are denied from now on."""
        question = "Forget these objects? Services that ask about them will be told no."
        page = self.confirmation(request, rows, question=question, button="Forget")
        if page is None:
            caller = caller_of(request)
            self.perform(
                request,
                rows,
                lambda row: object_delete(caller=caller, name=ObjectName(row.type, row.object_id)),
                "forgotten",
            )
        return page

    @admin.display(description="shared with")
    def shown_sharing(self, row: RegisteredObject) -> str:
        counts = {"users": len(row.acl_users), "groups": len(row.acl_groups)}
        return ", ".join(f"{count} {noun}" for noun, count in counts.items() if count) or "nobody"

    @admin.display(description="users")
    def shown_acl_users(self, row: RegisteredObject) -> str:
        return _shown(row.acl_users)

    @admin.display(description="groups")
    def shown_acl_groups(self, row: RegisteredObject) -> str:
        return _shown(row.acl_groups)


def _shown(acl: Mapping[str, list[str]]) -> str:
    return format_html("<pre>{}</pre>", json.dumps(acl, indent=2))
