"""The members of an organization: who they are, what they may, and how they come and go."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from coderauth.errors import DomainError
from coderauth.pages.forms import FormPage
from coderauth.pages.lists import ListPage
from coderauth.pages.page import ActPage
from scopes.assignment import assignable_roles, is_assignable
from scopes.engine.roles import ORGANIZATION_MEMBER, ORGANIZATION_ROLES, display_name
from scopes.models import CustomRole, Membership
from scopes.organizations.members import (
    member_add,
    member_remove,
    member_roles_replace,
    membership_get,
)
from scopes.organizations.selectors import (
    memberships_readable,
)
from scopes.people import find_person
from scopes.web.organizations import OrganizationActPage, OrganizationPage


class MembersPage(OrganizationPage, ListPage):
    """The members of an organization with their roles."""

    template_name = "scopes/organizations/members.html"
    tab = "organization"
    sorts: ClassVar = {
        "since": ["created_at", "id"],
        "name": [Lower("user__username").asc()],
    }

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return ListPage.get(self, request, *args, **kwargs)

    def rows(self, filters: Mapping[str, Any]) -> QuerySet[Membership]:
        rows = memberships_readable(self.caller).filter(organization=self.organization)
        return rows.select_related("user")

    def beside(self) -> Mapping[str, Any]:
        may_assign = self.may("assign", "assign_org_role")
        return {
            **self.around(),
            "may_add": may_assign and self.may("create", "organization_member"),
            "may_change": may_assign,
            "may_remove": self.may("delete", "organization_member"),
            "may_update": self.may("update", "organization"),
            "may_delete": self.may("delete", "organization") and not self.organization.is_default,
        }


class AddMemberForm(forms.Form):
    user = forms.CharField(
        label="Username",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class AddMemberPage(OrganizationPage, FormPage[AddMemberForm]):
    """Add somebody to an organization."""

    needs = ("create", "organization_member")
    form_class = AddMemberForm
    template_name = "scopes/organizations/add_member.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return FormPage.get(self, request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(organization=self.organization, **kwargs)

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        person = find_person(self.caller, sent["user"])
        member_add(caller=self.caller, organization=self.organization, user=person)
        messages.success(self.request, f"{person.username} is a member of {self.organization}.")
        return redirect("organization", self.organization.name)


class MemberPage(OrganizationActPage):
    """One member: the roles they hold here."""

    template_name = "scopes/organizations/member.html"
    membership: Membership

    def enter(self) -> None:
        super().enter()
        try:
            self.membership = membership_get(
                self.caller, self.organization, self.kwargs["username"]
            )
        except DomainError as error:
            raise Http404 from error

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        is_self = str(self.membership.user_id) == self.caller.id
        return self.page(
            {
                "organization": self.organization,
                "membership": self.membership,
                "roles": self._roles(),
                "is_self": is_self,
                "may_change": not is_self and self.may("assign", "assign_org_role"),
                "may_remove": not is_self and self.may("delete", "organization_member"),
            }
        )

    def _roles(self) -> list[dict[str, Any]]:
        touchable = assignable_roles(self.caller, str(self.organization.pk))
        custom = CustomRole.objects.filter(organization=self.organization).order_by("name")
        known = [(name, display_name(name)) for name in ORGANIZATION_ROLES]
        known += [(role.name, role.display_name or role.name) for role in custom]
        return [
            {
                "name": name,
                "label": label,
                "is_held": name in self.membership.roles,
                "is_assignable": is_assignable(touchable, name),
            }
            for name, label in known
            if name != ORGANIZATION_MEMBER
        ]


class MemberRolesPage(MemberPage):
    """Give and take roles in the organization: those that are ticked are held afterwards."""

    needs = ("assign", "assign_org_role")
    is_final = False

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect("organization-member", self.organization.name, self.kwargs["username"])

    def act(self) -> str:
        roles = self.request.POST.getlist("roles")
        member_roles_replace(caller=self.caller, membership=self.membership, roles=roles)
        return f"The roles of {self.membership.user.username} are saved."


class MemberRemovePage(MemberPage):
    """Take somebody out of an organization and its groups."""

    needs = ("delete", "organization_member")
    template_name = "layouts/confirm.html"
    button = "Remove"

    @property
    def question(self) -> str:  # type: ignore[override]
        return f"Remove {self.membership.user.username} from {self.organization}?"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return ActPage.get(self, request, *args, **kwargs)

    def confirmation(self) -> Mapping[str, Any]:
        return {"lines": ["They lose their roles here, and leave its groups."]}

    def act(self) -> str:
        member_remove(caller=self.caller, membership=self.membership)
        return f"{self.membership.user.username} is no longer a member."
