"""Signing in with `oidc-provider-mock`, a provider that others have written."""

from collections.abc import Iterator
from typing import Any

import pytest
from oidc_provider_mock import User

from accounts.providers.calls import call
from accounts.providers.registry import provider_get
from coderauth.errors import DomainError
from tests.oidc import (
    arrive,
    configure,
    leave,
    oidc_config,
    oidc_provider_mock,
    sign_in_at,
    visit_mock,
)

ADA = User(
    sub="ada-1",
    claims={
        "email": "ada@example.test",
        "email_verified": True,
        "name": " Ada Lovelace ",
        "preferred_username": "ada",
        "picture": "https://example.test/ada.png",
        "groups": ["engineers", "mathematicians"],
    },
)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with oidc_provider_mock(user_claims=[ADA]) as running:
        yield running


@pytest.fixture(autouse=True)
def configured(settings: Any, issuer: str) -> None:
    configure(settings, oidc_config(issuer))


def test_somebody_is_whom_the_provider_says(issuer: str) -> None:
    identity = sign_in_at(visit_mock("ada-1"))

    assert identity.linked_id == f"{issuer}||ada-1"
    assert identity.email == "ada@example.test"
    assert identity.username == "ada"
    assert identity.name == "Ada Lovelace"
    assert identity.avatar_url == "https://example.test/ada.png"
    assert identity.groups is None
    assert identity.tokens.refresh_token
    assert identity.tokens.expires_at is not None


def test_groups_come_from_the_claim_that_is_configured(settings: Any, issuer: str) -> None:
    configure(settings, oidc_config(issuer, group_field="groups", role_field="roles"))

    identity = sign_in_at(visit_mock("ada-1"))

    assert identity.groups == ("engineers", "mathematicians")
    assert identity.roles == ()


def test_a_code_is_good_once() -> None:
    departure = leave()
    back = visit_mock("ada-1")(departure.url)
    arrive(departure, back)

    with pytest.raises(DomainError) as refusal:
        arrive(departure, back)

    assert refusal.value.code == "code_exchange_failed"


def test_tokens_are_renewed() -> None:
    tokens = sign_in_at(visit_mock("ada-1")).tokens

    renewed = call(provider_get("oidc").refresh(tokens.refresh_token))

    assert renewed.access_token != tokens.access_token
    assert renewed.expires_at is not None


def test_a_wrong_refresh_token_is_refused() -> None:
    with pytest.raises(DomainError) as refusal:
        call(provider_get("oidc").refresh("made-up"))

    assert refusal.value.code == "refresh_failed"
