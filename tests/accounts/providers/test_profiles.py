"""Ordinary products, each with what it does otherwise: everybody signs in, and is refreshed."""

from typing import Any

import pytest

from accounts.providers.calls import call
from accounts.providers.registry import provider_get
from tests.lying_provider import LyingProvider
from tests.oidc import configure, oidc_config, sign_in_at
from tests.provider_profiles import PROFILES, Profile


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_people_of_every_product_sign_in(
    provider: LyingProvider, settings: Any, profile: Profile
) -> None:
    provider.tell(email="ada@example.test")
    configure(settings, oidc_config(provider.issuer, **profile.config))
    profile.behave(provider)

    identity = sign_in_at(provider.authorize)

    assert identity.linked_id == f"{provider.issuer}||{provider.subject}"
    assert (identity.email, identity.roles) == (profile.email, profile.roles)
    if identity.tokens.refresh_token:
        assert call(provider_get("oidc").refresh(identity.tokens.refresh_token)).access_token
