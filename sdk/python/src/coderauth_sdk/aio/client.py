"""The client: one server, one token, and everything that can be asked."""

import ssl
from collections.abc import Mapping
from copy import copy
from types import TracebackType
from typing import Self

import httpx2

from coderauth_sdk.addresses import API, server_address, token_of
from coderauth_sdk.aio.audit import AsyncAudit
from coderauth_sdk.aio.ceilings import AsyncCeilings
from coderauth_sdk.aio.objects import AsyncObjects
from coderauth_sdk.aio.organizations import AsyncOrganizations
from coderauth_sdk.aio.passwords import AsyncPasswords
from coderauth_sdk.aio.tokens import AsyncTokens
from coderauth_sdk.aio.transport import AsyncTransport
from coderauth_sdk.aio.users import AsyncUsers
from coderauth_sdk.inputs import Check
from coderauth_sdk.models.accounts import BuildInfo, Conversion, Session, SignInMethods
from coderauth_sdk.models.keys import Explanation, ScopeCatalogue
from coderauth_sdk.parsing import parse, parse_named
from coderauth_sdk.requests import ME, Reference, document, path
from coderauth_sdk.retries import Retries
from coderauth_sdk.secrets import hide_cookies_in_logs, no_cookies
from coderauth_sdk.version import VERSION


class AsyncClient:
    """Talk to coderauth with one token.

    Without arguments the address is `CODERAUTH_URL` and the token `CODERAUTH_TOKEN`; the token
    `""` is anonymous. `timeout` is the seconds that connecting, sending and each part of an answer
    may take. Connections stay open: use the client in `async with`, or call `aclose`.
    """

    users: AsyncUsers
    tokens: AsyncTokens
    passwords: AsyncPasswords
    organizations: AsyncOrganizations
    objects: AsyncObjects
    audit: AsyncAudit
    ceilings: AsyncCeilings

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        timeout: float = 30.0,
        retries: Retries = Retries(),  # noqa: B008 (it is frozen)
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        hide_cookies_in_logs()
        self.url = server_address(url)
        self._owns_connections = True
        http = httpx2.AsyncClient(
            base_url=self.url + API,
            timeout=timeout,
            verify=True if ssl_context is None else ssl_context,
            cookies=no_cookies(),
            headers={"User-Agent": f"coderauth-sdk-python/{VERSION}"},
        )
        self._speak_for(AsyncTransport(http, token_of(token), retries))

    def _speak_for(self, transport: AsyncTransport) -> None:
        self._transport = transport
        self._send = transport.send
        self.users = AsyncUsers(transport)
        self.tokens = AsyncTokens(transport)
        self.passwords = AsyncPasswords(transport)
        self.organizations = AsyncOrganizations(transport)
        self.objects = AsyncObjects(transport)
        self.audit = AsyncAudit(transport)
        self.ceilings = AsyncCeilings(transport)

    def __repr__(self) -> str:
        whose = "with a token" if self._transport.auth else "without a token"
        return f"<{type(self).__name__} of {self.url} {whose}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections, unless they are another client's."""
        if self._owns_connections:
            await self._transport.http.aclose()

    @property
    def token(self) -> str:
        """The secret that this client sends; empty if none."""
        return self._transport.auth.token if self._transport.auth else ""

    def with_token(self, token: str) -> Self:
        """Return a client for another token, on the connections of this one.

        It works until this one is closed; closing it closes nothing.
        """
        other = copy(self)
        other._owns_connections = False  # noqa: SLF001 (it is of this class)
        other._speak_for(  # noqa: SLF001
            AsyncTransport(self._transport.http, token_of(token), self._transport.retries)
        )
        return other

    async def sign_in(self, email: str, password: str) -> Self:
        """Sign in, and return a client for the session, on the connections of this one."""
        body = document(email=email, password=password)
        answer = await self.with_token("")._send("POST", "/users/login", body=body)  # noqa: SLF001
        return self.with_token(parse(Session, answer).secret)

    async def sign_out(self) -> None:
        """End the key of this client."""
        await self._send("POST", "/users/logout")

    async def sign_in_methods(self) -> SignInMethods:
        """Return the ways to sign in; needs no token."""
        return parse(SignInMethods, await self._send("GET", "/users/authmethods"))

    async def convert_login(
        self, *, to_type: str, password: str, user: Reference = ME
    ) -> Conversion:
        """Begin to move a password account to `oidc` or `github`."""
        body = document(to_type=to_type, password=password)
        where = path("users", user, "convert-login")
        return parse(Conversion, await self._send("POST", where, body=body))

    async def build_info(self) -> BuildInfo:
        """Say which server this is; needs no token."""
        return parse(BuildInfo, await self._send("GET", "/buildinfo"))

    async def scopes(self) -> tuple[str, ...]:
        """Return the scopes to which a key can be narrowed; needs no token."""
        return parse(ScopeCatalogue, await self._send("GET", "/auth/scopes")).external

    async def authcheck(self, checks: Mapping[str, Check]) -> dict[str, bool]:
        """Ask whether the caller may do these things; the answers have the names of the checks."""
        body = {"checks": {name: check.document() for name, check in checks.items()}}
        answer = await self._send("POST", "/authcheck", body=body)
        return parse_named(bool, answer, checks)

    async def explain(self, checks: Mapping[str, Check]) -> dict[str, Explanation]:
        """Ask the same as `authcheck`, and why."""
        body = {"checks": {name: check.document() for name, check in checks.items()}}
        answer = await self._send("POST", "/authcheck/explain", body=body)
        return parse_named(Explanation, answer, checks)

    async def may(
        self,
        action: str,
        resource_type: str,
        *,
        owner_id: Reference = "",
        organization_id: Reference = "",
        resource_id: Reference = "",
        any_org: bool = False,
    ) -> bool:
        """Ask one question: `may("read", "workspace", owner_id="me")`; see `Check`."""
        check = Check(
            action,
            resource_type,
            owner_id=owner_id,
            organization_id=organization_id,
            resource_id=resource_id,
            any_org=any_org,
        )
        answers = await self.authcheck({"asked": check})
        return answers["asked"]
