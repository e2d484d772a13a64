"""Signing in with the certified `oidc-provider`: PKCE required, `iss` in its answers."""

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.providers.calls import call
from accounts.providers.registry import provider_get
from coderauth.errors import DomainError
from tests.certified_provider import ALGORITHMS, certified_provider, client, visit
from tests.lying_provider import CLIENT_SECRET
from tests.oidc import arrive, configure, leave, oidc_config, query_of, sign_in_at

ACCOUNTS = {
    "ada-1": {
        "email": "ada@example.test",
        "email_verified": True,
        "name": "Ada Lovelace",
        "preferred_username": "ada",
        "groups": ["engineers"],
    },
    "eve-1": {"email": "eve@example.test", "email_verified": False},
}
CLIENTS = [
    client(),
    *(
        client(client_id=algorithm, id_token_signed_response_alg=algorithm)
        for algorithm in ALGORITHMS
    ),
]


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with certified_provider(ACCOUNTS, CLIENTS) as running:
        yield running


@pytest.fixture(autouse=True)
def configured(settings: Any, issuer: str) -> None:
    configure(settings, oidc_config(issuer, group_field="groups"))


def test_somebody_is_whom_the_provider_says(issuer: str) -> None:
    departure = leave()
    back = visit("ada-1")(departure.url)
    assert query_of(departure.url)["code_challenge_method"] == "S256"
    assert query_of(back)["iss"] == issuer

    identity = arrive(departure, back)

    assert identity.linked_id == f"{issuer}||ada-1"
    assert (identity.email, identity.username) == ("ada@example.test", "ada")
    assert identity.name == "Ada Lovelace"
    assert identity.groups == ("engineers",)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm(settings: Any, issuer: str, algorithm: str) -> None:
    configure(settings, oidc_config(issuer, client_id=algorithm))
    assert sign_in_at(visit("ada-1")).email == "ada@example.test"


def test_an_unverified_email_is_refused() -> None:
    with pytest.raises(DomainError) as refusal:
        sign_in_at(visit("eve-1"))
    assert refusal.value.code == "email_unverified"


def test_a_code_is_good_once() -> None:
    departure = leave()
    back = visit("ada-1")(departure.url)
    assert arrive(departure, back).email
    with pytest.raises(DomainError) as refusal:
        arrive(departure, back)
    assert refusal.value.code == "code_exchange_failed"


def test_a_code_is_good_with_its_verifier_only() -> None:
    departure, other = leave(), leave()
    back = visit("ada-1")(departure.url)
    with pytest.raises(DomainError) as refusal:
        arrive(_with_verifier_of(departure, other), back)
    assert refusal.value.code == "code_exchange_failed"


def _with_verifier_of(departure: Any, other: Any) -> Any:
    return type(departure)(
        url=departure.url,
        state=departure.state,
        redirect=departure.redirect,
        verifier=other.verifier,
    )


def test_a_wrong_secret_is_refused_and_the_right_one_is_not(settings: Any, issuer: str) -> None:
    configure(settings, oidc_config(issuer, client_secret="wrong"))
    with pytest.raises(DomainError) as refusal:
        sign_in_at(visit("ada-1"))
    assert refusal.value.code == "code_exchange_failed"
    assert "check_oidc" in refusal.value.detail
    configure(settings, oidc_config(issuer, client_secret=CLIENT_SECRET))
    assert sign_in_at(visit("ada-1")).email


def test_tokens_are_renewed_and_rotated_ones_are_spent() -> None:
    tokens = sign_in_at(visit("ada-1")).tokens
    provider = provider_get("oidc")
    renewed = call(provider.refresh(tokens.refresh_token))
    assert renewed.access_token != tokens.access_token
    assert call(provider.refresh(renewed.refresh_token)).access_token
    with pytest.raises(DomainError) as refusal:
        call(provider.refresh("made-up"))
    assert refusal.value.code == "refresh_failed"
