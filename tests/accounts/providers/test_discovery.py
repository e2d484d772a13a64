"""What a provider says of itself: which documents are believed, and how long."""

from typing import Any

import pytest

from accounts.providers import discovery, signatures
from accounts.providers.configuration import OidcConfig
from accounts.providers.discovery import is_usable, read_metadata
from coderauth.errors import DomainError
from tests.lying_provider import (
    DISCOVERY,
    DOWN,
    KEYS,
    LEFT_OUT,
    ROTATED_RSA,
    SLOW,
    LyingProvider,
    without_left_out,
)
from tests.oidc import configure, leave, oidc_config, sign_in_at

ISSUER = "https://id.example.test"
CONFIG = oidc_config(ISSUER)


def discovery_document(**fields: Any) -> dict[str, Any]:
    return without_left_out(
        {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "userinfo_endpoint": f"{ISSUER}/userinfo",
            "id_token_signing_alg_values_supported": ["RS256"],
            **fields,
        }
    )


def test_a_document_is_read() -> None:
    metadata = read_metadata(CONFIG, discovery_document())
    assert metadata.token_endpoint == f"{ISSUER}/token"
    assert metadata.algorithms == {"RS256"}
    assert (metadata.client_auth, metadata.has_pkce, metadata.names_itself) == (
        "client_secret_basic",
        False,
        False,
    )


@pytest.mark.parametrize(
    "lie",
    [
        {"issuer": LEFT_OUT},
        {"issuer": 5},
        {"issuer": "https://evil.example.test"},
        {"issuer": ISSUER + "/"},
        {"token_endpoint": LEFT_OUT},
        {"token_endpoint": 5},
        {"token_endpoint": "http://id.example.test/token"},
        {"token_endpoint": "http://127.0.0.1/token"},
        {"token_endpoint": "ftp://id.example.test/token"},
        {"token_endpoint": "https:///token"},
        {"token_endpoint": "https://id.example.test:port/"},
        {"token_endpoint": "https://[/"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": "file:///etc/passwd"},
        {"userinfo_endpoint": "http://id.example.test/userinfo"},
        {"id_token_signing_alg_values_supported": ["none"]},
        {"id_token_signing_alg_values_supported": ["HS256", "none"]},
        {"id_token_signing_alg_values_supported": []},
        {"id_token_signing_alg_values_supported": "RS256"},
        {"code_challenge_methods_supported": 5},
    ],
)
def test_a_document_that_lies_or_is_broken_is_refused(lie: dict[str, Any]) -> None:
    assert read_metadata(CONFIG, discovery_document())
    with pytest.raises(DomainError) as refusal:
        read_metadata(CONFIG, discovery_document(**lie))
    assert refusal.value.code == "provider_malformed"


@pytest.mark.parametrize(
    ("listed", "used"),
    [
        (["RS256", "HS256", "none", "ES512"], {"RS256", "ES512"}),
        (LEFT_OUT, {"RS256"}),
        ([5, None, "EdDSA"], {"EdDSA"}),
    ],
)
def test_only_signatures_with_two_keys_are_used(listed: Any, used: set[str]) -> None:
    fields = {"id_token_signing_alg_values_supported": listed}
    assert read_metadata(CONFIG, discovery_document(**fields)).algorithms == used


@pytest.mark.parametrize(
    ("url", "issuer", "usable"),
    [
        ("https://a.test/x", "https://b.test", True),
        ("https://a.test/x", "http://localhost:1", True),
        ("http://localhost:1/x", "http://localhost:1", True),
        ("http://127.0.0.2/x", "http://localhost:1", True),
        ("http://[::1]/x", "http://localhost:1", True),
        ("http://a.test/x", "http://localhost:1", False),
        ("http://localhost.evil.test/x", "http://localhost:1", False),
        ("http://localhost:1/x", "https://b.test", False),
        ("http://127.0.0.1@evil.test/x", "http://localhost:1", False),
    ],
)
def test_endpoints_are_called_over_tls_or_on_this_machine(
    url: str, issuer: str, usable: bool
) -> None:
    assert is_usable(url, issuer) is usable


# --- how long it is kept --------------------------------------------------------------------
class Clock:
    """What `time.monotonic` says to the caches."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(discovery, "time", made)
    monkeypatch.setattr(signatures, "time", made)
    return made


@pytest.mark.usefixtures("configured")
def test_metadata_is_fetched_once_an_hour(provider: LyingProvider, clock: Clock) -> None:
    for _ in range(3):
        leave()
    assert provider.asked[DISCOVERY] == 1
    clock.now += 3601
    provider.document = {"authorization_endpoint": provider.issuer + "/moved"}
    assert "/moved" in leave().url
    assert provider.asked[DISCOVERY] == 2


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("behaviour", [*DOWN, *SLOW])
def test_old_metadata_goes_on_for_a_day_when_it_cannot_be_renewed(
    provider: LyingProvider, clock: Clock, settings: Any, behaviour: Any
) -> None:
    settings.PROVIDER_TIMEOUT = settings.PROVIDER_TIMEOUT / 10
    leave()
    provider.answers[DISCOVERY] = behaviour
    clock.now += 3601
    for _ in range(3):
        assert leave().url
    assert provider.asked[DISCOVERY] == 2  # Nobody else waits for what has just failed.
    clock.now += 61
    assert leave().url
    assert provider.asked[DISCOVERY] == 3
    clock.now += 86_400
    with pytest.raises(DomainError):
        leave()
    provider.answers.clear()
    assert leave().url


@pytest.mark.usefixtures("configured")
def test_old_metadata_is_not_replaced_by_a_lie(provider: LyingProvider, clock: Clock) -> None:
    leave()
    provider.document = {"issuer": "https://evil.test", "token_endpoint": "https://evil.test/t"}
    clock.now += 3601
    assert leave().url.startswith(provider.issuer)
    provider.tell(email="ada@example.test")
    assert sign_in_at(provider.authorize).email


@pytest.mark.usefixtures("configured")
def test_a_key_that_is_withdrawn_is_believed_for_an_hour_at_most(
    provider: LyingProvider, clock: Clock
) -> None:
    provider.tell(email="ada@example.test")
    sign_in_at(provider.authorize)
    provider.published = [dict(ROTATED_RSA.as_dict(private=False))]
    sign_in_at(provider.authorize)
    assert provider.asked[KEYS] == 1
    clock.now += 3601
    with pytest.raises(DomainError):
        sign_in_at(provider.authorize)


def test_providers_do_not_share_what_is_kept(
    provider: LyingProvider, other_provider: LyingProvider, config: OidcConfig, settings: Any
) -> None:
    configure(settings, config, oidc_config(other_provider.issuer, id="1"))
    assert leave().url.startswith(provider.issuer)
    assert leave("1").url.startswith(other_provider.issuer)
