"""Organizations."""

from coderauth_sdk.aio.groups import AsyncGroups
from coderauth_sdk.aio.members import AsyncMembers
from coderauth_sdk.aio.organization_roles import AsyncOrganizationRoles
from coderauth_sdk.aio.transport import AsyncTransport
from coderauth_sdk.models.organizations import Organization
from coderauth_sdk.parsing import parse, parse_all
from coderauth_sdk.requests import Reference, document, path


class AsyncOrganizations:
    """`client.organizations`; organizations are given by id, by name, or as `default`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._send = transport.send
        self.members = AsyncMembers(transport)
        self.roles = AsyncOrganizationRoles(transport)
        self.groups = AsyncGroups(transport)

    async def list(self) -> tuple[Organization, ...]:
        """Return the organizations that the caller may see."""
        return parse_all(Organization, await self._send("GET", "/organizations"))

    async def get(self, organization: Reference = "default") -> Organization:
        """Return an organization, by default the default one."""
        return parse(Organization, await self._send("GET", path("organizations", organization)))

    async def create(
        self,
        name: str,
        *,
        display_name: str | None = None,
        description: str | None = None,
        icon: str | None = None,
    ) -> Organization:
        """Make an organization; the caller becomes its first member."""
        body = document(name=name, display_name=display_name, description=description, icon=icon)
        return parse(Organization, await self._send("POST", "/organizations", body=body))

    async def update(
        self,
        organization: Reference,
        *,
        name: str | None = None,
        display_name: str | None = None,
        description: str | None = None,
        icon: str | None = None,
    ) -> Organization:
        """Change the given fields; the others stay as they are."""
        body = document(name=name, display_name=display_name, description=description, icon=icon)
        answer = await self._send("PATCH", path("organizations", organization), body=body)
        return parse(Organization, answer)

    async def delete(self, organization: Reference) -> None:
        """Delete an organization that has no groups, and at most one member."""
        await self._send("DELETE", path("organizations", organization))
