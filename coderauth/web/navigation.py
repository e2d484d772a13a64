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
    Place("Account", "account"),
    Place("API", "api-documentation"),
)
ADMINISTRATION: tuple[Place, ...] = (
    Place(
        "All lists",
        "admin:index",
        (
            Needs("user:read"),
            Needs("api_key:read"),
            Needs("organization_member:read"),
            Needs("audit_log:read", in_some_organization=True),
        ),
    ),
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
                yield Link(place.label, url, f"{path}/".startswith(f"{url.rstrip('/')}/"))


def may_enter(caller: Principal, place: Place) -> bool:
    """Say whether a place is open to somebody: one of its needs is enough."""
    return not place.needs or any(need.are_met_by(caller) for need in place.needs)


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Give templates `frame`: the visitor and the navigation."""
    return {"frame": Frame(request)}
