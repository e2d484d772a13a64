"""An OIDC provider that is configured, and everything it needs to be lied to by."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.lying_provider import LyingProvider, lying_provider
from tests.oidc import configure, forget, oidc_config


@pytest.fixture
def provider(settings: Any, db: None) -> Iterator[LyingProvider]:
    """Run an honest provider, where Ada signs in, and have it configured."""
    forget()
    with lying_provider() as running:
        running.tell(email="ada@example.test", preferred_username="ada", name="Ada Lovelace")
        configure(settings, oidc_config(running.issuer))
        yield running
