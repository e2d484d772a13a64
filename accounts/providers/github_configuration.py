"""The configuration of GitHub, from the environment (accounts.md 1.21).

It imports nothing that needs Django to be ready: the settings read it.
"""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from accounts.providers.configuration import is_private
from coderauth.env import Environment

GITHUB_COM = "https://github.com"
# Enterprise Cloud with data residency, which GitHub hosts as it does github.com.
GHE_COM = ".ghe.com"


@dataclass(frozen=True, slots=True)
class GithubConfig:
    """GitHub, or a GitHub Enterprise server; the only provider of its login type."""

    client_id: str
    client_secret: str = field(repr=False)
    base_url: str = GITHUB_COM
    allow_signups: bool = False
    allow_everyone: bool = False
    allowed_organizations: tuple[str, ...] = ()
    # `organization/team`, in lower case.
    allowed_teams: tuple[str, ...] = ()
    device_flow: bool = False

    @property
    def is_github_com(self) -> bool:
        return self.base_url == GITHUB_COM

    @property
    def api_url(self) -> str:
        host = urlsplit(self.base_url).netloc
        if self.is_github_com or host.endswith(GHE_COM):
            return f"https://api.{host}"
        return f"{self.base_url}/api/v3"


def read_github(env: Environment) -> GithubConfig | None:
    """Return the configuration of GitHub, or None; raises ImproperlyConfigured."""
    config = GithubConfig(
        client_id=env.text("OAUTH2_GITHUB_CLIENT_ID", meaning="Switches GitHub on (docs/sso.md)."),
        client_secret=env.text("OAUTH2_GITHUB_CLIENT_SECRET", meaning="From GitHub."),
        base_url=env.url(
            "OAUTH2_GITHUB_ENTERPRISE_BASE_URL",
            GITHUB_COM,
            meaning="A GitHub Enterprise server, or `https://<name>.ghe.com`.",
        ),
        allow_signups=env.flag(
            "OAUTH2_GITHUB_ALLOW_SIGNUPS",
            default=False,
            meaning="Make accounts for new people whom GitHub signs in.",
        ),
        allow_everyone=env.flag(
            "OAUTH2_GITHUB_ALLOW_EVERYONE",
            default=False,
            meaning="Let everybody on GitHub in, without any membership.",
        ),
        allowed_organizations=tuple(
            word.lower()
            for word in env.words(
                "OAUTH2_GITHUB_ALLOWED_ORGS",
                meaning="Organizations whose members are let in; commas between.",
            )
        ),
        allowed_teams=tuple(
            word.lower()
            for word in env.words(
                "OAUTH2_GITHUB_ALLOWED_TEAMS",
                meaning="`organization/team`; only their members are let in; commas between.",
            )
        ),
        device_flow=env.flag(
            "OAUTH2_GITHUB_DEVICE_FLOW",
            default=False,
            meaning="Sign in with a code typed at GitHub, which then need not reach this server.",
        ),
    )
    if not config.client_id:
        return None
    if not is_private(config.base_url):
        raise env.wrong(
            "OAUTH2_GITHUB_ENTERPRISE_BASE_URL",
            "must be https://: over http, anybody on the way could sign in as anyone",
        )
    if not config.client_secret and not config.device_flow:
        raise env.wrong("OAUTH2_GITHUB_CLIENT_SECRET", "must be set, because the client id is")
    if config.allow_everyone == bool(config.allowed_organizations):
        raise env.wrong(
            "OAUTH2_GITHUB_ALLOWED_ORGS",
            "must be set, or OAUTH2_GITHUB_ALLOW_EVERYONE instead, but not both",
        )
    for team in config.allowed_teams:
        organization, slash, name = team.partition("/")
        if not slash or not name or organization not in config.allowed_organizations:
            raise env.wrong(
                "OAUTH2_GITHUB_ALLOWED_TEAMS",
                f"must list organization/team of allowed organizations, not {team!r}",
            )
    return config
