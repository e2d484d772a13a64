"""The routes of the pages."""

from django.urls import path

from accounts.web.account import (
    CommandLinePage,
    ConversionPage,
    OverviewPage,
    PasswordChangePage,
    ReversionPage,
)
from accounts.web.device import DevicePage
from accounts.web.passcodes import PasscodePage, PasswordResetPage, passcode_sent_page
from accounts.web.setup import SetupPage
from accounts.web.sign_in import SignInPage, root_page, sign_out_page

urlpatterns = [
    path("", root_page, name="root"),
    path("login", SignInPage.as_view(), name="login"),
    path("login/device", DevicePage.as_view(), name="device"),
    path("logout", sign_out_page, name="logout"),
    path("account", OverviewPage.as_view(), name="account"),
    path("account/password", PasswordChangePage.as_view(), name="password-change"),
    path("account/password-login", ReversionPage.as_view(), name="reversion"),
    path("account/sign-in/<slug:way>", ConversionPage.as_view(), name="conversion"),
    # Coder's command line sends people to this address.
    path("cli-auth", CommandLinePage.as_view(), name="command-line"),
    path("setup", SetupPage.as_view(), name="setup"),
    path("reset-password", PasscodePage.as_view(), name="passcode"),
    path("reset-password/sent", passcode_sent_page, name="passcode-sent"),
    path("reset-password/change", PasswordResetPage.as_view(), name="password-reset"),
]
