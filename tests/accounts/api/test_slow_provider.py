"""A provider that dawdles holds up who signs in with it, and nobody else (a real server)."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.lying_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    DISCOVERY,
    SLOW,
    LyingProvider,
    lying_provider,
)
from tests.processes import Installation

CALLBACK = "/api/v2/users/oidc/callback"
TIMEOUT = 2


@pytest.fixture
def liar() -> Iterator[LyingProvider]:
    with lying_provider() as provider:
        yield provider


@pytest.fixture
def served(migrated: Installation, liar: LyingProvider) -> Iterator[Installation]:
    migrated.environment |= {
        "CODERAUTH_OIDC_ISSUER_URL": liar.issuer,
        "CODERAUTH_OIDC_CLIENT_ID": CLIENT_ID,
        "CODERAUTH_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "CODERAUTH_PROVIDER_TIMEOUT": f"{TIMEOUT}s",
        "CODERAUTH_THREADS": "4",
    }
    with migrated.start("serve", "--no-worker") as server:
        server.wait_for("is ready at")
        yield migrated


@pytest.mark.no_database
@pytest.mark.parametrize("behaviour", SLOW)
def test_others_are_answered_meanwhile(
    served: Installation, liar: LyingProvider, behaviour: object
) -> None:
    liar.answers[DISCOVERY] = behaviour  # type: ignore[assignment]
    with ThreadPoolExecutor(8) as pool:
        began = time.monotonic()
        signing_in = [pool.submit(served.call, CALLBACK) for _ in range(6)]
        while liar.asked[DISCOVERY] < 2:
            time.sleep(0.01)
        for _ in range(10):
            asked = time.monotonic()
            assert served.call("/healthz") == 200
            assert served.call("/api/v2/users/authmethods") == 200
            assert time.monotonic() - asked < 0.5
        statuses = sorted(one.result() for one in signing_in)
        # Two wait for the provider; whoever comes too many is told at once.
        assert statuses == [503, 503, 503, 503, 504, 504]
        assert time.monotonic() - began < TIMEOUT + 2
    liar.answers.clear()
    assert served.call(CALLBACK + "?code=x") == 400
