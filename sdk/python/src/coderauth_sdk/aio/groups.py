"""Groups of an organization, for access lists."""

from collections.abc import Sequence
from uuid import UUID

from coderauth_sdk.aio.transport import AsyncTransport
from coderauth_sdk.models.organizations import Group
from coderauth_sdk.parsing import parse, parse_all
from coderauth_sdk.requests import Reference, document, path


class AsyncGroups:
    """`client.organizations.groups`; groups are given by id."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._send = transport.send

    async def list(self, organization: Reference) -> tuple[Group, ...]:
        """Return the groups that the caller may see; `Everyone` has the organization's id."""
        answer = await self._send("GET", path("organizations", organization, "groups"))
        return parse_all(Group, answer)

    async def get(self, group: UUID | str) -> Group:
        """Return a group."""
        return parse(Group, await self._send("GET", path("groups", group)))

    async def named(self, organization: Reference, name: str) -> Group:
        """Return a group by its name in any case."""
        where = path("organizations", organization, "groups", name)
        return parse(Group, await self._send("GET", where))

    async def find(
        self, *, organization: Reference | None = None, has_member: Reference | None = None
    ) -> tuple[Group, ...]:
        """Return the groups of all organizations that the caller may see, or those asked for."""
        query = document(organization=organization, has_member=has_member)
        return parse_all(Group, await self._send("GET", "/groups", query=query))

    async def create(self, organization: Reference, name: str, *, display_name: str = "") -> Group:
        """Make an empty group."""
        body = document(name=name, display_name=display_name)
        where = path("organizations", organization, "groups")
        return parse(Group, await self._send("POST", where, body=body))

    async def update(
        self,
        group: UUID | str,
        *,
        name: str | None = None,
        display_name: str | None = None,
        add_users: Sequence[UUID | str] = (),
        remove_users: Sequence[UUID | str] = (),
    ) -> Group:
        """Change the given fields, add and remove people; people in both lists are removed."""
        body = document(
            name=name, display_name=display_name, add_users=add_users, remove_users=remove_users
        )
        return parse(Group, await self._send("PATCH", path("groups", group), body=body))

    async def delete(self, group: UUID | str) -> None:
        """Delete a group."""
        await self._send("DELETE", path("groups", group))
