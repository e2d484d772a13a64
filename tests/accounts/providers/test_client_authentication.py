"""How the client secret is sent: as the provider takes it, or as it is configured."""

from typing import Any

import pytest

from accounts.providers.calls import call
from accounts.providers.registry import provider_get
from coderauth.errors import DomainError
from tests.accounts.findings import examine
from tests.lying_provider import CLIENT_SECRET, LyingProvider
from tests.oidc import configure, forget, oidc_config, refusal_at, sign_in_at

BASIC, POST = "client_secret_basic", "client_secret_post"


@pytest.fixture(autouse=True)
def both_are_listed(provider: LyingProvider, configured: None) -> None:
    provider.tell(email="ada@example.test")
    provider.document = {"token_endpoint_auth_methods_supported": [BASIC, POST]}


def how(provider: LyingProvider) -> list[str]:
    """Return how the secret was sent, in each request for tokens."""
    return [POST if "client_secret" in form else BASIC for form in provider.token_requests]


def test_the_other_way_is_tried_once_and_remembered(provider: LyingProvider) -> None:
    provider.client_auth = POST
    tokens = sign_in_at(provider.authorize).tokens
    assert how(provider) == [BASIC, POST]

    sign_in_at(provider.authorize)
    call(provider_get("oidc").refresh(tokens.refresh_token))
    assert how(provider)[2:] == [POST, POST]


def test_a_refresh_finds_the_way_by_itself(provider: LyingProvider) -> None:
    tokens = sign_in_at(provider.authorize).tokens
    provider.client_auth = POST  # And this process is a new one.
    forget()
    assert call(provider_get("oidc").refresh(tokens.refresh_token)).access_token
    assert how(provider) == [BASIC, BASIC, POST]


def test_what_was_learned_is_learned_again(provider: LyingProvider) -> None:
    for method in (POST, BASIC, POST):
        provider.client_auth = method
        assert sign_in_at(provider.authorize)
    assert how(provider) == [BASIC, POST, POST, BASIC, BASIC, POST]


def test_a_wrong_secret_is_sent_both_ways_and_no_more(
    provider: LyingProvider, settings: Any
) -> None:
    configure(settings, oidc_config(provider.issuer, client_secret="wrong"))
    refusal = refusal_at(provider.authorize)
    assert refusal.code == "code_exchange_failed"
    assert "client id and secret" in refusal.detail
    assert how(provider) == [BASIC, POST]
    refusal_at(provider.authorize)
    assert how(provider)[2:] == [BASIC, POST]  # Nothing was learned from it.


def test_a_code_that_is_refused_is_not_sent_again(provider: LyingProvider) -> None:
    provider.codes.clear()
    with pytest.raises(DomainError):
        sign_in_at(lambda url: provider.authorize(url).replace("code=", "code=x"))
    assert how(provider) == [BASIC]


def test_providers_do_not_share_what_was_learned(
    provider: LyingProvider, other_provider: LyingProvider, settings: Any
) -> None:
    other_provider.tell(email="ada@example.test")
    configure(settings, oidc_config(provider.issuer), oidc_config(other_provider.issuer, id="1"))
    provider.client_auth = POST
    sign_in_at(provider.authorize)
    sign_in_at(other_provider.authorize, "1")
    assert how(other_provider) == [BASIC]


@pytest.mark.parametrize(("chosen", "other"), [(BASIC, POST), (POST, BASIC)])
def test_a_way_that_is_configured_is_the_only_one(
    provider: LyingProvider, settings: Any, chosen: str, other: str
) -> None:
    configure(settings, oidc_config(provider.issuer, client_auth=chosen))
    provider.client_auth = chosen
    assert sign_in_at(provider.authorize)
    provider.client_auth = other
    assert refusal_at(provider.authorize).code == "code_exchange_failed"
    assert how(provider) == [chosen, chosen]


def test_check_oidc_finds_the_way_and_names_it(provider: LyingProvider) -> None:
    provider.client_auth = POST
    found = examine()["credentials"]
    assert (found["status"], "method post" in found["message"]) == ("ok", True)


def test_no_scope_is_asked_for_when_tokens_are_renewed(provider: LyingProvider) -> None:
    """A client that was not granted a scope at first is refused when it asks again (RFC 6749 6)."""
    tokens = sign_in_at(provider.authorize).tokens
    call(provider_get("oidc").refresh(tokens.refresh_token))
    assert "scope" not in provider.token_requests[-1]


def test_neither_way_logs_the_secret(
    provider: LyingProvider, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    configure(settings, oidc_config(provider.issuer, client_secret="canary-secret"))
    refusal = refusal_at(provider.authorize)
    assert "canary" not in caplog.text + refusal.message + refusal.detail
    assert CLIENT_SECRET not in caplog.text
