"""Providers are called over TLS, and must show a certificate that is trusted."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.providers.calls import tls
from coderauth.errors import DomainError
from tests.accounts.findings import examine
from tests.lying_provider import LyingProvider, lying_provider
from tests.mail_server import certificate
from tests.oidc import configure, oidc_config, sign_in_at


@pytest.fixture
def own_authority(tmp_path: Path) -> Iterator[tuple[Path, LyingProvider]]:
    file, context = certificate(tmp_path)
    with lying_provider(context) as provider:
        provider.tell(email="ada@example.test")
        tls.cache_clear()
        yield file, provider
    tls.cache_clear()


def test_only_a_trusted_certificate_is_accepted(
    own_authority: tuple[Path, LyingProvider],
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file, provider = own_authority
    configure(settings, oidc_config(provider.issuer))
    with pytest.raises(DomainError) as refusal:
        sign_in_at(provider.authorize)
    assert refusal.value.code == "provider_down"
    assert "certificate is not trusted" in examine()["discovery"]["message"]
    assert not provider.asked

    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    tls.cache_clear()
    assert sign_in_at(provider.authorize).email == "ada@example.test"
