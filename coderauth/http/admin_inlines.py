"""Rows that the admin shows inside of another's page."""

from typing import Any, Final, TypeVar

from django.contrib.admin import TabularInline
from django.db.models import Model, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)
Parent = TypeVar("Parent", bound=Model)

# Rows inside of another's page, which has no pages of its own.
MOST: Final = 100


class FirstRows(BaseInlineFormSet[Any, Any, Any]):
    """The rows of an inline, as many as a page bears."""

    def get_queryset(self) -> QuerySet[Any]:
        # Kept where Django keeps it, which asks for the rows of a page many times.
        if not hasattr(self, "_queryset"):
            self._queryset = super().get_queryset()[:MOST]
        return self._queryset


class ReadOnlyInline(TabularInline[Row, Parent]):
    """Rows that belong to another, to look at, in the order of `ordering`."""

    extra = 0
    formset = FirstRows
    verbose_name_plural = "members"
    _readable: QuerySet[Any] | None = None

    def readable(self, request: HttpRequest) -> QuerySet[Row]:
        """Return what the visitor may read; all of it, unless a subclass says otherwise."""
        return super().get_queryset(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Row]:
        """Return what the visitor may read, judged once for the page that this was made for."""
        if self._readable is None:
            self._readable = self.readable(request).order_by(*self.get_ordering(request))
        return self._readable

    def get_formset(
        self, request: HttpRequest, obj: Parent | None = None, **options: Any
    ) -> type[BaseInlineFormSet[Any, Any, Any]]:
        """Make the formset, and say above it when it has not all rows."""
        made = super().get_formset(request, obj, **options)
        link: Any = made.fk  # Type stubs take it for its descriptor.
        if self.get_queryset(request).filter(**{link.name: obj})[MOST:].exists():
            self.verbose_name_plural = f"{self.verbose_name_plural} (the first {MOST})"
        return made

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True  # The rows are filtered.

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
