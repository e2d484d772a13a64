"""The admin site: Django's admin, with our own pages to sign in and out, changed by services only.

The visitor's `has_perm`, that is the decision engine, says who sees what (decision D10).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, TypeVar

from django.contrib import messages
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver
from django.utils.http import urlencode

from coderauth.errors import DomainError

NO_ENTRY = (
    "The administration is for those who may see more than their own account. "
    "Your account, or the key you are signed in with, may not."
)
# Passwords are changed by our own pages, and what happened is in the audit.
_UNUSED_PAGES = frozenset({"password_change", "password_change_done", "view_on_site"})
_MOST_REFUSALS = 5  # of one action that are shown; they travel in a cookie
_MOST_NAMES = 100  # of rows that the confirmation of an action lists

Row = TypeVar("Row", bound=Model)


class ServiceAdminSite(AdminSite):
    site_header = site_title = "coderauth"
    index_title = "Administration"
    site_url = None
    enable_nav_sidebar = False  # The lists are one click away; their columns need the room.

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return bool(user.is_authenticated and user.is_active and user.is_staff)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Send strangers to the sign-in page; tell people without the right that they lack it."""
        guarded = super().admin_view(view, cacheable)

        def entrance(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied(NO_ENTRY)
            return guarded(request, *args, **kwargs)

        return entrance

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [url for url in super().get_urls() if getattr(url, "name", "") not in _UNUSED_PAGES]

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseRedirect:
        """Redirect to our own page, which leads back to where the visitor came from."""
        query = urlencode({"next": request.GET.get("next", "/admin/")})
        return HttpResponseRedirect(f"/login?{query}")

    def logout(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseRedirect:
        return HttpResponseRedirect("/logout")


class ServiceAdmin(ModelAdmin[Row]):
    """Show rows read-only; they are changed by actions that call a service."""

    list_per_page = 50
    show_full_result_count = False  # It saves a count, and the number is nobody's business.
    list_filter: ClassVar[Any] = ()

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may(request, "view", obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def may(self, request: HttpRequest, verb: str, obj: Model | None = None) -> bool:
        """Ask the engine about a row, or about any row, in Django's words."""
        options = self.opts
        permission = f"{options.app_label}.{verb}_{options.model_name}"
        return request.user.has_perm(permission, obj)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow only the filters that are offered.

        Django lets a query string filter by any column of the model: a reader could guess stored
        hashes letter by letter.
        """
        offered = [getattr(offer, "parameter_name", offer) for offer in self.list_filter]
        return any(lookup == name or lookup.startswith(f"{name}__") for name in offered)

    def get_urls(self) -> list[URLPattern]:
        used = ("_changelist", "_add", "_change")
        return [url for url in super().get_urls() if (url.name or "").endswith(used)]

    def row_actions(self, request: HttpRequest, obj: Row) -> Mapping[str, str]:
        """Return the names of the actions that the page of one row offers as buttons."""
        return {}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        context["row_actions"] = {} if row is None else self.row_actions(request, row)
        return super().render_change_form(request, context, *args, **kwargs)

    def perform(
        self, request: HttpRequest, rows: Iterable[Row], act: Callable[[Row], object], done: str
    ) -> None:
        """Call a service for each row and say what came of it; a refusal does not stop the rest."""
        succeeded, refusals = 0, []
        for row in rows:
            try:
                act(row)
            except DomainError as error:
                refusals.append(f"{row}: {error.message}")
            else:
                succeeded += 1
        if succeeded:
            options = self.opts
            noun = options.verbose_name if succeeded == 1 else options.verbose_name_plural
            self.message_user(request, f"{succeeded} {noun} {done}.", messages.SUCCESS)
        for text in refusals[:_MOST_REFUSALS]:
            self.message_user(request, text, messages.ERROR)
        if len(refusals) > _MOST_REFUSALS:
            more = f"{len(refusals) - _MOST_REFUSALS} more were refused."
            self.message_user(request, more, messages.ERROR)

    def confirmation(
        self, request: HttpRequest, rows: QuerySet[Row], *, question: str, button: str
    ) -> HttpResponse | None:
        """Return a page that asks before something final is done, or None when it was answered."""
        if "confirmed" in request.POST:
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": question,
            "opts": self.opts,
            "rows": list(rows[:_MOST_NAMES]),
            "count": rows.count(),
            "button": button,
            "action": request.POST.get("action", ""),
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "selection_name": ACTION_CHECKBOX_NAME,
            "select_across": request.POST.get("select_across", "0"),
        }
        return TemplateResponse(request, "admin/confirm_action.html", context)


def to_admin(request: HttpRequest) -> HttpResponse:
    """Answer the address without its slash."""
    return redirect("admin:index")
