"""The roles of an organization: built-in ones and its own."""

from collections.abc import Sequence

from coderauth_sdk.aio.transport import AsyncTransport
from coderauth_sdk.models.organizations import ListedRole, Permission
from coderauth_sdk.parsing import parse, parse_all
from coderauth_sdk.requests import Reference, document, path


class AsyncOrganizationRoles:
    """`client.organizations.roles`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._send = transport.send

    async def list(self, organization: Reference) -> tuple[ListedRole, ...]:
        """Return the roles, what they grant, and whether the caller may hand them out."""
        answer = await self._send("GET", path("organizations", organization, "members", "roles"))
        return parse_all(ListedRole, answer)

    async def create(
        self,
        organization: Reference,
        name: str,
        *,
        permissions: Sequence[Permission],
        display_name: str = "",
    ) -> ListedRole:
        """Make a role. It can only grant what the caller holds there."""
        return await self._write("POST", organization, name, permissions, display_name)

    async def replace(
        self,
        organization: Reference,
        name: str,
        *,
        permissions: Sequence[Permission],
        display_name: str = "",
    ) -> ListedRole:
        """Replace one of the organization's own roles completely."""
        return await self._write("PUT", organization, name, permissions, display_name)

    async def delete(self, organization: Reference, name: str) -> None:
        """Delete a role; its holders lose it."""
        await self._send("DELETE", path("organizations", organization, "members", "roles", name))

    async def _write(
        self,
        method: str,
        organization: Reference,
        name: str,
        permissions: Sequence[Permission],
        display_name: str,
    ) -> ListedRole:
        where = path("organizations", organization, "members", "roles")
        body = document(name=name, display_name=display_name, organization_permissions=permissions)
        return parse(ListedRole, await self._send(method, where, body=body))
