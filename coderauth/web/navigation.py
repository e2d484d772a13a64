"""The navigation of all pages: what a visitor's own rights lead to, and nothing else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from coderauth.http.pages import signed_in
from coderauth.http.principals import Principal
from coderauth.pages.access import Needs


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the navigation: its name, its route, and what one needs to see it."""

    label: str
    route: str
    needs: tuple[Needs, ...] = ()


EVERYBODY = (
    Place("Keys", "keys"),
    Place("Check access", "check"),
    Place("Account", "account"),
    Place("API", "api-documentation"),
)
_PEOPLE = Needs("user:read")
_ORGANIZATIONS = Needs("organization_member:read", in_some_organization=True)
_AUDIT = Needs("audit_log:read", in_some_organization=True)
_SETTINGS = Needs("deployment_config:read")
ADMINISTRATION = (
    Place("Overview", "administration", (_PEOPLE, _ORGANIZATIONS, _AUDIT, _SETTINGS)),
    Place("People", "people", (_PEOPLE,)),
    Place("Service accounts", "service-accounts", (_PEOPLE,)),
    Place("All keys", "all-keys", (Needs("api_key:read"),)),
    Place("Ceilings", "ceilings", (_SETTINGS,)),
    Place("Organizations", "organizations", (_ORGANIZATIONS, Needs("organization:create"))),
    Place("Objects", "objects", (_PEOPLE, _ORGANIZATIONS)),
    Place("Scopes", "scopes", (_PEOPLE, _ORGANIZATIONS)),
    Place("Audit", "audit", (_AUDIT,)),
    Place("Settings", "settings", (_SETTINGS,)),
    Place("System", "system", (_SETTINGS,)),
)


@dataclass(frozen=True, slots=True)
class Link:
    """A place as the frame shows it."""

    label: str
    url: str
    is_current: bool


class Frame:
    """What the frame of a page says about its visitor. Costs nothing until a template asks."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def visitor(self) -> Any | None:
        return signed_in(self.request)

    def everybody(self) -> list[Link]:
        return [*self._links(EVERYBODY)]

    def administration(self) -> list[Link]:
        return [*self._links(ADMINISTRATION)]

    def _links(self, places: Sequence[Place]) -> Iterator[Link]:
        visitor = self.visitor
        if visitor is None:
            return
        path = self.request.path
        for place in places:
            if may_enter(visitor.caller, place):
                url = reverse(place.route)
                yield Link(place.label, url, is_current=_is_below(path, url))


def _is_below(path: str, url: str) -> bool:
    # The overview's address is the beginning of all others.
    return path == url if url.endswith("/") else f"{path}/".startswith(f"{url}/")


def may_enter(caller: Principal, place: Place) -> bool:
    """Say whether a place is open to somebody: one of its needs is enough."""
    return not place.needs or any(need.are_met_by(caller) for need in place.needs)


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Give templates `frame`: the visitor and the navigation."""
    return {"frame": Frame(request)}
