"""The members of an organization."""

from collections.abc import AsyncIterator, Sequence

from coderauth_sdk.aio.transport import AsyncTransport
from coderauth_sdk.models.organizations import Member, MemberPage, Membership
from coderauth_sdk.parsing import parse, parse_all
from coderauth_sdk.requests import Reference, document, page_size_of, path


class AsyncMembers:
    """`client.organizations.members`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._send = transport.send

    async def list(self, organization: Reference) -> tuple[Member, ...]:
        """Return the members that the caller may see."""
        answer = await self._send("GET", path("organizations", organization, "members"))
        return parse_all(Member, answer)

    async def page(
        self, organization: Reference, *, limit: int = 100, offset: int = 0
    ) -> MemberPage:
        """Return a page of the members by name, for callers who may read every member."""
        query = document(limit=limit, offset=offset)
        where = path("organizations", organization, "paginated-members")
        return parse(MemberPage, await self._send("GET", where, query=query))

    async def iterate(
        self, organization: Reference, *, page_size: int = 100
    ) -> AsyncIterator[Member]:
        """Yield the members by name, fetching page after page.

        Pages are cut by number: people who join or leave meanwhile may shift others past a cut.
        """
        size, seen, count = page_size_of(page_size), 0, 1
        while seen < count:
            page = await self.page(organization, limit=size, offset=seen)
            for member in page.members:
                yield member
            seen += size
            count = page.count

    async def add(self, organization: Reference, user: Reference) -> Membership:
        """Add a user, without a role."""
        where = path("organizations", organization, "members", user)
        return parse(Membership, await self._send("POST", where))

    async def remove(self, organization: Reference, user: Reference) -> None:
        """Remove a user, also from the organization's groups."""
        await self._send("DELETE", path("organizations", organization, "members", user))

    async def set_roles(
        self, organization: Reference, user: Reference, roles: Sequence[str]
    ) -> Membership:
        """Replace the roles of another user in the organization."""
        where = path("organizations", organization, "members", user, "roles")
        return parse(Membership, await self._send("PUT", where, body=document(roles=roles)))
