"""Who may open a page."""

from dataclasses import dataclass

from coderauth.http.principals import Principal


@dataclass(frozen=True, slots=True)
class Needs:
    """A permission without which a page is refused, as `api_key:read`.

    It is asked about every object of its type: everywhere, or, with `in_some_organization`, in one
    of the visitor's organizations at least. What a page does is judged by its services again.
    """

    permission: str
    in_some_organization: bool = False

    def are_met_by(self, caller: Principal) -> bool:
        resource, _, action = self.permission.partition(":")
        if caller.may(action, resource):
            return True
        return self.in_some_organization and any(
            caller.may(action, resource, organization=identifier)
            for identifier in caller.organization_ids
        )


@dataclass(frozen=True, slots=True)
class OwnPage:
    """Whoever is signed in may open it, for what is their own; says why that is enough."""

    reason: str


PageAccess = tuple[Needs, ...] | OwnPage
