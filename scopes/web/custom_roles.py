"""`/admin/organizations/<name>/roles/…`: roles that an organization makes for itself."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from coderauth.pages.forms import FormPage
from coderauth.pages.page import ActPage
from scopes.engine.policy import RESOURCES
from scopes.engine.roles import Permission
from scopes.models import CustomRole
from scopes.organizations.custom_roles import (
    RoleWish,
    custom_role_create,
    custom_role_delete,
    custom_role_replace,
    custom_roles_visible,
)
from scopes.web.organizations import OrganizationActPage, OrganizationPage
from scopes.web.picker import role_lines

_PERMISSIONS = [f"{kind}:{action}" for kind, actions in RESOURCES.items() for action in actions]


class CustomRoleForm(forms.Form):
    name = forms.RegexField(
        r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$",
        max_length=32,
        help_text="Letters and digits, with single hyphens between them. No other role has it.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    display_name = forms.CharField(label="Shown as", max_length=64, required=False)
    permissions = forms.MultipleChoiceField(
        choices=[(name, name) for name in _PERMISSIONS],
        required=False,
        widget=forms.MultipleHiddenInput,
    )


class NewRolePage(OrganizationPage, FormPage[CustomRoleForm]):
    """Make a role that grants only what its author holds in the organization."""

    needs = ("create", "assign_org_role")
    form_class = CustomRoleForm
    template_name = "scopes/organizations/role.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return FormPage.get(self, request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(organization=self.organization, **kwargs)
        chosen = context["form"]["permissions"].value() or ()
        return {**context, "lines": role_lines(chosen), "title": "New role"}

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        row = custom_role_create(
            caller=self.caller, organization=self.organization, wish=wish_of(sent)
        )
        messages.success(self.request, f"The role {row} was made.")
        return redirect("organization-roles", self.organization.name)


class RoleChangePage(NewRolePage):
    """Change what a role grants."""

    needs = ("update", "assign_org_role")
    role: CustomRole

    def enter(self) -> None:
        super().enter()
        rows = custom_roles_visible(self.caller, self.organization)
        found = next((row for row in rows if row.name == self.kwargs["role"]), None)
        if found is None:
            raise Http404
        self.role = found

    def get_initial(self) -> dict[str, Any]:
        held = [f"{one['resource_type']}:{one['action']}" for one in self.role.permissions]
        return {
            "name": self.role.name,
            "display_name": self.role.display_name,
            "permissions": held,
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"title": f"Role {self.role.name}"}

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        wish = wish_of(sent | {"name": self.role.name})
        custom_role_replace(caller=self.caller, organization=self.organization, wish=wish)
        messages.success(self.request, "Saved.")
        return redirect("organization-roles", self.organization.name)


class RoleDeletePage(OrganizationActPage):
    """Delete a role, and take it from its holders."""

    needs = ("delete", "assign_org_role")
    button = "Delete"

    @property
    def question(self) -> str:  # type: ignore[override]
        return f"Delete the role {self.kwargs['role']}?"

    def confirmation(self) -> Mapping[str, Any]:
        return {"lines": ["Members who hold it lose it."]}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return ActPage.get(self, request, *args, **kwargs)

    def act(self) -> str:
        name = self.kwargs["role"]
        custom_role_delete(caller=self.caller, organization=self.organization, name=name)
        return f"The role {name} is deleted."

    def home(self) -> str:
        return reverse("organization-roles", args=[self.organization.name])


def wish_of(sent: Mapping[str, Any]) -> RoleWish:
    """Return the role that a form describes."""
    pairs = [name.partition(":") for name in sent["permissions"]]
    return RoleWish(
        name=sent["name"],
        display_name=sent["display_name"],
        organization=[Permission(kind, action) for kind, _, action in pairs],
    )
