"""What products do that differs from the standards or from other products, and is ordinary there.

Each profile makes the fake provider behave that way. Users of these products must be able to
sign in; where a setting is needed for it, the profile has it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.lying_provider import (
    CLIENT_ID,
    LEFT_OUT,
    LyingProvider,
    signed,
    signed_userinfo,
    without_left_out,
)

Behave = Callable[[LyingProvider], None]


@dataclass(frozen=True, slots=True)
class Profile:
    """How products behave, how they are configured here, and what they say of Ada."""

    products: str
    behave: Behave
    config: Mapping[str, Any] = field(default_factory=dict)
    email: str = "ada@example.test"
    roles: tuple[str, ...] | None = None


def _claims(**claims: Any) -> Behave:
    return lambda provider: provider.tell(**claims)


def _userinfo(**claims: Any) -> Behave:
    return lambda provider: provider.userinfo.update(claims)


def _answers(**fields: Any) -> Behave:
    return lambda provider: provider.token_answer.update(fields)


def _document(**fields: Any) -> Behave:
    return lambda provider: provider.document.update(fields)


def _together(*behaviours: Behave) -> Behave:
    def behave(provider: LyingProvider) -> None:
        for one in behaviours:
            one(provider)

    return behave


def _registered_for(method: str, status: int = 401, error: Any = "invalid_client") -> Behave:
    """List both ways to send a secret, and take the one that the client is registered for."""

    def behave(provider: LyingProvider) -> None:
        listed = ["client_secret_basic", "client_secret_post"]
        provider.document["token_endpoint_auth_methods_supported"] = listed
        provider.client_auth = method
        answer = {} if error is LEFT_OUT else {"error": error}
        provider.to_unknown_clients = (status, answer)

    return behave


def _signs_userinfo(make: Callable[[LyingProvider, dict[str, Any]], str]) -> Behave:
    def behave(provider: LyingProvider) -> None:
        provider.userinfo_token = make

    return behave


def _bare_userinfo(provider: LyingProvider, claims: dict[str, Any]) -> str:
    return signed(without_left_out(claims), provider.key, provider.algorithm)


def _numbers_keys(provider: LyingProvider) -> None:
    provider.header = {"kid": 7, "typ": None, "x5t": "", "jku": "keys"}
    key = {**provider.keys()[0], "kid": 7, "use": None, "x5c": ["!"], "key_ops": None, "issuer": 1}
    provider.published = [None, key]  # type: ignore[list-item]  # It is what they send.


NESTED = {"realm_access": {"roles": ["auditor", "offline_access"]}}
OF_CLIENT = {"resource_access": {"my.client": {"roles": ["auditor"]}}}
OF_PROJECT = {"urn:zitadel:iam:org:project:roles": {"auditor": {"3123": "example.test"}}}

PROFILES: Mapping[str, Profile] = {
    "amr is a text": Profile(
        "Oracle Identity Cloud, older PingFederate and ForgeRock", _claims(amr="pwd")
    ),
    "several audiences without azp": Profile(
        "Oracle Identity Cloud, Keycloak before 18 with an audience mapper",
        _claims(aud=[CLIENT_ID, "https://another.example.test"]),
    ),
    "several audiences and azp of another": Profile(
        "Google (its Android clients), Keycloak after a token exchange",
        _claims(aud=["another", CLIENT_ID], azp="another"),
    ),
    "claims of the standard with other types": Profile(
        "Oracle Identity Cloud, WSO2, servers of companies' own",
        _claims(
            acr=1,
            auth_time="2026-11-25T10:00:00Z",
            jti=17,
            iat="now",
            at_hash=["x"],
            azp=[],
            session_state=None,
            sid=5,
            updated_at="yesterday",
            address="Main Street 1",
        ),
    ),
    "no time of issue": Profile("servers of companies' own", _claims(iat=LEFT_OUT)),
    "at_hash of another digest": Profile(
        "servers that sign with PS or ES and hash as for RS256", _claims(at_hash="AAAAAAAAAAAAAAAA")
    ),
    "nulls for what there is not": Profile(
        "Keycloak, ORY Hydra, servers written in Java and C#",
        _together(
            _answers(error=None, error_description=None, refresh_token=None, scope=None),
            _claims(preferred_username=None, name=None, picture=None, nonce_supported=None),
            _userinfo(name=None, email=None, email_verified=None, picture=None),
            _document(
                token_endpoint_auth_methods_supported=None,
                userinfo_signing_alg_values_supported=None,
                code_challenge_methods_supported=None,
                end_session_endpoint=None,
            ),
        ),
    ),
    "an endpoint that is null": Profile(
        "servers without userinfo", _document(userinfo_endpoint=None)
    ),
    "an error that is empty": Profile("servers of companies' own", _answers(error="")),
    "groups with a null among them": Profile(
        "Azure AD B2C with custom policies",
        _claims(groups=["auditor", None]),
        {"role_field": "groups"},
        roles=("auditor",),
    ),
    "a client registered for POST": Profile(
        "Keycloak, Okta, Authelia, Zitadel, PingFederate, Oracle",
        _registered_for("client_secret_post"),
    ),
    "a client registered for POST, said otherwise": Profile(
        "Auth0", _registered_for("client_secret_post", error="access_denied")
    ),
    "a client registered for POST, refused in Keycloak's words": Profile(
        "Keycloak", _registered_for("client_secret_post", 400, "unauthorized_client")
    ),
    "a client registered for POST, refused without a word": Profile(
        "gateways before a provider", _registered_for("client_secret_post", error=LEFT_OUT)
    ),
    "a client registered for Basic": Profile(
        "Okta, Authelia", _registered_for("client_secret_basic")
    ),
    "a list of only one way, and a client of the other": Profile(
        "older WSO2 and Gluu",
        _together(
            _registered_for("client_secret_basic"),
            _document(token_endpoint_auth_methods_supported=["client_secret_post"]),
        ),
    ),
    "userinfo as a signed token": Profile(
        "Keycloak (User info signed response algorithm), node-oidc-provider, ForgeRock",
        _together(
            _signs_userinfo(signed_userinfo),
            _claims(email=LEFT_OUT),
            _userinfo(email="ada@example.test"),
        ),
    ),
    "userinfo as a signed token that names nobody": Profile(
        "FranceConnect, servers of governments", _signs_userinfo(_bare_userinfo)
    ),
    "a single-label domain": Profile(
        "Keycloak and Dex before an Active Directory",
        _claims(email="ada@corp"),
        email="ada@corp",
    ),
    "dots where no address should have them": Profile(
        "telephone companies of Japan",
        _claims(email="ada..l@docomo.example"),
        email="ada..l@docomo.example",
    ),
    "an address in the username alone": Profile(
        "Entra ID without mailboxes, Active Directory Federation Services",
        _claims(email=LEFT_OUT, preferred_username="ada@corp"),
        email="ada@corp",
    ),
    "roles inside a claim": Profile(
        "Keycloak (realm roles)",
        _claims(**NESTED),
        {"role_field": "realm_access.roles"},
        roles=("auditor", "offline_access"),
    ),
    "roles of a client whose name has a dot": Profile(
        "Keycloak (client roles)",
        _claims(**OF_CLIENT),
        {"role_field": r"resource_access.my\.client.roles"},
        roles=("auditor",),
    ),
    "a claim whose name has dots": Profile(
        "Auth0 (namespaced claims), Amazon Cognito",
        _claims(**{"https://example.test/roles": ["auditor"]}),
        {"role_field": "https://example.test/roles"},
        roles=("auditor",),
    ),
    "roles as the names of an object": Profile(
        "Zitadel",
        _claims(**OF_PROJECT),
        {"role_field": "urn:zitadel:iam:org:project:roles"},
        roles=("auditor",),
    ),
    "groups as objects": Profile(
        "Oracle Identity Cloud",
        _claims(groups=[{"name": "auditor", "id": "5f"}, {"name": "staff", "id": "60"}]),
        {"role_field": "groups.name"},
        roles=("auditor", "staff"),
    ),
    "texts for booleans": Profile(
        "Amazon Cognito, WSO2, Salesforce",
        _together(_claims(email_verified="True"), _userinfo(email_verified="true")),
    ),
    "keys and headers with more to them": Profile(
        "Entra ID (issuer), ForgeRock, servers that number their keys", _numbers_keys
    ),
    "a profile that is no address": Profile(
        "servers of companies' own", _userinfo(profile=["x"], website=5, zoneinfo=1)
    ),
}
