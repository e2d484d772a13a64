"""The routes of this room, below `/api/v2`; a trailing slash is there or not as upstream has it.

Static segments stand before `{user}`: somebody called `login` is found by id only.
"""

from django.urls import path, re_path

from accounts.api.passwords import PasscodeViewSet, PasswordViewSet
from accounts.api.providers import ProviderViewSet
from accounts.api.sign_in import SignInViewSet
from accounts.api.users import FirstUserViewSet, UserViewSet
from accounts.providers.configuration import FIRST, GITHUB
from scopes.api.roles import SiteRoleViewSet

USER = r"^users/(?P<user>[^/]+)"

urlpatterns = [
    path("users/first", FirstUserViewSet.as_view({"get": "retrieve", "post": "create"})),
    path("users/login", SignInViewSet.as_view({"post": "login"})),
    path("users/logout", SignInViewSet.as_view({"post": "logout"})),
    path("users/authmethods", SignInViewSet.as_view({"get": "methods"})),
    path("users/validate-password", PasswordViewSet.as_view({"post": "validate"})),
    path("users/otp/request", PasscodeViewSet.as_view({"post": "create"})),
    path("users/otp/change-password", PasscodeViewSet.as_view({"post": "change_password"})),
    re_path(
        r"^users/oidc/callback/?$",
        ProviderViewSet.as_view({"get": "oidc"}),
        {"provider": FIRST},
    ),
    re_path(
        r"^users/oidc/(?P<provider>[1-9][0-9]?)/callback/?$",
        ProviderViewSet.as_view({"get": "numbered_oidc"}),
    ),
    re_path(
        r"^users/oauth2/github/callback/?$",
        ProviderViewSet.as_view({"get": "github"}),
        {"provider": GITHUB},
    ),
    path("users/oauth2/github/device", ProviderViewSet.as_view({"get": "device"})),
    re_path(r"^users/?$", UserViewSet.as_view({"get": "list", "post": "create"})),
    re_path(r"^users/roles/?$", SiteRoleViewSet.as_view({"get": "list"})),
    re_path(rf"{USER}/?$", UserViewSet.as_view({"get": "retrieve", "delete": "destroy"})),
    re_path(rf"{USER}/profile$", UserViewSet.as_view({"put": "update_profile"})),
    re_path(rf"{USER}/status/suspend$", UserViewSet.as_view({"put": "suspend"})),
    re_path(rf"{USER}/status/activate$", UserViewSet.as_view({"put": "activate"})),
    re_path(
        rf"{USER}/roles$",
        UserViewSet.as_view({"get": "retrieve_roles", "put": "update_roles"}),
    ),
    re_path(rf"{USER}/password/?$", PasswordViewSet.as_view({"put": "update"})),
    re_path(rf"{USER}/password-login$", PasswordViewSet.as_view({"post": "revert"})),
    re_path(rf"{USER}/login-type$", UserViewSet.as_view({"get": "retrieve_login_type"})),
    re_path(rf"{USER}/convert-login$", SignInViewSet.as_view({"post": "convert"})),
    re_path(rf"{USER}/organizations/?$", UserViewSet.as_view({"get": "list_organizations"})),
    re_path(
        rf"{USER}/organizations/(?P<name>[^/]+)$",
        UserViewSet.as_view({"get": "retrieve_organization"}),
    ),
]
