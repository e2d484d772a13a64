"""What GitHub's API says about the person whose token it is; every answer is checked.

Addresses are always made here, never taken from an answer.
"""

import contextlib
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx2
from authlib.integrations.httpx_client import AsyncOAuth2Client

from accounts.providers import answers
from coderauth.errors import DomainError

PAGE = 100
# Nobody is in that many organizations; a server that always has another page would fill memory.
MOST_PAGES = 50
NOT_AS_DOCUMENTED = "Its answer is not what GitHub documents."
HEADERS = {
    **answers.HEADERS,
    "Accept": "application/vnd.github+json",
    "X-GitHub-Api-Version": "2022-11-28",
}
# What a bad answer raises; an unreachable server is something else.
UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OverflowError,
    httpx2.DecodingError,
)
_SMALL_TEXT = re.compile(r"[!-~]{1,2048}")


class UnusableError(ValueError):
    """What is wrong with an answer, in words that quote nothing from it."""


class GithubApi:
    """Calls GitHub's API as one person, within one sign-in."""

    def __init__(self, client: AsyncOAuth2Client, url: str, token: str) -> None:
        self._client = client
        self._url = url
        self._headers = {**HEADERS, "Authorization": f"Bearer {token}"}

    async def profile(self) -> dict[str, Any]:
        """Raises DomainError("github_user_failed")."""
        with failed_as("github_user_failed"):
            profile = await self._get("/user")
            _require(isinstance(profile, dict) and is_small_text(profile["login"]))
            found: dict[str, Any] = profile
            return found

    async def emails(self) -> list[dict[str, Any]]:
        """Raises DomainError("github_emails_failed")."""
        with failed_as("github_emails_failed"):
            return await self._all("/user/emails")

    async def organizations(self) -> list[str]:
        """Return the organizations of which they are active members; raises DomainError."""
        with failed_as("github_organizations_failed"):
            memberships = await self._all("/user/memberships/orgs", state="active")
            active = [one for one in memberships if one["state"] == "active"]
            logins = [one["organization"]["login"] for one in active]
            _require(all(is_small_text(login) for login in logins))
            return logins

    async def is_in_team(self, organization: str, team: str, login: str) -> bool:
        """Say whether they are an active member; a failed look-up counts as no."""
        names = [quote(name, safe="") for name in (organization, team, login)]
        path = "/orgs/{}/teams/{}/memberships/{}".format(*names)
        try:
            membership = await self._get(path)
            return bool(membership["state"] == "active")
        except (*UNREADABLE, httpx2.TransportError, DomainError):
            return False

    async def _all(self, path: str, **query: str) -> list[dict[str, Any]]:
        """Return the objects of all pages."""
        found: list[dict[str, Any]] = []
        for page in range(1, MOST_PAGES + 1):
            response = await self._send(path, {**query, "per_page": str(PAGE), "page": str(page)})
            part = read(response)
            _require(isinstance(part, list) and all(isinstance(one, dict) for one in part))
            found += part
            if "next" not in response.links:
                return found
        raise UnusableError("GitHub's list has no end.")

    async def _get(self, path: str) -> Any:
        return read(await self._send(path, {}))

    async def _send(self, path: str, query: dict[str, str]) -> httpx2.Response:
        response: httpx2.Response = await self._client.get(
            f"{self._url}{path}", params=query, headers=self._headers, auth=None
        )
        return response


def read(response: httpx2.Response) -> Any:
    """Return the JSON of a 200; raises one of UNREADABLE."""
    if response.status_code != httpx2.codes.OK:
        raise UnusableError(f"GitHub answered {response.status_code}.")
    return answers.parse(response.content)


def reason_of(error: Exception) -> str:
    """Say what was wrong with an answer without quoting it, since it may hold a token."""
    return str(error) if isinstance(error, UnusableError) else NOT_AS_DOCUMENTED


def is_small_text(value: object) -> bool:
    """Say whether it looks like a token, a name or an address: short and visible ASCII."""
    return isinstance(value, str) and _SMALL_TEXT.fullmatch(value) is not None


def _require(is_so: bool) -> None:
    if not is_so:
        raise UnusableError(NOT_AS_DOCUMENTED)


@contextlib.contextmanager
def failed_as(code: str) -> Iterator[None]:
    """Raise DomainError(code) for an answer that cannot be used."""
    try:
        yield
    except UNREADABLE as error:
        raise DomainError(code, detail=reason_of(error)) from error
