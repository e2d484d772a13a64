"""A provider that lies when a test tells it to, and coderauth configured to use it."""

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.providers.configuration import OidcConfig
from tests.lying_provider import LyingProvider, lying_provider
from tests.oidc import configure, forget, oidc_config


@pytest.fixture
def provider() -> Iterator[LyingProvider]:
    forget()
    with lying_provider() as running:
        yield running


@pytest.fixture
def ada(provider: LyingProvider) -> None:
    """Have the provider know somebody's address."""
    provider.tell(email="ada@example.test")


@pytest.fixture
def other_provider() -> Iterator[LyingProvider]:
    with lying_provider() as running:
        yield running


@pytest.fixture
def config(provider: LyingProvider) -> OidcConfig:
    return oidc_config(provider.issuer)


@pytest.fixture
def configured(settings: Any, config: OidcConfig) -> None:
    configure(settings, config)
