"""The routes of the pages."""

from django.urls import path

from accounts.web.account import (
    Conversion,
    PasswordChange,
    Reversion,
    account_page,
    command_line_page,
)
from accounts.web.device import DeviceSignIn
from accounts.web.passcodes import PasscodeRequest, PasswordReset, passcode_sent_page
from accounts.web.setup import Setup
from accounts.web.sign_in import SignIn, root_page, sign_out_page

urlpatterns = [
    path("", root_page, name="root"),
    path("login", SignIn.as_view(), name="login"),
    path("login/device", DeviceSignIn.as_view(), name="device"),
    path("logout", sign_out_page, name="logout"),
    path("account", account_page, name="account"),
    path("account/password", PasswordChange.as_view(), name="password-change"),
    path("account/password-login", Reversion.as_view(), name="reversion"),
    path("account/sign-in/<slug:way>", Conversion.as_view(), name="conversion"),
    # Coder's command line sends people to this address.
    path("cli-auth", command_line_page, name="command-line"),
    path("setup", Setup.as_view(), name="setup"),
    path("reset-password", PasscodeRequest.as_view(), name="passcode"),
    path("reset-password/sent", passcode_sent_page, name="passcode-sent"),
    path("reset-password/change", PasswordReset.as_view(), name="password-reset"),
]
