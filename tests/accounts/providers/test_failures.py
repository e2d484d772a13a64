"""A provider that is down, slow or talks nonsense, at each step: a refusal in time, no more."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.providers.calls import call
from accounts.providers.identity import Identity
from accounts.providers.registry import provider_get
from coderauth.errors import DomainError
from tests.lying_provider import (
    DISCOVERY,
    DOWN,
    KEYS,
    LEFT_OUT,
    NONSENSE,
    SLOW,
    STEPS,
    TOKEN,
    Handler,
    LyingProvider,
)
from tests.oidc import forget, leave, sign_in_at

pytestmark = pytest.mark.usefixtures("configured", "ada")

Behaviour = Callable[[Handler], None]
BOUND = 1.0
# Seconds: long after the bound, and long before a provider that dawdles is done.
SOON = 20


@pytest.fixture
def impatient(settings: Any) -> None:
    settings.PROVIDER_TIMEOUT = timedelta(seconds=BOUND)


def refusal_of(act: Callable[[], Any]) -> DomainError:
    with pytest.raises(DomainError) as refusal:
        act()
    return refusal.value


def sign_in(provider: LyingProvider) -> Identity:
    return sign_in_at(provider.authorize)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("behaviour", DOWN)
def test_down(provider: LyingProvider, step: str, behaviour: Behaviour) -> None:
    provider.answers[step] = behaviour
    assert refusal_of(lambda: sign_in(provider)).status == 502
    provider.answers.clear()
    assert sign_in(provider).email == "ada@example.test"


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("behaviour", SLOW)
def test_slow(provider: LyingProvider, settings: Any, step: str, behaviour: Behaviour) -> None:
    """A byte a moment never ends a socket's timeout; the deadline is that of the sign-in."""
    provider.answers[step] = behaviour
    began = time.monotonic()
    refusal = refusal_of(lambda: sign_in(provider))
    assert (refusal.code, refusal.status) == ("provider_slow", 504)
    assert time.monotonic() - began < SOON
    provider.answers.clear()
    settings.PROVIDER_TIMEOUT = timedelta(seconds=60)
    assert sign_in(provider).email == "ada@example.test"


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("behaviour", NONSENSE)
def test_nonsense(provider: LyingProvider, step: str, behaviour: Behaviour) -> None:
    provider.answers[step] = behaviour
    refusal = refusal_of(lambda: sign_in(provider))
    assert refusal.status in {400, 502}
    assert refusal.code in {
        "provider_malformed", "userinfo_failed", "userinfo_malformed", "id_token_invalid",
        "id_token_missing", "code_exchange_failed",
    }  # fmt: skip
    provider.answers.clear()
    assert sign_in(provider).email == "ada@example.test"


@pytest.mark.parametrize("step", STEPS)
def test_nobody_is_there(provider: LyingProvider, settings: Any, step: str) -> None:
    provider.document = {
        DISCOVERY: {},
        TOKEN: {"token_endpoint": "http://127.0.0.1:9/token"},
        KEYS: {"jwks_uri": "http://localhost:9/keys"},
    }.get(step, {"userinfo_endpoint": "http://[::1]:9/userinfo"})
    if step == DISCOVERY:
        settings.OIDC_PROVIDERS = {
            name: type(one)(**{**_fields(one), "issuer_url": "http://127.0.0.1:9"})
            for name, one in settings.OIDC_PROVIDERS.items()
        }
    assert refusal_of(lambda: sign_in(provider)).code == "provider_down"


def _fields(config: Any) -> dict[str, Any]:
    return {name: getattr(config, name) for name in config.__slots__}


@pytest.mark.parametrize(
    ("answer", "is_fine"),
    [
        ({"access_token": LEFT_OUT}, False),
        ({"access_token": "with a space"}, False),
        ({"access_token": "with\r\nX-Header: x"}, False),
        ({"access_token": 5}, False),
        ({"refresh_token": {"a": 1}}, False),
        ({"token_type": "mac"}, False),
        ({"token_type": "bearer"}, True),
        ({"token_type": LEFT_OUT}, True),
        ({"refresh_token": None}, True),
        ({"refresh_token": LEFT_OUT}, True),
        ({"expires_in": "soon"}, False),
        ({"expires_in": [5]}, False),
        ({"expires_in": "3600"}, True),
        ({"expires_in": 1e300}, True),
        ({"expires_in": 10**15}, True),
        ({"expires_in": -(10**15)}, True),
        ({"expires_at": "yesterday"}, True),
    ],
)
def test_what_the_token_endpoint_gives(
    provider: LyingProvider, answer: dict[str, Any], is_fine: bool
) -> None:
    provider.token_answer = answer
    if is_fine:
        assert sign_in(provider).email == "ada@example.test"
    else:
        assert refusal_of(lambda: sign_in(provider)).code == "provider_malformed"


@pytest.mark.parametrize("lifetime", [LEFT_OUT, None, 0])
def test_a_token_without_a_lifetime_never_expires(provider: LyingProvider, lifetime: Any) -> None:
    provider.token_answer = {"expires_in": lifetime}
    assert sign_in(provider).tokens.expires_at is None


@pytest.mark.parametrize("error", ["invalid_client", "invalid_grant", "made up", 5, None, ["x"]])
def test_no_word_of_a_provider_is_repeated(provider: LyingProvider, error: Any) -> None:
    """An error's description may quote the code, the secret or a script."""
    told = {"error": error, "error_description": "<script> code-SECRET"}
    provider.answers[TOKEN] = lambda handler: handler.send_json(told, 400)
    refusal = refusal_of(lambda: sign_in(provider))
    assert refusal.code == "code_exchange_failed"
    assert refusal.status == 400
    assert "SECRET" not in refusal.message + refusal.detail
    assert "made up" not in refusal.message + refusal.detail


@pytest.mark.parametrize(
    ("methods", "is_posted"),
    [
        (LEFT_OUT, False),
        (["client_secret_basic", "client_secret_post"], False),
        (["private_key_jwt"], False),
        (["client_secret_post", "private_key_jwt"], True),
    ],
)
def test_how_the_client_proves_itself(
    provider: LyingProvider, methods: Any, is_posted: bool
) -> None:
    provider.document = {"token_endpoint_auth_methods_supported": methods}
    assert sign_in(provider).email == "ada@example.test"
    assert ("client_secret" in provider.token_requests[0]) is is_posted


@pytest.mark.parametrize("methods", [["S256"], ["plain"], [], LEFT_OUT])
def test_pkce_is_used_when_the_provider_knows_it(provider: LyingProvider, methods: Any) -> None:
    provider.document = {"code_challenge_methods_supported": methods}
    is_used = methods == ["S256"]
    assert ("code_challenge_method=S256" in leave().url) is is_used
    assert sign_in(provider).email == "ada@example.test"
    assert ("code_verifier" in provider.token_requests[0]) is is_used


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("behaviour", [*DOWN[:2], *NONSENSE[:3]])
def test_no_credential_is_logged(
    provider: LyingProvider, step: str, behaviour: Behaviour, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    provider.access_token = lambda _: "canary-access-token"
    provider.answers[step] = behaviour
    refusal_of(lambda: sign_in(provider))
    logged = "".join(
        record.getMessage() + (record.exc_text or "")
        for record in caplog.records
        if record.levelno >= logging.INFO
    )
    canaries = ["canary", "code-", *provider.refresh_tokens, "secret"]
    assert not [canary for canary in canaries if canary in logged]


def test_why_nobody_was_signed_in_is_logged(
    provider: LyingProvider, caplog: pytest.LogCaptureFixture
) -> None:
    """The page tells people little, and administrators must know."""
    assert sign_in(provider)
    assert "signed nobody in" not in caplog.text
    provider.tell(aud="another")
    refusal_of(lambda: sign_in(provider))
    (told,) = [line for line in caplog.messages if "signed nobody in" in line]
    assert told == (
        "Provider oidc signed nobody in: id_token_invalid The ID token is not for this client."
    )


@pytest.mark.parametrize("behaviour", [*DOWN, *NONSENSE])
def test_a_refresh_that_fails_says_so(provider: LyingProvider, behaviour: Behaviour) -> None:
    tokens = sign_in(provider).tokens
    provider.answers[TOKEN] = behaviour
    refusal = refusal_of(lambda: call(provider_get("oidc").refresh(tokens.refresh_token)))
    assert (refusal.code, refusal.status) == ("refresh_failed", 401)
    provider.answers.clear()
    assert call(provider_get("oidc").refresh(tokens.refresh_token)).access_token


def test_a_refresh_token_stays_unless_the_provider_gives_another(provider: LyingProvider) -> None:
    tokens = sign_in(provider).tokens
    renewed = call(provider_get("oidc").refresh(tokens.refresh_token))
    assert renewed.refresh_token not in {"", tokens.refresh_token}
    provider.token_answer = {"refresh_token": LEFT_OUT}
    kept = call(provider_get("oidc").refresh(tokens.refresh_token))
    assert kept.refresh_token == tokens.refresh_token


def test_departing_needs_the_provider_only_once(provider: LyingProvider) -> None:
    leave()
    provider.answers[DISCOVERY] = DOWN[0]
    assert leave().url
    forget()
    assert refusal_of(leave).code == "provider_down"
