"""Userinfo as a signed token: the provider's keys and algorithms, its issuer, and our client id."""

from typing import Any

import pytest

from tests.lying_provider import (
    CLIENT_ID,
    OTHER_RSA,
    USERINFO,
    LyingProvider,
    key_of,
    signed,
    signed_userinfo,
    signed_with_public_key,
    unsigned,
)
from tests.oidc import configure, oidc_config, refusal_at, sign_in_at

ADA = "ada@example.test"


@pytest.fixture(autouse=True)
def signs_userinfo(provider: LyingProvider, configured: None) -> None:
    provider.userinfo = {"email": ADA}
    provider.userinfo_token = signed_userinfo


def accepted(provider: LyingProvider) -> bool:
    return sign_in_at(provider.authorize).email == ADA


@pytest.mark.parametrize(
    ("honest", "lie"),
    [
        ({}, {"iss": "https://evil.example.test"}),
        ({}, {"iss": ["x"]}),
        ({}, {"aud": "another"}),
        ({"aud": ["another", CLIENT_ID]}, {"aud": ["another"]}),
        ({}, {"sub": "mallory"}),
        ({"exp": 9_000_000_000}, {"exp": 1_000_000_000}),
        ({"nbf": 1_000_000_000}, {"nbf": 9_000_000_000}),
    ],
)
def test_a_claim_that_is_wrong_is_refused(
    provider: LyingProvider, honest: dict[str, Any], lie: dict[str, Any]
) -> None:
    provider.userinfo.update(honest)
    assert accepted(provider)
    provider.userinfo.update(lie)
    assert refusal_at(provider.authorize, "userinfo_failed").status == 502


def test_only_the_provider_signs_it(provider: LyingProvider) -> None:
    assert accepted(provider)
    provider.published = provider.keys()
    provider.userinfo_token = lambda _, claims: signed(claims, OTHER_RSA)
    refusal_at(provider.authorize, "userinfo_failed")


@pytest.mark.parametrize("forge", [unsigned, signed_with_public_key])
def test_a_signature_that_proves_nothing_is_refused(provider: LyingProvider, forge: Any) -> None:
    provider.document = {"userinfo_signing_alg_values_supported": ["none", "HS256", "RS256"]}
    assert accepted(provider)
    provider.userinfo_token = forge
    refusal_at(provider.authorize, "userinfo_failed")


def test_its_algorithms_are_those_that_the_provider_lists_for_it(
    provider: LyingProvider, settings: Any
) -> None:
    key = key_of("ES384")
    provider.published = [*provider.keys(), dict(key.as_dict(private=False))]
    provider.userinfo_token = lambda _, claims: signed(claims, key, "ES384")
    provider.document = {"userinfo_signing_alg_values_supported": ["ES384"]}
    assert accepted(provider)

    configure(settings, oidc_config(provider.issuer + "/", skip_issuer_checks=True))
    provider.document = {"userinfo_signing_alg_values_supported": ["RS256"]}
    refusal_at(provider.authorize, "userinfo_failed")


def test_it_is_known_by_itself_when_its_type_is_wrong(provider: LyingProvider) -> None:
    def untyped(handler: Any) -> None:
        token = signed_userinfo(provider, {"sub": provider.subject, "email": ADA}).encode()
        handler.send(200, token + b"\n", **{"Content-Type": "text/plain"})

    provider.answers[USERINFO] = untyped
    assert accepted(provider)


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b"a.b.c.d.e", b'{"sub": "x"}'])
def test_what_is_no_token_is_refused(provider: LyingProvider, body: bytes) -> None:
    assert accepted(provider)
    provider.answers[USERINFO] = lambda handler: handler.send(
        200, body, **{"Content-Type": "application/jwt"}
    )
    refusal_at(provider.authorize, "userinfo_failed")


def test_an_answer_that_fails_is_not_read(provider: LyingProvider) -> None:
    token = signed_userinfo(provider, {"sub": provider.subject, "email": ADA}).encode()
    provider.answers[USERINFO] = lambda handler: handler.send(403, token)
    refusal_at(provider.authorize, "provider_malformed")
