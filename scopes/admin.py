"""Keys and organizations in the admin."""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from django.contrib import admin
from django.contrib.admin import SimpleListFilter, TabularInline
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from coderauth.http.admin_site import ServiceAdmin
from scopes.callers import Caller
from scopes.decision import Object, decide
from scopes.keys import key_expire, key_object, key_revoke
from scopes.models import Key, Membership, Organization
from scopes.organizations import member_object, organization_object
from scopes.visibility import rows_readable

Row = TypeVar("Row", bound=Model)
Parent = TypeVar("Parent", bound=Model)


class ValidityFilter(SimpleListFilter):
    title = "validity"
    parameter_name = "validity"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("valid", "Valid"), ("expired", "Expired")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Key]) -> QuerySet[Key]:
        now = timezone.now()
        if self.value() == "valid":
            return queryset.filter(expires_at__gte=now)
        if self.value() == "expired":
            return queryset.filter(expires_at__lt=now)
        return queryset


class KeyAdmin(ServiceAdmin[Key]):
    list_display = [
        "id",
        "shown_name",
        "user",
        "login_type",
        "shown_scopes",
        "is_valid",
        "last_used_at",
        "expires_at",
    ]
    list_filter = ["login_type", ValidityFilter]
    list_select_related = ["user"]
    search_fields = ["id", "name", "user__username"]
    search_help_text = "Search by key id, name or username"
    date_hierarchy = None
    fields = [
        "id",
        "shown_name",
        "user",
        "login_type",
        "shown_scopes",
        "shown_allow_list",
        "is_valid",
        "expires_at",
        "last_used_at",
        "ip_address",
        "created_at",
        "updated_at",
    ]
    actions = ["revoke", "expire"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Key]:
        caller = caller_of(request)
        return rows_readable(
            caller,
            super().get_queryset(request),
            resource="api_key",
            near=Q(user_id=caller.id),
            describe=key_object,
        )

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may(request, "view", obj) or (obj is None and _may_own(request, "read"))

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "delete") or _may_own(request, "delete")

    def has_expire_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "change") or _may_own(request, "update")

    def row_actions(self, request: HttpRequest, obj: Key) -> Mapping[str, str]:
        buttons = {}
        if self.may(request, "delete", obj):
            buttons["revoke"] = "Revoke"
        if self.may(request, "change", obj) and obj.expires_at > timezone.now():
            buttons["expire"] = "Expire now"
        return buttons

    @admin.action(description="Revoke selected keys", permissions=["revoke"])
    def revoke(self, request: HttpRequest, rows: QuerySet[Key]) -> HttpResponse | None:
        """End keys at once and forget them."""
        question = "Revoke these keys? They stop working at once, for good."
        page = self.confirmation(request, rows, question=question, button="Revoke")
        if page is None:
            caller = caller_of(request)
            self.perform(
                request, rows, lambda key: key_revoke(caller=caller, key_id=key.pk), "revoked"
            )
        return page

    @admin.action(description="Expire selected keys", permissions=["expire"])
    def expire(self, request: HttpRequest, rows: QuerySet[Key]) -> HttpResponse | None:
        """End keys at once and keep their rows."""
        question = "Expire these keys? They stop working at once, but stay in the list."
        page = self.confirmation(request, rows, question=question, button="Expire")
        if page is None:
            caller = caller_of(request)
            self.perform(
                request, rows, lambda key: key_expire(caller=caller, key_id=key.pk), "expired"
            )
        return page

    @admin.display(description="name", ordering="name")
    def shown_name(self, key: Key) -> str:
        return key.name or "unnamed"

    @admin.display(description="scopes")
    def shown_scopes(self, key: Key) -> str:
        return ", ".join(key.scopes)

    @admin.display(description="allow list")
    def shown_allow_list(self, key: Key) -> str:
        return ", ".join(key.allow_list)

    @admin.display(description="valid", boolean=True, ordering="expires_at")
    def is_valid(self, key: Key) -> bool:
        return key.expires_at > timezone.now()


class ReadOnlyInline(TabularInline[Row, Parent]):
    """Rows that belong to another, to look at; subclasses leave out what may not be read."""

    extra = 0
    verbose_name_plural = "members"

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True  # The rows are filtered.

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


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


def caller_of(request: HttpRequest) -> Caller:
    """Return who visits the admin; its entrance lets nobody else in."""
    caller: Caller = request.user.caller  # type: ignore[union-attr, assignment]
    return caller


def _may_own(request: HttpRequest, action: str) -> bool:
    caller = caller_of(request)
    return bool(decide(caller.subject, action, Object(type="api_key", owner=caller.id)))
