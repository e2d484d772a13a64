"""Whether a person of GitHub is let in, and who they are here (accounts.md 2.19)."""

from collections.abc import Sequence
from typing import Any

from accounts.providers.github_api import GithubApi, is_small_text
from accounts.providers.github_configuration import GithubConfig
from accounts.providers.identity import Identity, Tokens
from accounts.providers.usernames import username_from
from accounts.rules import known_email
from coderauth.errors import DomainError, InvalidRequest, SignInRefused
from coderauth.http.rules import normalize_display_name

LARGEST_ID = 2**63 - 1


async def require_membership(api: GithubApi, config: GithubConfig) -> list[str]:
    """Return the allowed organizations they are in; raises SignInRefused if there is none.

    If everybody is allowed, GitHub is not asked.
    """
    if config.allow_everyone:
        return []
    organizations = await api.organizations()
    allowed = [one for one in organizations if one.lower() in config.allowed_organizations]
    if not allowed:
        raise SignInRefused("github_organization_required")
    return allowed


async def require_team(
    api: GithubApi, config: GithubConfig, organizations: Sequence[str], profile: dict[str, Any]
) -> None:
    """Raise SignInRefused for people in no allowed team, if teams are configured."""
    if not config.allowed_teams:
        return
    mine = {name.lower() for name in organizations}
    for organization, _, team in (one.partition("/") for one in config.allowed_teams):
        if organization in mine and await api.is_in_team(organization, team, profile["login"]):
            return
    raise SignInRefused("github_team_required", organizations=f"[{' '.join(organizations)}]")


def identity_of(
    config: GithubConfig,
    profile: dict[str, Any],
    emails: Sequence[dict[str, Any]],
    tokens: Tokens,
) -> Identity:
    """Return who they are; raises DomainError if no account can be made of it."""
    email = _primary(emails)
    user_id = profile.get("id")
    if type(user_id) is not int or not 0 < user_id <= LARGEST_ID:
        raise DomainError("github_id_missing")
    name = profile.get("name")
    return Identity(
        linked_id=str(user_id),
        email=email,
        username=username_from(profile["login"].replace("_", "-")),
        name=normalize_display_name(name) if isinstance(name, str) else "",
        avatar_url=_web_address(profile.get("avatar_url")),
        # Ids of an Enterprise server belong to other people at github.com.
        github_com_user_id=user_id if config.is_github_com else None,
        tokens=tokens,
    )


def _primary(emails: Sequence[dict[str, Any]]) -> str:
    for one in emails:
        if one.get("primary") is True and one.get("verified") is True:
            address = one.get("email")
            if not isinstance(address, str) or not known_email.accepts(address):
                raise DomainError("github_emails_failed")
            return address
    raise InvalidRequest("github_email_unverified")


def _web_address(value: object) -> str:
    is_one = isinstance(value, str) and value.startswith(("https://", "http://"))
    return str(value) if is_one and is_small_text(value) else ""
