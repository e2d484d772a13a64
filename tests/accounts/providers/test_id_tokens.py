"""Which ID tokens are believed: every attack beside its honest twin (OIDC Core 3.1.3.7)."""

import json
import time
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from coderauth.errors import DomainError
from tests.lying_provider import (
    CLIENT_ID,
    LEFT_OUT,
    OTHER_RSA,
    ROTATED_RSA,
    LyingProvider,
    encoded,
    key_of,
    signed,
    signed_with_public_key,
    unsigned,
)
from tests.oidc import arrive, configure, leave, oidc_config, refusal_at, sign_in_at

pytestmark = pytest.mark.usefixtures("configured", "ada")


def accepted(provider: LyingProvider) -> bool:
    return bool(sign_in_at(provider.authorize).linked_id)


def in_seconds(offset: float) -> int:
    return int(time.time() + offset)


@pytest.mark.parametrize(
    ("honest", "lie"),
    [
        ({}, {"iss": "https://evil.example.test"}),
        ({}, {"iss": LEFT_OUT}),
        ({}, {"iss": ["x"]}),
        ({}, {"aud": "somebody-else"}),
        ({}, {"aud": LEFT_OUT}),
        ({}, {"aud": []}),
        ({}, {"aud": {CLIENT_ID: 1}}),
        ({"aud": [CLIENT_ID]}, {"aud": ["somebody-else"]}),
        ({"aud": [CLIENT_ID, "another"]}, {"aud": ["another", f"{CLIENT_ID}2"]}),
        ({"azp": CLIENT_ID}, {"aud": "another"}),
        ({}, {"nonce": "of another sign-in"}),
        ({}, {"nonce": LEFT_OUT}),
        ({}, {"nonce": ""}),
        ({}, {"exp": LEFT_OUT}),
        ({}, {"exp": "never"}),
        ({}, {"exp": True}),
        ({}, {"nbf": "soon"}),
    ],
)  # fmt: skip
def test_a_claim_that_is_wrong_is_refused(
    provider: LyingProvider, honest: dict[str, Any], lie: dict[str, Any]
) -> None:
    provider.tell(**honest)
    assert accepted(provider)
    provider.tell(**lie)
    refusal_at(provider.authorize, "id_token_invalid")


def test_the_refusal_of_another_issuer_says_so(provider: LyingProvider) -> None:
    provider.tell(iss="https://evil.example.test")

    assert (
        "id token issued by a different provider"
        in refusal_at(provider.authorize, "id_token_invalid").detail
    )


def test_any_issuer_will_do_when_it_is_not_checked(provider: LyingProvider, settings: Any) -> None:
    configure(settings, oidc_config(provider.issuer, skip_issuer_checks=True))
    provider.tell(iss="https://tenant.example.test")
    provider.document = {"issuer": "https://any.example.test"}

    identity = sign_in_at(provider.authorize)

    assert identity.linked_id == f"https://tenant.example.test||{provider.subject}"


def test_an_unchecked_issuer_never_speaks_for_another_provider(
    provider: LyingProvider, other_provider: LyingProvider, settings: Any
) -> None:
    unchecked = oidc_config(provider.issuer, skip_issuer_checks=True)
    configure(settings, unchecked)
    provider.tell(iss=other_provider.issuer)
    assert accepted(provider)

    configure(settings, unchecked, oidc_config(other_provider.issuer, id="1"))

    refusal_at(provider.authorize, "id_token_invalid")


@pytest.mark.parametrize(
    ("honest", "lie"),
    [
        ({"exp": -30}, {"exp": -90}),
        ({"nbf": 30}, {"nbf": 90}),
    ],
)
def test_clocks_may_differ_by_a_minute(
    provider: LyingProvider, honest: dict[str, int], lie: dict[str, int]
) -> None:
    provider.tell(**{name: in_seconds(offset) for name, offset in honest.items()})
    assert accepted(provider)
    provider.tell(**{name: in_seconds(offset) for name, offset in lie.items()})
    refusal_at(provider.authorize, "id_token_invalid")


@pytest.mark.parametrize("subject", [LEFT_OUT, "", None, 5])
def test_a_token_about_nobody_is_refused(provider: LyingProvider, subject: Any) -> None:
    assert accepted(provider)
    provider.tell(sub=subject)
    refusal_at(provider.authorize, "subject_missing")


def test_a_subject_that_cannot_be_stored_is_refused(provider: LyingProvider) -> None:
    provider.subject = "x" * (510 - len(provider.issuer))
    assert accepted(provider)
    provider.subject += "x"
    refusal_at(provider.authorize, "provider_malformed")


def test_a_token_of_no_algorithm_is_refused(provider: LyingProvider) -> None:
    assert accepted(provider)
    provider.make_id_token = unsigned
    refusal_at(provider.authorize, "id_token_invalid")


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(
    provider: LyingProvider,
) -> None:
    provider.document = {"id_token_signing_alg_values_supported": ["RS256", "HS256", "none"]}
    assert accepted(provider)
    provider.make_id_token = signed_with_public_key
    assert "client secret" in refusal_at(provider.authorize, "id_token_invalid").detail


@pytest.mark.parametrize(
    "algorithm",
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"],
)
def test_an_algorithm_is_good_when_the_provider_lists_it(
    provider: LyingProvider, algorithm: str, settings: Any
) -> None:
    provider.algorithm, provider.key = algorithm, key_of(algorithm)
    provider.tell(at_hash=LEFT_OUT)
    provider.document = {"id_token_signing_alg_values_supported": [algorithm]}
    assert accepted(provider)
    # Another name of the same issuer: metadata is kept for a while.
    configure(settings, oidc_config(provider.issuer + "/", skip_issuer_checks=True))
    provider.document = {"id_token_signing_alg_values_supported": ["RS256", "ES256"]}
    if algorithm not in {"RS256", "ES256"}:
        refusal_at(provider.authorize, "id_token_invalid")


def test_a_token_of_another_key_is_refused(provider: LyingProvider) -> None:
    assert accepted(provider)
    provider.published = provider.keys()
    provider.key = OTHER_RSA  # It has the same name.
    refusal_at(provider.authorize, "id_token_invalid")


def test_a_token_of_an_unknown_key_is_refused(provider: LyingProvider) -> None:
    provider.published = provider.keys()
    assert accepted(provider)
    provider.key = ROTATED_RSA
    refusal_at(provider.authorize, "id_token_invalid")


def test_a_key_may_be_rotated_between_departure_and_return(provider: LyingProvider) -> None:
    assert accepted(provider)
    departure = leave()
    provider.key = ROTATED_RSA
    back = provider.authorize(departure.url)
    assert arrive(departure, back).email == "ada@example.test"
    assert provider.asked["/keys"] == 2


def test_a_key_may_be_rotated_and_keep_its_name(provider: LyingProvider) -> None:
    assert accepted(provider)
    provider.key = OTHER_RSA
    assert accepted(provider)


def test_made_up_tokens_cannot_have_us_fetch_keys_without_end(provider: LyingProvider) -> None:
    provider.published = provider.keys()
    provider.key = ROTATED_RSA
    for _ in range(12):
        refusal_at(provider.authorize, "id_token_invalid")
    assert provider.asked["/keys"] == 6


def test_a_token_may_leave_its_key_unnamed(provider: LyingProvider) -> None:
    provider.published = [*_public(ROTATED_RSA), *_public(provider.key)]
    provider.header = {"kid": LEFT_OUT}
    assert accepted(provider)
    provider.published, provider.key = _public(ROTATED_RSA), OTHER_RSA
    refusal_at(provider.authorize, "id_token_invalid")


def test_keys_of_other_kinds_and_broken_ones_are_passed_over(provider: LyingProvider) -> None:
    own = _public(provider.key)[0]
    provider.published = [
        {"kty": "oct", "k": "AAAA", "kid": "first"},
        {"kty": "RSA", "kid": "first"},
        {"kty": "RSA", "kid": "first", "n": "AQAB", "e": "!"},
        {"kty": "AKP", "kid": "first", "pub": "x"},
        {**own, "use": "enc"},
        {**own, "alg": "RS512"},
        own,
    ]
    assert accepted(provider)
    provider.published = provider.published[:-1]
    provider.key = OTHER_RSA
    refusal_at(provider.authorize, "id_token_invalid")


def test_a_short_key_is_refused(provider: LyingProvider) -> None:
    assert accepted(provider)
    with pytest.warns(match="1024|2048"):
        provider.key = RSAKey.generate_key(1024, {"kid": "short"}, private=True)
    refusal_at(provider.authorize, "id_token_invalid")


def test_a_header_may_say_more_than_we_understand(provider: LyingProvider) -> None:
    provider.header = {"pi.atm": "x", "x5c": ["A" * 4000]}
    assert accepted(provider)


def test_a_header_that_must_be_understood_is_refused(provider: LyingProvider) -> None:
    assert accepted(provider)
    provider.make_id_token = _with_critical_header
    refusal_at(provider.authorize, "id_token_invalid")


def _with_critical_header(provider: LyingProvider, claims: dict[str, Any]) -> str:
    header = json.dumps({"alg": "RS256", "kid": "first", "crit": ["x"], "x": 1}).encode()
    _, body, signature = signed(claims, provider.key).split(".")
    return f"{encoded(header)}.{body}.{signature}"


@pytest.mark.parametrize(
    "token", ["x", "a.b.c", "....", "e30.e30.e30", "é.é.é", " ", "eyJhbGciOiJSUzI1NiJ9.W10.AA"]
)
def test_what_is_no_token_is_refused(provider: LyingProvider, token: str) -> None:
    assert accepted(provider)
    provider.make_id_token = lambda *_: token
    with pytest.raises(DomainError) as refusal:
        sign_in_at(provider.authorize)
    assert refusal.value.code in {"id_token_invalid", "provider_malformed"}


def test_without_an_id_token_nobody_is_signed_in(provider: LyingProvider) -> None:
    assert accepted(provider)
    provider.token_answer = {"id_token": LEFT_OUT}
    refusal_at(provider.authorize, "id_token_missing")


def test_a_token_may_be_as_large_as_an_answer(provider: LyingProvider) -> None:
    provider.tell(groups=["g" * 100] * 2000)
    assert accepted(provider)


def _public(key: Any) -> list[dict[str, Any]]:
    return [dict(key.as_dict(private=False))]
