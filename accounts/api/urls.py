"""The routes of this room, below `/api/v2/users`; trailing slashes are as Coder has them.

Static segments come before `{user}`: a user called `login` is found by id only. Apart from that,
the most frequent requests come first, because routes are tried one after the other.
"""

from django.urls import path, re_path

from accounts.api.backchannel_logouts import BackchannelLogoutViewSet
from accounts.api.first_user import FirstUserViewSet
from accounts.api.notices import NoticeViewSet
from accounts.api.passcodes import PasscodeViewSet
from accounts.api.passwords import PasswordViewSet
from accounts.api.providers import ProviderViewSet
from accounts.api.sign_in import SignInViewSet
from accounts.api.users import UserViewSet
from accounts.providers.configuration import FIRST, GITHUB

USER = r"^/(?P<user>[^/]+)"

urlpatterns = [
    path("/first", FirstUserViewSet.as_view({"get": "retrieve", "post": "create"})),
    path("/login", SignInViewSet.as_view({"post": "login"})),
    path("/logout", SignInViewSet.as_view({"post": "logout"})),
    path("/authmethods", SignInViewSet.as_view({"get": "methods"})),
    path("/validate-password", PasswordViewSet.as_view({"post": "validate"})),
    re_path(rf"{USER}/?$", UserViewSet.as_view({"get": "retrieve", "delete": "destroy"})),
    re_path(r"^/?$", UserViewSet.as_view({"get": "list", "post": "create"})),
    path("/otp/request", PasscodeViewSet.as_view({"post": "create"})),
    path("/otp/change-password", PasscodeViewSet.as_view({"post": "change_password"})),
    re_path(
        r"^/oidc/callback/?$",
        ProviderViewSet.as_view({"get": "oidc"}),
        {"provider": FIRST},
    ),
    re_path(
        r"^/oidc/(?P<provider>[1-9][0-9]?)/callback/?$",
        ProviderViewSet.as_view({"get": "numbered_oidc"}),
    ),
    re_path(
        r"^/oauth2/github/callback/?$",
        ProviderViewSet.as_view({"get": "github"}),
        {"provider": GITHUB},
    ),
    path(
        "/oidc/backchannel-logout",
        BackchannelLogoutViewSet.as_view({"post": "oidc"}),
        {"provider": FIRST},
    ),
    re_path(
        r"^/oidc/(?P<provider>[1-9][0-9]?)/backchannel-logout$",
        BackchannelLogoutViewSet.as_view({"post": "numbered_oidc"}),
    ),
    path("/oauth2/github/device", ProviderViewSet.as_view({"get": "device"})),
    re_path(rf"{USER}/notices/?$", NoticeViewSet.as_view({"get": "retrieve", "put": "update"})),
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
