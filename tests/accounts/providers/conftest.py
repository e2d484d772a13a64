"""Nothing is known of providers when a test begins."""

import pytest

from tests.oidc import forget


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    forget()
