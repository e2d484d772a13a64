"""Keys in the admin: see, revoke and expire them."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from coderauth.http.admin_site import ServiceAdmin
from scopes.engine.decision import Object, decide
from scopes.http.visitors import caller_of
from scopes.keys.ending import key_expire, key_revoke
from scopes.keys.rows import key_object
from scopes.models import Key
from scopes.visibility import rows_readable


class ValidityFilter(SimpleListFilter):
    title = "validity"
    parameter_name = "validity"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("valid", "Usable"), ("expired", "Expired")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Key]) -> QuerySet[Key]:
        keys: Any = queryset
        now = timezone.now()
        if self.value() == "valid":
            keys = keys.usable(now)
        elif self.value() == "expired":
            keys = keys.expired(now)
        return keys  # type: ignore[no-any-return]


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
        keys: Any = super().get_queryset(request)
        return rows_readable(
            caller,
            keys.judged(timezone.now()),
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
        if self.may(request, "change", obj) and not obj.has_expired(timezone.now()):
            buttons["expire"] = "Expire now"
        return buttons

    @admin.action(description="Revoke selected keys", permissions=["revoke"])
    def revoke(self, request: HttpRequest, rows: QuerySet[Key]) -> HttpResponse | None:
        """End keys at once and delete their rows."""
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
        usable: bool = key.is_usable  # type: ignore[attr-defined]  # Annotated.
        return usable


def _may_own(request: HttpRequest, action: str) -> bool:
    caller = caller_of(request)
    return bool(decide(caller.subject, action, Object(type="api_key", owner=caller.id)))
