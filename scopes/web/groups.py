"""`/admin/organizations/<name>/groups/…`: groups of an organization and who is in them."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from coderauth.errors import DomainError
from coderauth.pages.forms import FormPage
from coderauth.pages.page import ActPage
from scopes.models import Group
from scopes.organizations.groups import (
    group_create,
    group_delete,
    group_get,
    group_people,
    group_update,
    is_everyone,
    person_is_visible,
)
from scopes.people import find_person
from scopes.web.organizations import OrganizationActPage, OrganizationPage


class GroupForm(forms.Form):
    name = forms.RegexField(
        r"^[A-Za-z0-9]+([-_.][A-Za-z0-9]+)*$",
        max_length=32,
        help_text="Letters and digits, with single hyphens between them.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    display_name = forms.CharField(label="Shown as", max_length=64, required=False)


class NewGroupPage(OrganizationPage, FormPage[GroupForm]):
    """Make an empty group."""

    needs = ("create", "group")
    form_class = GroupForm
    template_name = "scopes/organizations/new_group.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return FormPage.get(self, request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(organization=self.organization, **kwargs)

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        group = group_create(caller=self.caller, organization=self.organization, **sent)
        messages.success(self.request, f"The group {group} was made.")
        return redirect("organization-group", self.organization.name, group.pk)


class GroupPage(OrganizationActPage):
    """One group: who is in it. A POST adds somebody, or removes them."""

    template_name = "scopes/organizations/group.html"
    is_final = False
    group: Group

    def enter(self) -> None:
        super().enter()
        try:
            self.group = group_get(self.caller, str(self.kwargs["group_id"]))
        except DomainError as error:
            raise Http404 from error
        if self.group.organization_id != self.organization.pk:
            raise Http404

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        people = group_people([self.group]).get(self.group.pk, [])
        readable = [user for user in people if person_is_visible(self.caller, self.group, user)]
        is_fixed = is_everyone(self.group)
        return self.page(
            {
                "organization": self.organization,
                "group": self.group,
                "people": sorted(readable, key=lambda user: user.username),
                "is_everyone": is_fixed,
                "may_update": not is_fixed and self.may("update", "group"),
                "may_delete": not is_fixed and self.may("delete", "group"),
            }
        )

    def act(self) -> str:
        sent = self.request.POST
        if name := sent.get("add", "").strip():
            person = find_person(self.caller, name)
            group_update(caller=self.caller, group=self.group, add=[person.pk])
            return f"{person.username} is in {self.group}."
        person = find_person(self.caller, sent.get("remove", ""))
        group_update(caller=self.caller, group=self.group, remove=[person.pk])
        return f"{person.username} is no longer in {self.group}."

    def home(self) -> str:
        return reverse("organization-group", args=[self.organization.name, self.group.pk])


class GroupDeletePage(GroupPage):
    """Delete a group."""

    needs = ("delete", "group")
    template_name = "layouts/confirm.html"
    is_final = True
    button = "Delete"

    @property
    def question(self) -> str:  # type: ignore[override]
        return f"Delete the group {self.group}?"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return ActPage.get(self, request, *args, **kwargs)

    def confirmation(self) -> Mapping[str, Any]:
        return {"lines": ["Access lists that name it no longer grant anything through it."]}

    def act(self) -> str:
        group_delete(caller=self.caller, group=self.group)
        return f"The group {self.group} is deleted."

    def next_url(self) -> str:
        if self.request.method == "POST":
            return reverse("organization-groups", args=[self.organization.name])
        return self.home()
