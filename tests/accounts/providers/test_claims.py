"""The identity that claims describe (accounts.md 2.20, T161 to T170)."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from accounts.providers.configuration import OidcConfig
from accounts.providers.identity import Identity
from coderauth.random_names import ADJECTIVES, SURNAMES
from tests.lying_provider import LEFT_OUT, OTHER_RSA, LyingProvider, signed
from tests.oidc import configure, refusal_at, sign_in_at

pytestmark = pytest.mark.usefixtures("configured")
ADA = "ada@example.test"


def told(provider: LyingProvider, **claims: Any) -> Identity:
    """Return whom these claims, and no others, describe."""
    provider.claims = claims
    return sign_in_at(provider.authorize)


# --- username -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("claims", "username"),
    [
        ({"email": "kyle@kwc.io"}, "kyle"),
        ({"email": ADA, "preferred_username": "hotdog"}, "hotdog"),
        ({"email": ADA, "preferred_username": "kyle@kwc.io"}, "kyle"),
        ({"email": ADA, "preferred_username": ""}, "ada"),
        ({"email": ADA, "preferred_username": 5}, "ada"),
        ({"email": ADA, "preferred_username": "Grace_Hopper.1"}, "GraceHopper1"),
    ],
)
def test_username(provider: LyingProvider, claims: dict[str, Any], username: str) -> None:
    assert told(provider, **claims).username == username


def test_a_username_of_which_nothing_is_left_is_made_up(provider: LyingProvider) -> None:
    adjective, _, surname = told(provider, email=ADA, preferred_username="!!!").username.partition(
        "-"
    )
    assert adjective in ADJECTIVES
    assert surname in SURNAMES


def test_the_claim_of_the_username_is_configured(
    provider: LyingProvider, config: OidcConfig, settings: Any
) -> None:
    configure(settings, replace(config, username_field="nick", email_field="mail", name_field="cn"))
    identity = told(provider, nick="countess", mail=ADA, cn="Ada", email="x@y.test", name="No")
    assert (identity.username, identity.email, identity.name) == ("countess", ADA, "Ada")


# --- e-mail ---------------------------------------------------------------------------------
def test_without_an_email_claim_a_username_that_is_one_is_used(provider: LyingProvider) -> None:
    identity = told(provider, preferred_username=ADA)
    assert (identity.email, identity.username, identity.name) == (ADA, "ada", "")


@pytest.mark.parametrize("claims", [{}, {"preferred_username": "ada"}])
def test_without_any_address_nobody_is_signed_in(
    provider: LyingProvider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    assert refusal_at(provider.authorize, "email_missing").status == 400


@pytest.mark.parametrize("email", [5, [ADA], {"a": ADA}, True])
def test_an_email_that_is_no_text_is_refused(provider: LyingProvider, email: Any) -> None:
    provider.claims = {"email": email, "preferred_username": ADA}
    refusal = refusal_at(provider.authorize, "email_not_text")
    assert refusal.message.startswith("Email in OIDC payload isn't a string.")


@pytest.mark.parametrize("verified", [False, "false", "False", 0])
def test_an_unverified_email_is_refused(
    provider: LyingProvider, config: OidcConfig, settings: Any, verified: Any
) -> None:
    provider.claims = {"email": ADA, "email_verified": verified}
    refusal = refusal_at(provider.authorize, "email_unverified")
    assert refusal.status == 403
    assert f'Verify the "{ADA}" email address' in refusal.message

    configure(settings, replace(config, ignore_email_verified=True))
    assert sign_in_at(provider.authorize).email == ADA


@pytest.mark.parametrize("verified", [True, "true", None, LEFT_OUT, 1])
def test_a_verified_email_and_one_of_which_nothing_is_said_pass(
    provider: LyingProvider, verified: Any
) -> None:
    assert told(provider, email=ADA, email_verified=verified).email == ADA


@pytest.mark.parametrize(
    ("domains", "email"),
    [
        (["example.test"], ADA),
        (["@example.test"], ADA),
        (["Example.TEST"], "Ada@eXample.test"),
        (["other.test", "example.test"], ADA),
        ([], ADA),
    ],
)
def test_a_domain_that_is_listed_passes(
    provider: LyingProvider, config: OidcConfig, settings: Any, domains: list[str], email: str
) -> None:
    configure(settings, replace(config, email_domains=tuple(domains)))
    assert told(provider, email=email).email == email


@pytest.mark.parametrize(
    ("domains", "email"),
    [
        (["example.test"], "ada@other.test"),
        (["@example.test"], "ada@other.test"),
        (["mail.test"], "ada@gmail.test"),
        (["mail.test"], "ada@x.mail.test"),
        (["example.test"], "ada@example.test@evil.test"),
        (["example.test"], "example.test"),
        ([], "nothing-like-an-address"),
        ([], "@example.test"),
        ([], "ada@"),
        ([], "ada@example.test\n"),
        ([], "a" * 250 + "@example.test"),
    ],
)
def test_another_domain_is_refused_without_a_word_on_those_that_are_not(
    provider: LyingProvider, config: OidcConfig, settings: Any, domains: list[str], email: str
) -> None:
    configure(settings, replace(config, email_domains=tuple(domains)))
    provider.claims = {"email": email}
    refusal = refusal_at(provider.authorize, "email_domain_refused")
    assert refusal.status == 403
    assert "is not from an authorized domain" in refusal.message
    assert "Please contact your administrator" in refusal.message
    shown = refusal.message.replace(email, "") + refusal.detail
    assert not any(domain.strip("@") in shown for domain in domains)


# --- name, avatar, groups -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("  Ada  Lovelace ", "Ada  Lovelace"),
        ("x" * 129, "x" * 128),
        (5, ""),
        (LEFT_OUT, ""),
    ],
)
def test_name(provider: LyingProvider, name: Any, stored: str) -> None:
    assert told(provider, email=ADA, name=name).name == stored


@pytest.mark.parametrize(
    ("picture", "stored"),
    [
        ("https://example.test/a.png", "https://example.test/a.png"),
        ("javascript:alert(1)", ""),
        ("data:image/png;base64,AAAA", ""),
        ("https://example.test/" + "a" * 2048, ""),
        (5, ""),
        (LEFT_OUT, ""),
    ],
)
def test_avatar(provider: LyingProvider, picture: Any, stored: str) -> None:
    assert told(provider, email=ADA, picture=picture).avatar_url == stored


@pytest.mark.parametrize(
    ("claim", "groups"),
    [
        (["a", "b", "a"], ("a", "b")),
        ("a", ("a",)),
        ("", ()),
        ([], ()),
        (LEFT_OUT, ()),
    ],
)
def test_groups_and_roles(
    provider: LyingProvider, config: OidcConfig, settings: Any, claim: Any, groups: Any
) -> None:
    configure(settings, replace(config, group_field="teams", role_field="teams"))
    identity = told(provider, email=ADA, teams=claim)
    assert (identity.groups, identity.roles) == (groups, groups)


@pytest.mark.parametrize("claim", [5, {"a": "b"}, ["a", 5], True])
def test_groups_that_are_none_are_refused_when_they_matter(
    provider: LyingProvider, config: OidcConfig, settings: Any, claim: Any
) -> None:
    assert told(provider, email=ADA, groups=claim).groups is None
    configure(settings, replace(config, group_field="groups"))
    refusal_at(provider.authorize, "provider_malformed")


# --- where claims come from -----------------------------------------------------------------
def test_userinfo_adds_to_the_id_token_and_overrides_it(provider: LyingProvider) -> None:
    provider.userinfo = {"email": ADA, "email_verified": True, "name": "From userinfo"}

    identity = told(provider, email="old@example.test", email_verified=False, picture="https://a/b")

    assert (identity.email, identity.name) == (ADA, "From userinfo")
    assert identity.avatar_url == "https://a/b"
    assert identity.claims["id_token_claims"]["email"] == "old@example.test"
    assert identity.claims["user_info_claims"]["email"] == ADA
    assert identity.claims["merged_claims"]["email"] == ADA


def test_userinfo_decides_whether_an_email_is_verified(provider: LyingProvider) -> None:
    provider.userinfo = {"email_verified": "false"}
    provider.claims = {"email": ADA, "email_verified": True}
    refusal_at(provider.authorize, "email_unverified")


def test_userinfo_never_says_who_somebody_is(provider: LyingProvider) -> None:
    """Core 5.3.2: an answer about somebody else is thrown away."""
    assert told(provider, email=ADA).linked_id == f"{provider.issuer}||{provider.subject}"
    for subject in ("mallory", LEFT_OUT, None):
        provider.userinfo = {"sub": subject}
        refusal_at(provider.authorize, "userinfo_failed")


@pytest.mark.parametrize(
    ("userinfo", "is_fine"),
    [
        ({"email": 5}, False),
        ({"sub": 5}, False),
        ({"email_verified": 1}, False),
        ({"email_verified": "yes"}, False),
        ({"email_verified": ["x"]}, False),
        ({"profile": ["x"]}, True),
        ({"email_verified": "true", "profile": "https://example.test", "email": ADA}, True),
        ({"zoneinfo": 5}, True),
    ],
)
def test_the_types_of_userinfo(
    provider: LyingProvider, userinfo: dict[str, Any], is_fine: bool
) -> None:
    provider.claims = {"email": ADA}
    provider.userinfo = userinfo
    if is_fine:
        assert sign_in_at(provider.authorize).email == ADA
    else:
        refusal_at(provider.authorize, "userinfo_malformed")


def test_userinfo_is_not_asked_when_that_is_configured(
    provider: LyingProvider, config: OidcConfig, settings: Any
) -> None:
    provider.userinfo = {"email": "other@example.test"}
    configure(settings, replace(config, ignore_userinfo=True))
    assert told(provider, email=ADA).email == ADA
    assert provider.asked["/userinfo"] == 0


def test_a_provider_may_have_no_userinfo(provider: LyingProvider) -> None:
    provider.document = {"userinfo_endpoint": LEFT_OUT}
    assert told(provider, email=ADA).email == ADA


def test_claims_may_be_large(provider: LyingProvider) -> None:
    provider.userinfo = {"groups": ["g" * 64] * 1200}
    assert told(provider, email=ADA, groups=["t" * 64] * 1200).email == ADA


def access_token(provider: LyingProvider, **claims: Any) -> str:
    fields = {"iss": provider.issuer, "sub": provider.subject, "exp": int(time.time()) + 60}
    return signed({**fields, "aud": "an-api", **claims}, provider.key, typ="at+jwt")


@pytest.fixture
def from_access_token(configured: None, config: OidcConfig, settings: Any) -> None:
    configure(settings, replace(config, access_token_claims=True))


@pytest.mark.usefixtures("from_access_token")
def test_the_access_token_adds_claims(provider: LyingProvider) -> None:
    provider.access_token = lambda one: access_token(one, email=ADA, name="From access token")
    identity = told(provider, name="From ID token")
    assert (identity.email, identity.name) == (ADA, "From ID token")
    assert provider.asked["/userinfo"] == 0


@pytest.mark.usefixtures("from_access_token")
@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://evil.example.test"},
        {"sub": "mallory"},
        {"exp": 1},
        {"exp": "never"},
    ],
)
def test_an_access_token_that_is_wrong_is_refused(
    provider: LyingProvider, lie: dict[str, Any]
) -> None:
    provider.access_token = lambda one: access_token(one, email=ADA)
    assert told(provider).email == ADA
    provider.access_token = lambda one: access_token(one, email=ADA, **lie)
    refusal_at(provider.authorize, "access_token_invalid")


@pytest.mark.usefixtures("from_access_token")
def test_an_access_token_that_the_provider_did_not_sign_is_refused(
    provider: LyingProvider,
) -> None:
    provider.published = provider.keys()
    provider.access_token = lambda _: "opaque"
    provider.claims = {"email": ADA}
    refusal_at(provider.authorize, "access_token_invalid")
    provider.access_token = lambda one: signed({"iss": one.issuer, "exp": 9e9}, OTHER_RSA)
    refusal_at(provider.authorize, "access_token_invalid")


def test_what_is_kept_of_the_claims_can_be_stored(provider: LyingProvider) -> None:
    identity = told(provider, email=ADA, nested={"a": [{"b": None, "c": 1}, None]})
    assert json.loads(json.dumps(identity.claims))["merged_claims"]["nested"] == {"a": [{"c": 1}]}


@pytest.mark.parametrize("value", ["a\0b", {"a\0": 1}, ["\0"]])
def test_claims_that_cannot_be_stored_are_refused(provider: LyingProvider, value: Any) -> None:
    provider.claims = {"email": ADA, "more": value}
    refusal_at(provider.authorize, "provider_malformed")


def test_claims_that_are_too_deep_are_refused(provider: LyingProvider) -> None:
    def nested(depth: int) -> Any:
        return [nested(depth - 1)] if depth else "bottom"

    assert told(provider, email=ADA, deep=nested(30)).email == ADA
    provider.claims = {"email": ADA, "deep": nested(40)}
    refusal_at(provider.authorize, "provider_malformed")
