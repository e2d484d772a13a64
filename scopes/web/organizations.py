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
from scopes.assignment import assignable_roles, is_assignable
from scopes.callers import Caller
from scopes.engine.decision import Object, decide
from scopes.engine.roles import ORGANIZATION_MEMBER, ORGANIZATION_ROLES, display_name
from scopes.models import CustomRole, Membership, Organization
from scopes.organizations.changes import (
    organization_create,
    organization_delete,
    organization_update,
)
from scopes.organizations.custom_roles import custom_roles_visible
from scopes.organizations.groups import groups_visible
from scopes.organizations.members import (
    member_add,
    member_remove,
    member_roles_replace,
    membership_get,
)
from scopes.organizations.selectors import (
    memberships_readable,
    organization_get,
    organization_object,
)
from scopes.people import find_person
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
        ]
        return [
            {
                "label": label,
                "url": reverse(route, args=[self.organization.name]),
                "is_current": route == self.tab,
                "count": None,
            }
            for label, route, resource in wanted
            if self.may("read", resource)
        ]


class MembersPage(OrganizationPage, ListPage):
    """The members of an organization with their roles."""

    template_name = "scopes/organizations/members.html"
    tab = "organization"
    sorts: ClassVar = {
        "name": [Lower("user__username").asc()],
        "since": ["created_at", "id"],
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
