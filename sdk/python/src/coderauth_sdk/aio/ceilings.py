"""What tokens may be, by site role and organization."""

from collections.abc import Sequence
from datetime import timedelta

from coderauth_sdk.aio.transport import AsyncTransport
from coderauth_sdk.models.keys import Ceiling
from coderauth_sdk.parsing import parse, parse_all
from coderauth_sdk.requests import Reference, document, path
from coderauth_sdk.scopes import Scope

MICROSECOND = timedelta(microseconds=1)


class AsyncCeilings:
    """`client.ceilings`. Setting one replaces the one before; what is left out has no ceiling."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._send = transport.send

    async def list(self) -> tuple[Ceiling, ...]:
        """Return the ceilings that the caller may see."""
        return parse_all(Ceiling, await self._send("GET", "/keyceilings"))

    async def set_for_role(
        self,
        role: str,
        *,
        max_lifetime: timedelta | None = None,
        forbid_full_access: bool = False,
        scopes: Sequence[Scope] | None = None,
        fixed_ends: bool = False,
        max_keys: int | None = None,
    ) -> Ceiling:
        """Set the ceiling of everybody with a site role; `member` is everybody."""
        body = document(
            max_lifetime=_nanoseconds(max_lifetime),
            forbid_full_access=forbid_full_access,
            scopes=scopes,
            fixed_ends=fixed_ends,
            max_keys=max_keys,
        )
        return parse(
            Ceiling, await self._send("PUT", path("keyceilings", "roles", role), body=body)
        )

    async def remove_from_role(self, role: str) -> None:
        """Remove the ceiling of a site role."""
        await self._send("DELETE", path("keyceilings", "roles", role))

    async def set_for_organization(
        self,
        organization: Reference = "default",
        *,
        max_lifetime: timedelta | None = None,
        forbid_full_access: bool = False,
        scopes: Sequence[Scope] | None = None,
        fixed_ends: bool = False,
        max_keys: int | None = None,
    ) -> Ceiling:
        """Set the ceiling of an organization's members."""
        body = document(
            max_lifetime=_nanoseconds(max_lifetime),
            forbid_full_access=forbid_full_access,
            scopes=scopes,
            fixed_ends=fixed_ends,
            max_keys=max_keys,
        )
        where = path("organizations", organization, "keyceiling")
        return parse(Ceiling, await self._send("PUT", where, body=body))

    async def remove_from_organization(self, organization: Reference = "default") -> None:
        """Remove the ceiling of an organization."""
        await self._send("DELETE", path("organizations", organization, "keyceiling"))


def _nanoseconds(length: timedelta | None) -> int | None:
    return None if length is None else length // MICROSECOND * 1000
