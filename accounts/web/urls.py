"""The routes of the pages."""

from django.urls import path

from accounts.web.account import (
    CommandLinePage,
    ConversionPage,
    MailPage,
    OverviewPage,
    PasswordChangePage,
    ProfilePage,
    ReversionPage,
)
from accounts.web.again import AgainPage
from accounts.web.device import DevicePage
from accounts.web.passcodes import PasscodePage, PasswordResetPage, passcode_sent_page
from accounts.web.people import (
    NewPersonPage,
    NewServiceAccountPage,
    PeoplePage,
    ServiceAccountsPage,
)
from accounts.web.person import (
    PersonAuditPage,
    PersonKeysPage,
    PersonOrganizationsPage,
    PersonOverviewPage,
    PersonSessionsPage,
)
from accounts.web.person_acts import (
    ActivatePage,
    DeletePage,
    EndAccessPage,
    EndSessionsOfPage,
    RenamePage,
    ResetMailPage,
    SiteRolesPage,
    SuspendPage,
    TakeBackPage,
)
from accounts.web.setup import SetupPage
from accounts.web.sign_in import SignInPage, root_page, sign_out_page

urlpatterns = [
    path("", root_page, name="root"),
    path("login", SignInPage.as_view(), name="login"),
    path("login/again", AgainPage.as_view(), name="login-again"),
    path("login/device", DevicePage.as_view(), name="device"),
    path("logout", sign_out_page, name="logout"),
    path("account", OverviewPage.as_view(), name="account"),
    path("account/mail", MailPage.as_view(), name="account-mail"),
    path("account/profile", ProfilePage.as_view(), name="account-profile"),
    path("account/password", PasswordChangePage.as_view(), name="password-change"),
    path("account/password-login", ReversionPage.as_view(), name="reversion"),
    path("account/sign-in/<slug:way>", ConversionPage.as_view(), name="conversion"),
    # Coder's command line sends people to this address.
    path("cli-auth", CommandLinePage.as_view(), name="command-line"),
    path("setup", SetupPage.as_view(), name="setup"),
    path("forgot-password", PasscodePage.as_view(), name="passcode"),
    path("forgot-password/sent", passcode_sent_page, name="passcode-sent"),
    path("reset-password", PasswordResetPage.as_view(), name="password-reset"),
    # The address in the mail, which is Coder's.
    path("reset-password/change", PasswordResetPage.as_view()),
    path("admin/people", PeoplePage.as_view(), name="people"),
    path("admin/people/new", NewPersonPage.as_view(), name="person-new"),
    path("admin/service-accounts", ServiceAccountsPage.as_view(), name="service-accounts"),
    path("admin/service-accounts/new", NewServiceAccountPage.as_view(), name="service-account-new"),
    path("admin/people/<str:name>", PersonOverviewPage.as_view(), name="person"),
    path("admin/people/<str:name>/keys", PersonKeysPage.as_view(), name="person-keys"),
    path("admin/people/<str:name>/sessions", PersonSessionsPage.as_view(), name="person-sessions"),
    path(
        "admin/people/<str:name>/organizations",
        PersonOrganizationsPage.as_view(),
        name="person-organizations",
    ),
    path("admin/people/<str:name>/audit", PersonAuditPage.as_view(), name="person-audit"),
    path("admin/people/<str:name>/rename", RenamePage.as_view(), name="person-rename"),
    path("admin/people/<str:name>/roles", SiteRolesPage.as_view(), name="person-roles"),
    path("admin/people/<str:name>/suspend", SuspendPage.as_view(), name="person-suspend"),
    path("admin/people/<str:name>/activate", ActivatePage.as_view(), name="person-activate"),
    path("admin/people/<str:name>/delete", DeletePage.as_view(), name="person-delete"),
    path("admin/people/<str:name>/end-access", EndAccessPage.as_view(), name="person-end-access"),
    path(
        "admin/people/<str:name>/end-sessions",
        EndSessionsOfPage.as_view(),
        name="person-end-sessions",
    ),
    path("admin/people/<str:name>/reset", ResetMailPage.as_view(), name="person-reset"),
    path("admin/people/<str:name>/take-back", TakeBackPage.as_view(), name="person-take-back"),
]
