"""Who visits the admin, and rows that they look at inside of others."""

from typing import TypeVar

from django.contrib.admin import TabularInline
from django.db.models import Model
from django.http import HttpRequest

from scopes.callers import Caller

Row = TypeVar("Row", bound=Model)
Parent = TypeVar("Parent", bound=Model)


def caller_of(request: HttpRequest) -> Caller:
    """Return who visits the admin; its entrance lets nobody else in."""
    caller: Caller = request.user.caller  # type: ignore[union-attr, assignment]
    return caller


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
