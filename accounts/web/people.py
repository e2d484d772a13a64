"""`/admin/people` and `/admin/service-accounts`: who there is, and new ones."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.fields import email_field, new_password_field, real_name_field, username_field
from accounts.models import User, UserLoginType, UserStatus
from accounts.people.creation import NewUser, user_create
from accounts.people.search import UserSearch, users_matching
from coderauth.errors import DomainError
from coderauth.http.forms import refuse
from coderauth.pages.access import Needs
from coderauth.pages.forms import FormPage
from coderauth.pages.lists import ListPage
from scopes.callers import Caller
from scopes.engine.roles import MEMBER, SITE_ROLES, display_name
from scopes.models import Membership, Organization
from scopes.organizations.selectors import memberships_readable, organizations_visible
from scopes.people import user_object
from scopes.visibility import rows_readable

READS_PEOPLE = (Needs("user:read"),)
MAKES_PEOPLE = (Needs("user:create"),)
LOGIN_TYPES = [
    (UserLoginType.PASSWORD, "A password"),
    (UserLoginType.OIDC, "OpenID Connect"),
    (UserLoginType.GITHUB, "GitHub"),
]
ANY = ("", "any")


class PeopleFilter(forms.Form):
    q = forms.CharField(label="Name or address", required=False)
    status = forms.ChoiceField(
        choices=[ANY, *((value, label) for value, label in UserStatus.choices)], required=False
    )
    role = forms.ChoiceField(
        label="Site role",
        choices=[ANY, *((name, display_name(name)) for name in SITE_ROLES if name != MEMBER)],
        required=False,
    )
    login_type = forms.ChoiceField(
        label="Signs in with", choices=[ANY, *UserLoginType.choices], required=False
    )
    organization = forms.CharField(label="Organization", required=False)


class ServiceAccountFilter(forms.Form):
    q = forms.CharField(label="Name", required=False)
    status = PeopleFilter.base_fields["status"]
    organization = forms.CharField(label="Organization", required=False)


class PeoplePage(ListPage):
    """The people whom the visitor may read, service accounts apart."""

    access = READS_PEOPLE
    template_name = "accounts/people/list.html"
    filter_class: ClassVar[type[forms.Form]] = PeopleFilter
    sorts: ClassVar = {
        "name": [Lower("username").asc()],
        "seen": [F("last_seen_at").asc(nulls_first=True), "id"],
        "since": ["created_at", "id"],
    }
    are_services: ClassVar[bool] = False
    caller: Caller

    def rows(self, filters: Mapping[str, Any]) -> QuerySet[User]:
        search = UserSearch(
            text=filters.get("q", ""),
            statuses=_one(filters.get("status")),
            roles=_one(filters.get("role")),
            login_types=_one(filters.get("login_type")),
            service_account=self.are_services,
        )
        readable = rows_readable(
            self.caller,
            User.objects.living(),
            resource="user",
            near=Q(pk=self.caller.id),
            describe=lambda user: user_object(user.pk),
        )
        found = users_matching(readable, search)
        return _within(self.caller, found, filters.get("organization", ""))

    def beside(self) -> Mapping[str, Any]:
        return {
            "are_services": self.are_services,
            "may_create": self.caller.may("create", "user"),
        }


class ServiceAccountsPage(PeoplePage):
    """The accounts of machines."""

    filter_class: ClassVar[type[forms.Form]] = ServiceAccountFilter
    are_services = True


class NewServiceAccountForm(forms.Form):
    username = username_field(autocomplete="off")
    name = real_name_field(autocomplete="off")
    organization_ids = forms.TypedMultipleChoiceField(
        label="Organizations", coerce=UUID, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, organizations: list[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["organization_ids"]
        field.choices = [(str(row.pk), str(row)) for row in organizations]
        field.initial = [str(row.pk) for row in organizations if row.is_default]

    def described(self) -> NewUser:
        """Return the account that is wanted; only for a valid form."""
        return NewUser(
            email="",
            login_type=UserLoginType.NONE,
            status=UserStatus.ACTIVE,
            is_service_account=True,
            **self.cleaned_data,
        )


class NewPersonForm(NewServiceAccountForm):
    email = email_field(autocomplete="off")
    login_type = forms.ChoiceField(label="Signs in with", choices=LOGIN_TYPES)
    password = new_password_field(required=False)
    field_order = ("email", "username", "name", "login_type", "password", "organization_ids")

    def described(self) -> NewUser:
        return NewUser(**self.cleaned_data)


class NewServiceAccountPage(FormPage[NewServiceAccountForm]):
    """Make an account for a machine."""

    access = MAKES_PEOPLE
    form_class = NewServiceAccountForm
    template_name = "accounts/people/new.html"
    caller: Caller

    def get_form_kwargs(self) -> dict[str, Any]:
        organizations = organizations_visible(self.caller)
        return {**super().get_form_kwargs(), "organizations": organizations}

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        form = self.get_form()
        form.is_valid()
        user = user_create(caller=self.caller, new=form.described())
        messages.success(self.request, f"{user} was made.")
        return redirect("person", user.username)

    def explain(self, form: NewServiceAccountForm, error: DomainError) -> None:
        refuse(form, error)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        title, back = "New service account", reverse("service-accounts")
        return super().get_context_data(title=title, back=back, **kwargs)


class NewPersonPage(NewServiceAccountPage):
    """Make an account for a person."""

    form_class = NewPersonForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": "New person",
            "back": reverse("people"),
        }


def _one(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


def _within(caller: Caller, users: QuerySet[User], organization: str) -> QuerySet[User]:
    """Return the members of an organization, as far as the caller may know of them."""
    if not organization:
        return users
    members: QuerySet[Membership] = memberships_readable(caller).filter(
        organization__name__iexact=organization
    )
    return users.filter(pk__in=members.values("user_id"))
