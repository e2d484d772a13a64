"""A provider that dawdles holds up who signs in with it, and nobody else (a real server)."""

from collections.abc import Iterator
from functools import partial

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
from tests.threads import start
from tests.waiting import until

CALLBACK = "/api/v2/users/oidc/callback"
TIMEOUT = 3
# Seconds: long after the timeout, and long before a provider that dawdles is done.
SOON = 20


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


@pytest.mark.long
@pytest.mark.no_database
@pytest.mark.parametrize("behaviour", SLOW)
def test_others_are_answered_meanwhile(
    served: Installation, liar: LyingProvider, behaviour: object
) -> None:
    liar.answers[DISCOVERY] = behaviour  # type: ignore[assignment]
    signing_in = [start(partial(served.call, CALLBACK)) for _ in range(6)]
    until(lambda: liar.asked[DISCOVERY] == 2)
    for _ in range(3):
        assert served.call("/healthz") == 200
        assert served.call("/api/v2/users/authmethods") == 200
    # Two wait for the provider; whoever comes too many is told at once.
    until(lambda: sum(one.done() for one in signing_in) >= 4)
    assert [one.result(0) for one in signing_in if one.done()] == [503] * 4
    assert sorted(one.result(SOON) for one in signing_in) == [503, 503, 503, 503, 504, 504]
    liar.answers.clear()
    assert served.call(CALLBACK + "?code=x") == 400
