"""`/admin/people/<name>`: one person, or one service account, in tabs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from accounts.models import User, UserStatus
from accounts.passwords.passcodes import PROVIDERS
from accounts.web.people import READS_PEOPLE
from accounts.web.ways import login_type_name
from audit.selectors import entries_about, entries_readable
from coderauth.errors import DomainError
from coderauth.pages.page import VisitorPage
from scopes.assignment import site_roles_assignable
from scopes.callers import Caller
from scopes.engine.decision import Object, decide
from scopes.engine.roles import MEMBER, SITE_ROLES, display_name
from scopes.http.listed import ListedKey, ListedSession
from scopes.keys.rows import key_object
from scopes.models import Key
from scopes.organizations.selectors import memberships_readable
from scopes.people import is_self, resolve_person, user_object

_MOST = 50  # rows of a tab; the whole list is one click away


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of the page; `count` may be nothing."""

    label: str
    url: str
    is_current: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class RoleChoice:
    """A site role as a box."""

    name: str
    label: str
    is_held: bool
    is_assignable: bool


class PersonPage(VisitorPage):
    """What all tabs share: the person, whom the visitor must be able to read."""

    access = READS_PEOPLE
    tab: ClassVar[str] = ""
    # The action and the type, of the person or their keys, without which a page is not found.
    needs: ClassVar[tuple[str, str] | None] = None
    caller: Caller
    person: User

    def enter(self) -> None:
        try:
            found = resolve_person(self.caller, self.kwargs["name"])
        except DomainError as error:
            raise Http404 from error
        self.person = User.objects.living().filter(pk=found.pk).first() or _missing()
        if self.needs is not None and not self.may(*self.needs):
            raise Http404

    def may(self, permission: str, resource: str = "user") -> bool:
        """Ask the engine about the person, or about their keys."""
        about = (
            user_object(self.person.pk)
            if resource == "user"
            else Object(resource, owner=str(self.person.pk))
        )
        return decide(self.caller.subject, permission, about).allowed

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.page(
            {
                "person": self.person,
                "is_self": is_self(self.caller, self.person),
                "way_name": login_type_name(self.person.login_type),
                "tabs": self.tabs(),
                **self.content(),
            }
        )

    def content(self) -> Mapping[str, Any]:
        raise NotImplementedError

    def tabs(self) -> Sequence[Tab]:
        """Return the tabs that the visitor may open. One query for their numbers."""
        counted = self.counts() if self.may("read", "api_key") else {}
        wanted: list[tuple[str, str, int | None]] = [("Overview", "person", None)]
        if counted:
            wanted.append(("Keys", "person-keys", counted["keys"]))
            wanted.append(("Sessions", "person-sessions", counted["sessions"]))
        wanted.append(("Organizations", "person-organizations", None))
        if self.caller.may("read", "audit_log"):
            wanted.append(("Audit", "person-audit", None))
        name = self.person.username
        return [
            Tab(label, reverse(route, args=[name]), route == self.tab, count)
            for label, route, count in wanted
        ]

    def counts(self) -> dict[str, int]:
        """Return how many keys and sessions that have not ended the person has. One query."""
        is_token = Q(login_type="token")
        return (
            Key.objects.unexpired(timezone.now())
            .filter(user=self.person)
            .aggregate(keys=Count("pk", filter=is_token), sessions=Count("pk", filter=~is_token))
        )


class PersonOverviewPage(PersonPage):
    """Facts, site roles, and what ends access."""

    template_name = "accounts/people/overview.html"
    tab = "person"

    def content(self) -> Mapping[str, Any]:
        person, caller = self.person, self.caller
        may_update = self.may("update")
        is_other = not is_self(caller, person)
        return {
            "roles": self._roles(),
            "may_give_roles": is_other and caller.may("assign", "assign_role"),
            "may_suspend": may_update and is_other and not person.is_owner,
            "is_suspended": person.status == UserStatus.SUSPENDED,
            "may_rename": self.may("update_personal"),
            "may_delete": self.may("delete") and is_other,
            "may_reset": may_update and person.login_type == "password",
            "may_take_back": may_update and person.login_type in PROVIDERS,
            "may_end": self.may("delete", "api_key"),
            "may_make_keys": self.may("create", "api_key"),
            "ending": self.counts() if self.may("read", "api_key") else None,
        }

    def _roles(self) -> list[RoleChoice]:
        assignable = site_roles_assignable(self.caller)
        return [
            RoleChoice(name, display_name(name), name in self.person.site_roles, name in assignable)
            for name in SITE_ROLES
            if name != MEMBER
        ]


class PersonKeysPage(PersonPage):
    """The person's tokens, newest first."""

    template_name = "accounts/people/keys.html"
    tab = "person-keys"

    def content(self) -> Mapping[str, Any]:
        now = timezone.now()
        keys = Key.objects.tokens().judged(now).filter(user=self.person)
        keys = keys.order_by("-created_at", "pk")
        return {
            "keys": [ListedKey(key, now) for key in self.readable(keys[:_MOST])],
            "may_make_keys": self.may("create", "api_key"),
        }

    def readable(self, keys: Any) -> list[Key]:
        return [key for key in keys if decide(self.caller.subject, "read", key_object(key))]


class PersonSessionsPage(PersonKeysPage):
    """The person's sessions, newest first."""

    template_name = "accounts/people/sessions.html"
    tab = "person-sessions"

    def content(self) -> Mapping[str, Any]:
        keys = Key.objects.sessions().unexpired(timezone.now()).filter(user=self.person)
        readable = self.readable(keys.order_by("-created_at", "pk")[:_MOST])
        current = self.caller.key_id
        return {
            "sessions": [ListedSession(key, key.pk == current) for key in readable],
            "may_end": self.may("delete", "api_key"),
        }


class PersonOrganizationsPage(PersonPage):
    """The organizations of the person that the visitor may know of."""

    template_name = "accounts/people/organizations.html"
    tab = "person-organizations"

    def content(self) -> Mapping[str, Any]:
        rows = memberships_readable(self.caller).filter(user=self.person)
        return {"memberships": rows.select_related("organization").order_by("organization__name")}


class PersonAuditPage(PersonPage):
    """What the person did, and what was done to them."""

    template_name = "accounts/people/audit.html"
    tab = "person-audit"

    def content(self) -> Mapping[str, Any]:
        found = entries_about(entries_readable(self.caller), self.person.pk)[:_MOST]
        return {"entries": found}


def _missing() -> User:
    raise Http404
