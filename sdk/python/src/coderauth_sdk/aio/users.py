"""People."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from coderauth_sdk.aio.transport import AsyncTransport
from coderauth_sdk.errors import NotFound
from coderauth_sdk.models.accounts import (
    FirstUser,
    LoginType,
    NoticePreference,
    User,
    UserPage,
    UserRoles,
)
from coderauth_sdk.models.organizations import ListedRole, Organization
from coderauth_sdk.parsing import parse, parse_all
from coderauth_sdk.requests import (
    DEFAULT_ORGANIZATION,
    ME,
    Reference,
    document,
    page_size_of,
    path,
)


class AsyncUsers:
    """`client.users`; users are given by id, by username, or as `me`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._send = transport.send

    async def get(self, user: Reference = ME) -> User:
        """Return a user, by default the token's own."""
        return parse(User, await self._send("GET", path("users", user)))

    async def page(
        self, q: str = "", *, limit: int = 100, offset: int = 0, after_id: UUID | None = None
    ) -> UserPage:
        """Return a page of the users that match, by username.

        `q` holds words that an address or a username contains, and `status:active`, `role:owner`,
        `service_account:true`, `created_after:"2026-01-05T09:30:00Z"` and the like.
        """
        query = document(q=q, limit=limit, offset=offset, after_id=after_id)
        return parse(UserPage, await self._send("GET", "/users", query=query))

    async def iterate(self, q: str = "", *, page_size: int = 100) -> AsyncIterator[User]:
        """Yield all users that match, by username, fetching page after page."""
        size, last = page_size_of(page_size), None
        while True:
            page = await self.page(q, limit=size, after_id=last)
            for user in page.users:
                yield user
            if len(page.users) < size:
                return
            last = page.users[-1].id

    async def create(
        self,
        *,
        email: str,
        username: str,
        password: str = "",
        name: str = "",
        login_type: str = "password",
        status: str = "dormant",
        organization_ids: Sequence[UUID | str] = (DEFAULT_ORGANIZATION,),
    ) -> User:
        """Make an account. Only the login type `password` takes a password."""
        body = document(
            email=email,
            username=username,
            password=password,
            name=name,
            login_type=login_type,
            user_status=status,
            organization_ids=organization_ids,
        )
        return parse(User, await self._send("POST", "/users", body=body))

    async def create_service_account(
        self,
        *,
        username: str,
        name: str = "",
        organization_ids: Sequence[UUID | str] = (DEFAULT_ORGANIZATION,),
    ) -> User:
        """Make an account for a machine: without an address, it holds keys and never signs in."""
        body = document(
            username=username,
            name=name,
            service_account=True,
            user_status="active",
            organization_ids=organization_ids,
        )
        return parse(User, await self._send("POST", "/users", body=body))

    async def delete(self, user: Reference) -> None:
        """Delete a user; their keys end at once."""
        await self._send("DELETE", path("users", user))

    async def rename(self, user: Reference = ME, *, username: str, name: str) -> User:
        """Change the username and the real name; both are replaced."""
        body = document(username=username, name=name)
        return parse(User, await self._send("PUT", path("users", user, "profile"), body=body))

    async def notices(self, user: Reference = ME) -> tuple[NoticePreference, ...]:
        """Return the kinds of notices, and which of them a user gets by mail."""
        return parse_all(NoticePreference, await self._send("GET", path("users", user, "notices")))

    async def mute_notices(self, kinds: Sequence[str], user: Reference = ME) -> None:
        """Have a user get all notices but these."""
        await self._send("PUT", path("users", user, "notices"), body=document(muted=kinds))

    async def suspend(self, user: Reference) -> User:
        """Suspend a user: their keys answer 401 until they are activated."""
        return parse(User, await self._send("PUT", path("users", user, "status", "suspend")))

    async def activate(self, user: Reference) -> User:
        """End a suspension or dormancy."""
        return parse(User, await self._send("PUT", path("users", user, "status", "activate")))

    async def roles(self, user: Reference = ME) -> UserRoles:
        """Return the roles of a user: site roles, and those in each organization."""
        return parse(UserRoles, await self._send("GET", path("users", user, "roles")))

    async def set_roles(self, user: Reference, roles: Sequence[str]) -> User:
        """Replace the site roles of another user."""
        body = document(roles=roles)
        return parse(User, await self._send("PUT", path("users", user, "roles"), body=body))

    async def site_roles(self) -> tuple[ListedRole, ...]:
        """Return the site roles, with what each grants."""
        return parse_all(ListedRole, await self._send("GET", "/users/roles"))

    async def login_type(self) -> str:
        """Return how the token's own user signs in."""
        answer = await self._send("GET", path("users", ME, "login-type"))
        return parse(LoginType, answer).login_type

    async def organizations(self, user: Reference = ME) -> tuple[Organization, ...]:
        """Return the organizations that a user belongs to."""
        answer = await self._send("GET", path("users", user, "organizations"))
        return parse_all(Organization, answer)

    async def organization(self, name: str, user: Reference = ME) -> Organization:
        """Return an organization by its name."""
        answer = await self._send("GET", path("users", user, "organizations", name))
        return parse(Organization, answer)

    async def first_exists(self) -> bool:
        """Say whether there is a user yet, or the installation is new."""
        try:
            await self._send("GET", "/users/first")
        except NotFound:
            return False
        return True

    async def create_first(
        self, *, email: str, username: str, password: str, name: str = ""
    ) -> FirstUser:
        """Make the first owner of a new installation; needs no token."""
        body = document(email=email, username=username, password=password, name=name)
        return parse(FirstUser, await self._send("POST", "/users/first", body=body))
