"""People in the admin."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.helpers import AdminForm
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.federation.reversion import reversion_begin
from accounts.fields import email_field, new_password_field, real_name_field, username_field
from accounts.models import User, UserLink, UserLoginType, UserStatus
from accounts.passwords.passcodes import PROVIDERS
from accounts.people.creation import NewUser, user_create
from accounts.people.users import status_set
from coderauth.errors import DomainError
from coderauth.http.admin_inlines import ReadOnlyInline
from coderauth.http.admin_site import ServiceAdmin
from coderauth.http.forms import refuse
from scopes.engine.roles import SITE_ROLES, display_name
from scopes.http.admin_parts import MembershipInline, OrganizationFilter
from scopes.http.visitors import caller_of
from scopes.models import Organization
from scopes.organizations.selectors import memberships_readable, organizations_visible
from scopes.people import is_self, user_object
from scopes.visibility import rows_readable

LOGIN_TYPES = [
    (UserLoginType.PASSWORD, "Password"),
    (UserLoginType.OIDC, "OpenID Connect"),
    (UserLoginType.GITHUB, "GitHub"),
    (UserLoginType.NONE, "None: a service account that has keys only"),
]


class RoleFilter(SimpleListFilter):
    title = "site role"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, display_name(name)) for name in SITE_ROLES if name != "member"]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        role = self.value()
        if role not in SITE_ROLES:
            return queryset
        return queryset.alias(roles_text=Cast("site_roles", TextField())).filter(
            roles_text__contains=f'"{role}"'
        )


class MemberFilter(OrganizationFilter):
    """Finds people of whose membership the visitor may know."""

    def inside(
        self, request: HttpRequest, queryset: QuerySet[User], organization_id: UUID
    ) -> QuerySet[User]:
        members = memberships_readable(caller_of(request)).filter(organization_id=organization_id)
        return queryset.filter(pk__in=members.values("user_id"))


class UserCreateForm(forms.Form):
    email = email_field(autocomplete="off")
    username = username_field(autocomplete="off")
    name = real_name_field(autocomplete="off")
    login_type = forms.ChoiceField(label="Signs in with", choices=LOGIN_TYPES)
    password = new_password_field(required=False)
    status = forms.ChoiceField(
        choices=UserStatus.choices,
        initial=UserStatus.DORMANT,
        help_text="Dormant people become active by signing in.",
    )
    organization_ids = forms.TypedMultipleChoiceField(
        label="Organizations", coerce=UUID, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, organizations: list[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["organization_ids"]
        field.choices = [(str(row.pk), str(row)) for row in organizations]  # type: ignore[attr-defined]
        field.initial = [str(row.pk) for row in organizations if row.is_default]

    def described(self) -> NewUser:
        return NewUser(**self.cleaned_data)


class UserMembershipInline(MembershipInline):
    """The memberships of a user that the visitor may read."""

    fields = ["organization", "shown_roles", "created_at"]
    readonly_fields = fields
    ordering = ["organization__name"]
    verbose_name_plural = "organizations"


class UserLinkInline(ReadOnlyInline[UserLink, User]):
    """The provider at which a user signs in, and since when; tokens are not shown."""

    model = UserLink
    fields: ClassVar[Any] = ["provider", "linked_id", "created_at", "expires_at"]
    readonly_fields = fields
    verbose_name_plural = "provider"


class UserAdmin(ServiceAdmin[User]):
    list_display = [
        "username",
        "email",
        "name",
        "status",
        "login_type",
        "shown_roles",
        "last_seen_at",
        "created_at",
    ]
    list_filter = ["status", "login_type", RoleFilter, MemberFilter]
    search_fields = ["username", "email", "name"]
    search_help_text = "Search by username, e-mail address or name"
    fields = [
        "id",
        "username",
        "email",
        "name",
        "status",
        "login_type",
        "shown_roles",
        "last_seen_at",
        "created_at",
        "updated_at",
    ]
    actions = ["suspend", "activate", "to_password"]
    inlines = [UserMembershipInline, UserLinkInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        caller = caller_of(request)
        return rows_readable(
            caller,
            super().get_queryset(request).filter(is_deleted=False),
            resource="user",
            near=Q(pk=caller.id),
            describe=lambda user: user_object(user.pk),
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "add")

    def has_suspend_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "change")

    def row_actions(self, request: HttpRequest, obj: User) -> Mapping[str, str]:
        if not self.may(request, "change", obj):
            return {}
        reverts = {"to_password": "Move to a password"} if obj.login_type in PROVIDERS else {}
        if obj.status == UserStatus.SUSPENDED:
            return {"activate": "Activate", **reverts}
        if obj.is_owner or is_self(caller_of(request), obj):
            return reverts
        return {"suspend": "Suspend", **reverts}

    @admin.action(description="Suspend selected users", permissions=["suspend"])
    def suspend(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        self._set_status(request, rows, UserStatus.SUSPENDED, "suspended")

    @admin.action(description="Activate selected users", permissions=["suspend"])
    def activate(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        self._set_status(request, rows, UserStatus.ACTIVE, "activated")

    @admin.action(description="Move to a password (mails a passcode)", permissions=["suspend"])
    def to_password(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        caller = caller_of(request)
        self.perform(
            request,
            rows,
            lambda user: reversion_begin(caller=caller, user=user),
            "will get a passcode to set a password with",
        )

    def _set_status(
        self, request: HttpRequest, rows: QuerySet[User], status: UserStatus, done: str
    ) -> None:
        caller = caller_of(request)
        self.perform(
            request, rows, lambda user: status_set(caller=caller, user=user, status=status), done
        )

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Make a user with the service, outside of the transaction that Django would open."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        caller = caller_of(request)
        form = UserCreateForm(request.POST or None, organizations=organizations_visible(caller))
        if form.is_valid():
            try:
                user = user_create(caller=caller, new=form.described())
            except DomainError as error:
                refuse(form, error)
            else:
                self.message_user(request, f"{user} was created.", messages.SUCCESS)
                return redirect("admin:accounts_user_change", user.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": "Add user",
            "adminform": AdminForm(
                form,  # type: ignore[arg-type]  # Any form will do.
                [(None, {"fields": list(form.fields)})],
                {},
                model_admin=self,
            ),
            "errors": form.errors,
            "inline_admin_formsets": [],
            "media": self.media,
            "show_save_and_add_another": False,
            "show_save_and_continue": False,
        }
        return self.render_change_form(request, context, add=True)

    @admin.display(description="site roles")
    def shown_roles(self, user: User) -> str:
        return ", ".join(display_name(name) or name for name in user.site_roles) or "Member"
