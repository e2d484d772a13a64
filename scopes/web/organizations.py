"""`/admin/organizations`: the organizations that the visitor may see, and one of them in tabs."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from coderauth.errors import DomainError
from coderauth.pages.access import Needs
from coderauth.pages.forms import FormPage
from coderauth.pages.lists import ListPage
from coderauth.pages.page import ActPage, VisitorPage
from scopes.callers import Caller
from scopes.engine.decision import Object, decide
from scopes.models import Organization
from scopes.organizations.changes import (
    organization_create,
    organization_delete,
    organization_update,
)
from scopes.organizations.custom_roles import custom_roles_visible
from scopes.organizations.groups import groups_visible
from scopes.organizations.selectors import (
    organization_get,
    organization_object,
)
from scopes.visibility import rows_readable

ACCESS = (
    Needs("organization_member:read", in_some_organization=True),
    Needs("organization:create"),
)


class OrganizationsPage(ListPage):
    """The organizations that the visitor may read."""

    access = ACCESS
    template_name = "scopes/organizations/list.html"
    sorts: ClassVar = {"name": [Lower("name").asc()], "since": ["created_at", "id"]}
    caller: Caller

    def rows(self, filters: Mapping[str, Any]) -> QuerySet[Organization]:
        return rows_readable(
            self.caller,
            Organization.objects.all(),
            resource="organization",
            near=Q(pk__in=self.caller.organization_ids),
            describe=organization_object,
            organization="pk",
        )

    def beside(self) -> Mapping[str, Any]:
        return {"may_create": self.caller.may("create", "organization")}


class OrganizationForm(forms.Form):
    name = forms.RegexField(
        r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$",
        max_length=32,
        help_text="Stands in addresses: letters and digits, with single hyphens between them.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    display_name = forms.CharField(label="Shown as", max_length=64, required=False)
    description = forms.CharField(max_length=128, required=False)


class NewOrganizationPage(FormPage[OrganizationForm]):
    """Make an organization; whoever makes it is its first member."""

    access = (Needs("organization:create"),)
    form_class = OrganizationForm
    template_name = "scopes/organizations/new.html"
    caller: Caller

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        row = organization_create(caller=self.caller, **sent)
        messages.success(self.request, f"{row} was made.")
        return redirect("organization", row.name)


class OrganizationPage(VisitorPage):
    """What the tabs of an organization share; one that the visitor may not read is 404."""

    access = ACCESS
    tab: ClassVar[str] = ""
    # The action and the type, in this organization, without which a page is not found.
    needs: ClassVar[tuple[str, str] | None] = None
    caller: Caller
    organization: Organization

    def enter(self) -> None:
        try:
            self.organization = organization_get(self.caller, self.kwargs["name"])
        except DomainError as error:
            raise Http404 from error
        if self.needs is not None and not self.may(*self.needs):
            raise Http404

    def may(self, action: str, resource: str) -> bool:
        """Ask the engine about any object of a type in this organization."""
        within = str(self.organization.pk)
        identifier = within if resource == "organization" else ""
        asked = Object(resource, identifier, organization=within)
        return decide(self.caller.subject, action, asked).allowed

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.page({**self.around(), **self.content()})

    def around(self) -> dict[str, Any]:
        return {"organization": self.organization, "tabs": self.tabs()}

    def content(self) -> Mapping[str, Any]:
        raise NotImplementedError

    def tabs(self) -> Sequence[Mapping[str, Any]]:
        wanted = [
            ("Members", "organization", "organization_member"),
            ("Roles", "organization-roles", "assign_org_role"),
            ("Groups", "organization-groups", "group"),
            ("Ceiling", "organization-ceiling", "organization"),
        ]
        return [
            {
                "label": label,
                "url": reverse(route, args=[self.organization.name]),
                "is_current": route == self.tab,
                "count": None,
            }
            for label, route, resource in wanted
            if self.may("update" if resource == "organization" else "read", resource)
        ]


class OrganizationChangePage(OrganizationPage, FormPage[OrganizationForm]):
    """Change what an organization is called."""

    needs = ("update", "organization")
    form_class = OrganizationForm
    template_name = "scopes/organizations/change.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return FormPage.get(self, request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        row = self.organization
        return {
            "name": row.name, "display_name": row.display_name, "description": row.description
        }  # fmt: skip

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(organization=self.organization, **kwargs)

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        row = organization_update(caller=self.caller, organization=self.organization, **sent)
        messages.success(self.request, "Saved.")
        return redirect("organization", row.name)


class OrganizationActPage(OrganizationPage, ActPage):
    """An act in an organization, which leads back to a tab of it."""

    template_name = "layouts/confirm.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return ActPage.get(self, request, *args, **kwargs)

    def home(self) -> str:
        return reverse("organization", args=[self.organization.name])


class OrganizationDeletePage(OrganizationActPage):
    """Delete an organization that has nothing in it."""

    needs = ("delete", "organization")
    button = "Delete"

    @property
    def question(self) -> str:  # type: ignore[override]
        return f"Delete {self.organization}?"

    def confirmation(self) -> Mapping[str, Any]:
        return {"lines": ["It cannot be undone. What happened in it stays in the audit."]}

    def act(self) -> str:
        organization_delete(caller=self.caller, organization=self.organization)
        return f"{self.organization} is deleted."

    def next_url(self) -> str:
        return reverse("organizations") if self.request.method == "POST" else self.home()


class RolesPage(OrganizationPage):
    """The roles that an organization has made for itself."""

    needs = ("read", "assign_org_role")
    template_name = "scopes/organizations/roles.html"
    tab = "organization-roles"

    def content(self) -> Mapping[str, Any]:
        return {
            "roles": custom_roles_visible(self.caller, self.organization),
            "may_create": self.may("create", "assign_org_role"),
            "may_update": self.may("update", "assign_org_role"),
            "may_delete": self.may("delete", "assign_org_role"),
        }


class GroupsPage(OrganizationPage):
    """The groups of an organization."""

    needs = ("read", "group")
    template_name = "scopes/organizations/groups.html"
    tab = "organization-groups"

    def content(self) -> Mapping[str, Any]:
        return {
            "groups": groups_visible(self.caller, self.organization),
            "may_create": self.may("create", "group"),
        }
