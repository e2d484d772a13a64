"""Which OIDC providers people sign in with, as the environment says (accounts.md 1.21).

It imports nothing that needs Django to be ready: the settings read it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from coderauth.env import Environment
from scopes.engine.roles import OWNER, SITE_ROLES

# The provider whose variables have no number; others are named by their number.
FIRST = "oidc"
GITHUB = "github"
GOOGLE = "https://accounts.google.com"
# How a client sends its secret (RFC 6749 2.3.1), by its name in metadata and registrations.
AUTO, BASIC, POST = "auto", "client_secret_basic", "client_secret_post"
# Parameters of the authorize URL that are ours to set.
RESERVED = frozenset(
    {
        "client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce",
        "code_challenge", "code_challenge_method",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OidcConfig:
    """One OIDC provider. `id` is `oidc` for the first, else the number of its variables."""

    id: str
    issuer_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    authorize_params: Mapping[str, str] = field(default_factory=dict)
    email_domains: tuple[str, ...] = ()
    allow_signups: bool = True
    signups_disabled_text: str = ""
    ignore_email_verified: bool = False
    username_field: str = "preferred_username"
    email_field: str = "email"
    name_field: str = "name"
    ignore_userinfo: bool = False
    access_token_claims: bool = False
    skip_issuer_checks: bool = False
    sign_in_text: str = "OpenID Connect"
    icon_url: str = ""
    # How the client secret is sent; empty: as the provider takes it.
    client_auth: str = ""
    # Signing out here leads to the provider, to sign out there (RP-initiated logout).
    signs_out: bool = False
    group_field: str = ""
    group_mapping: Mapping[str, str] = field(default_factory=dict)
    group_auto_create: bool = False
    role_field: str = ""
    role_mapping: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    role_default: tuple[str, ...] = ()

    @property
    def issuers(self) -> tuple[str, ...]:
        """Return what its tokens may call their issuer: the one that is configured, to the letter.

        Google's documentation has it leave the scheme out now and then, and nobody else's has.
        """
        bare = (GOOGLE.partition("://")[2],) if self.issuer_url == GOOGLE else ()
        return (self.issuer_url, *bare)


def is_private(url: str) -> bool:
    """Say whether nobody can listen to calls of this address: it has TLS, or is this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "http":
        return parts.scheme == "https" and bool(host)
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def read_oidc(env: Environment) -> dict[str, OidcConfig]:
    """Return the configured OIDC providers by id; raises ImproperlyConfigured.

    Numbered ones are read separately, so that docs/settings.md lists each variable once.
    """
    found = {FIRST: _read_oidc(env, FIRST, "OIDC")}
    apart = env.unlisted()
    for number in env.numbered("OIDC"):
        found[number] = _read_oidc(apart, number, f"OIDC_{number}")
    configured = {name: one for name, one in found.items() if one is not None}
    issuers = [one.issuer_url for one in configured.values()]
    for name, one in reversed(configured.items()):
        if issuers.count(one.issuer_url) > 1:
            raise env.wrong(
                "OIDC_ISSUER_URL" if name == FIRST else f"OIDC_{name}_ISSUER_URL",
                f"names {one.issuer_url}, which another provider has; configure each issuer once",
            )
    return configured


def _read_oidc(env: Environment, name: str, prefix: str) -> OidcConfig | None:
    issuer = env.text(
        f"{prefix}_ISSUER_URL", meaning="Issuer of an OIDC provider; switches it on (docs/sso.md)."
    )
    client_auth = env.choice(
        f"{prefix}_CLIENT_AUTH_METHOD",
        AUTO,
        frozenset({AUTO, BASIC, POST}),
        meaning=f"How the client secret is sent: `{BASIC}`, `{POST}`, or as the provider takes it.",
    )
    config = OidcConfig(
        id=name,
        issuer_url=issuer,
        client_id=env.text(f"{prefix}_CLIENT_ID", meaning="The client id that the provider gave."),
        client_secret=env.text(
            f"{prefix}_CLIENT_SECRET", meaning="The client secret that the provider gave."
        ),
        scopes=tuple(
            env.words(
                f"{prefix}_SCOPES", "openid,profile,email", meaning="Requested from the provider."
            )
        ),
        authorize_params=env.texts(
            f"{prefix}_AUTH_URL_PARAMS",
            '{"access_type": "offline"}',
            meaning="More parameters of the authorize URL, as a JSON object.",
        ),
        email_domains=tuple(
            env.words(
                f"{prefix}_EMAIL_DOMAIN", meaning="E-mail domains that may sign in; empty: all."
            )
        ),
        allow_signups=env.flag(
            f"{prefix}_ALLOW_SIGNUPS",
            default=True,
            meaning="Make accounts for new people whom the provider signs in.",
        ),
        signups_disabled_text=env.text(
            f"{prefix}_SIGNUPS_DISABLED_TEXT", meaning="Shown to people who may not sign up."
        ),
        ignore_email_verified=env.flag(
            f"{prefix}_IGNORE_EMAIL_VERIFIED",
            default=False,
            meaning="Accept unverified e-mail addresses.",
        ),
        username_field=env.text(
            f"{prefix}_USERNAME_FIELD",
            "preferred_username",
            meaning="Claim that holds the username.",
        ),
        email_field=env.text(
            f"{prefix}_EMAIL_FIELD", "email", meaning="Claim that holds the address."
        ),
        name_field=env.text(
            f"{prefix}_NAME_FIELD", "name", meaning="Claim that holds the real name."
        ),
        ignore_userinfo=env.flag(
            f"{prefix}_IGNORE_USERINFO",
            default=False,
            meaning="Use only the claims of the ID token.",
        ),
        access_token_claims=env.flag(
            f"{prefix}_ACCESS_TOKEN_CLAIMS",
            default=False,
            meaning="Take further claims from the access token instead of userinfo.",
        ),
        skip_issuer_checks=env.flag(
            f"DANGEROUS_{prefix}_SKIP_ISSUER_CHECKS",
            default=False,
            meaning="Accept ID tokens of any issuer that the provider's keys sign.",
        ),
        sign_in_text=env.text(
            f"{prefix}_SIGN_IN_TEXT", "OpenID Connect", meaning="Text of the sign-in button."
        ),
        icon_url=env.text(f"{prefix}_ICON_URL", meaning="Icon beside that text."),
        client_auth="" if client_auth == AUTO else client_auth,
        signs_out=env.flag(
            f"{prefix}_RP_INITIATED_LOGOUT",
            default=False,
            meaning="Redirect people who sign out to the provider, to sign out there, too.",
        ),
        group_field=env.text(
            f"{prefix}_GROUP_FIELD", meaning="Claim that lists groups; empty: no group sync."
        ),
        group_mapping=env.texts(
            f"{prefix}_GROUP_MAPPING",
            "{}",
            meaning="JSON object: from provider's groups to groups of the default organization.",
        ),
        group_auto_create=env.flag(
            f"{prefix}_GROUP_AUTO_CREATE",
            default=False,
            meaning="Create missing groups.",
        ),
        role_field=env.text(
            f"{prefix}_USER_ROLE_FIELD", meaning="Claim that lists site roles; empty: no role sync."
        ),
        role_mapping=env.lists(
            f"{prefix}_USER_ROLE_MAPPING",
            "{}",
            meaning="JSON object: from provider's roles to lists of site roles.",
        ),
        role_default=tuple(
            env.words(
                f"{prefix}_USER_ROLE_DEFAULT",
                meaning="Site roles for everybody whose roles are synced.",
            )
        ),
    )
    if not issuer:
        return None
    env.url(f"{prefix}_ISSUER_URL", "")
    if not is_private(issuer):
        raise env.wrong(
            f"{prefix}_ISSUER_URL",
            "must be https://: over http, anybody on the way could sign in as anyone",
        )
    reserved = RESERVED & config.authorize_params.keys()
    if reserved:
        raise env.wrong(
            f"{prefix}_AUTH_URL_PARAMS", f"must not set {sorted(reserved)[0]}, which sign-in sets"
        )
    if not config.client_id or not config.client_secret:
        missing = "CLIENT_SECRET" if config.client_id else "CLIENT_ID"
        raise env.wrong(f"{prefix}_{missing}", f"must be set, because {prefix}_ISSUER_URL is")
    if "openid" not in config.scopes:
        raise env.wrong(f"{prefix}_SCOPES", "must contain openid")
    _require_site_roles(env, prefix, config)
    return config


def _require_site_roles(env: Environment, prefix: str, config: OidcConfig) -> None:
    """Refuse unknown roles, and a default that makes everybody an owner."""
    mapped = {role for roles in config.role_mapping.values() for role in roles}
    for name, roles, known in (
        ("USER_ROLE_MAPPING", mapped, SITE_ROLES.keys()),
        ("USER_ROLE_DEFAULT", set(config.role_default), SITE_ROLES.keys() - {OWNER}),
    ):
        unknown = sorted(roles - known)
        if unknown:
            raise env.wrong(
                f"{prefix}_{name}", f"must be among {', '.join(sorted(known))}, not {unknown[0]!r}"
            )
