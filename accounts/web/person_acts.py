"""What administrators do with one person: each act is the service that the API calls."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.federation.reversion import reversion_begin
from accounts.models import User, UserStatus
from accounts.passwords.passcodes import passcode_request
from accounts.people.deletion import user_delete
from accounts.people.profiles import profile_update
from accounts.people.users import site_roles_replace, status_set
from accounts.web.forms import ProfileForm
from accounts.web.people import READS_PEOPLE
from accounts.web.person import PersonPage
from coderauth.pages.forms import FormPage
from coderauth.pages.page import ActPage
from scopes.engine.roles import SITE_ROLES
from scopes.keys.ending import access_end
from scopes.keys.sessions import sessions_end


class PersonActPage(PersonPage, ActPage):
    """An act on one person, which leads back to their page."""

    template_name = "layouts/confirm.html"
    sentence: ClassVar[str] = ""  # The question; `{}` is the name.
    lines: ClassVar[tuple[str, ...]] = ()

    @property
    def question(self) -> str:  # type: ignore[override]
        return self.sentence.format(self.person.username)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return ActPage.get(self, request, *args, **kwargs)

    def confirmation(self) -> Mapping[str, Any]:
        return {"lines": self.lines}

    def home(self) -> str:
        return reverse("person", args=[self.person.username])


class SuspendPage(PersonActPage):
    """Keep somebody out, until they are activated."""

    needs = ("update", "user")
    sentence = "Suspend {}?"
    button = "Suspend"
    lines = ("Nothing of theirs works until you activate them again. Keys stay.",)

    def act(self) -> str:
        status_set(caller=self.caller, user=self.person, status=UserStatus.SUSPENDED)
        return f"{self.person.username} is suspended."


class ActivatePage(PersonActPage):
    """Let somebody in again."""

    needs = ("update", "user")
    is_final = False

    def act(self) -> str:
        status_set(caller=self.caller, user=self.person, status=UserStatus.ACTIVE)
        return f"{self.person.username} is active."


class DeletePage(PersonActPage):
    """Delete an account; its row stays for the audit."""

    needs = ("delete", "user")
    sentence = "Delete the account {}?"
    button = "Delete"
    lines = (
        "It cannot be undone. All keys end; the username and the address can be used again.",
        "What the account did stays in the audit.",
    )

    def act(self) -> str:
        user_delete(caller=self.caller, user=self.person)
        return f"The account {self.person.username} is deleted."

    def home(self) -> str:
        return reverse("service-accounts" if self.person.is_service_account else "people")


class EndAccessPage(PersonActPage):
    """Revoke all keys and end all sessions."""

    needs = ("delete", "api_key")
    sentence = "End all access of {}?"
    button = "Revoke all"

    def confirmation(self) -> Mapping[str, Any]:
        if not self.may("read", "api_key"):
            return {"lines": ["All keys and sessions end at once, for good."]}
        counted = self.counts()
        keys, sessions = _keys(counted["keys"]), _sessions(counted["sessions"])
        return {"lines": [f"{keys} and {sessions} end at once, for good."]}

    def act(self) -> str:
        keys, sessions = access_end(caller=self.caller, user=self.person)
        return f"{_keys(keys)} and {_sessions(sessions)} of {self.person.username} ended."


class EndSessionsOfPage(PersonActPage):
    """Sign somebody out everywhere; their keys go on."""

    needs = ("delete", "api_key")
    sentence = "End all sessions of {}?"
    button = "End them"
    lines = ("Their browsers and command lines are signed out at once. Keys go on.",)

    def act(self) -> str:
        ended = sessions_end(caller=self.caller, user=self.person)
        return f"{_sessions(ended)} of {self.person.username} ended."

    def home(self) -> str:
        return reverse("person-sessions", args=[self.person.username])


class ResetMailPage(PersonActPage):
    """Mail somebody a link with which they set a new password."""

    needs = ("update", "user")
    is_final = False

    def act(self) -> str:
        passcode_request(email=self.person.email)
        return f"{self.person.username} gets a mail with a link to set a new password."


class TakeBackPage(PersonActPage):
    """Let an account of a provider get a password instead."""

    needs = ("update", "user")
    is_final = False

    def act(self) -> str:
        reversion_begin(caller=self.caller, user=self.person)
        return f"{self.person.username} gets a mail with a link to set a password instead."


class SiteRolesPage(PersonActPage):
    """Give and take site roles: those that are ticked are held afterwards."""

    def enter(self) -> None:
        super().enter()
        if not self.caller.may("assign", "assign_role"):
            raise Http404

    is_final = False

    def act(self) -> str:
        asked = self.request.POST.getlist("roles")
        roles = [name for name in SITE_ROLES if name in asked]
        site_roles_replace(caller=self.caller, user=self.person, roles=roles)
        return f"The site roles of {self.person.username} are saved."


class RenamePage(PersonPage, FormPage[ProfileForm]):
    """Change what somebody is called."""

    needs = ("update_personal", "user")
    access = READS_PEOPLE
    form_class = ProfileForm
    template_name = "accounts/people/rename.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return FormPage.get(self, request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        return {"username": self.person.username, "name": self.person.name}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(person=self.person, **kwargs)

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        user: User = profile_update(caller=self.caller, user=self.person, **sent)
        messages.success(self.request, "Saved.")
        return redirect("person", user.username)


def _keys(count: int) -> str:
    return "1 key" if count == 1 else f"{count} keys"


def _sessions(count: int) -> str:
    return "1 session" if count == 1 else f"{count} sessions"
