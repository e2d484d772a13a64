"""Providers are called through the proxy of the environment, and everything else stays as it is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from accounts.providers.calls import tls
from accounts.providers.configuration import GOOGLE
from accounts.providers.proxies import proxy_for
from tests.accounts.findings import examine
from tests.accounts.providers.github_browser import come_back, leave
from tests.github_server import GithubServer, configured
from tests.lying_provider import (
    DISCOVERY,
    KEYS,
    TOKEN,
    USERINFO,
    LyingProvider,
    huge,
    lying_provider,
    redirect,
)
from tests.mail_server import certificate
from tests.oidc import configure, oidc_config, query_of, refusal_at, sign_in_at
from tests.proxy_server import ProxyServer, proxy_server

HOST = "idp.example.test"


@pytest.fixture
def proxy() -> Iterator[ProxyServer]:
    with proxy_server() as running:
        yield running


@pytest.fixture
def behind_proxy(
    proxy: ProxyServer, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LyingProvider]:
    """Run a provider over TLS that only the proxy can reach, by a name that no DNS knows."""
    file, context = certificate(tmp_path, HOST, urlsplit(GOOGLE).netloc)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    tls.cache_clear()
    with lying_provider(context) as provider:
        port = urlsplit(provider.issuer).port or 443
        proxy.hosts = {HOST: port, urlsplit(GOOGLE).netloc: port}
        provider.issuer = f"https://{HOST}"
        provider.tell(email="ada@example.test")
        configure(settings, oidc_config(provider.issuer))
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        yield provider
    tls.cache_clear()


def test_every_step_of_a_sign_in_goes_through_the_proxy(
    behind_proxy: LyingProvider, proxy: ProxyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sign_in_at(behind_proxy.authorize).email == "ada@example.test"
    assert {*proxy.asked} == {f"CONNECT {HOST}:443"}
    assert all(behind_proxy.asked[step] for step in (DISCOVERY, TOKEN, KEYS, USERINFO))

    monkeypatch.delenv("HTTPS_PROXY")
    assert refusal_at(behind_proxy.authorize).code == "provider_down"


@pytest.mark.parametrize("name", ["https_proxy", "ALL_PROXY", "all_proxy"])
def test_the_variables_have_the_names_that_others_read(
    behind_proxy: LyingProvider, proxy: ProxyServer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HTTPS_PROXY")
    monkeypatch.setenv(name, proxy.url.removeprefix("http://"))
    assert sign_in_at(behind_proxy.authorize).email == "ada@example.test"


def test_a_proxy_may_ask_who_we_are(
    behind_proxy: LyingProvider,
    proxy: ProxyServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    proxy.credentials = "ada:pass word"
    assert refusal_at(behind_proxy.authorize).code == "provider_down"
    assert "407" in caplog.text
    assert "407" in examine()["discovery"]["message"]

    monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", "://ada:pass%20word@"))
    caplog.set_level("DEBUG")
    assert sign_in_at(behind_proxy.authorize)
    assert "pass" not in caplog.text + capsys.readouterr().out


def test_nothing_goes_round_a_proxy_that_is_not_one(
    provider: LyingProvider, config: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(settings, config)
    provider.tell(email="ada@example.test")
    for wrong in (
        "socks5://127.0.0.1:1080",
        "http://",
        "http://[",
        "ftp://proxy.test",
        "http://x:y",
    ):
        monkeypatch.setenv("HTTP_PROXY", wrong)
        assert refusal_at(provider.authorize).code == "provider_down"
    assert not provider.asked
    monkeypatch.delenv("HTTP_PROXY")
    assert sign_in_at(provider.authorize)


def test_a_provider_in_plain_text_is_asked_through_the_proxy_too(
    provider: LyingProvider,
    proxy: ProxyServer,
    config: Any,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    configure(settings, config)
    provider.tell(email="ada@example.test")
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    assert sign_in_at(provider.authorize)
    assert f"POST {provider.issuer}{TOKEN}" in proxy.asked

    proxy.asked.clear()
    monkeypatch.setenv("NO_PROXY", "example.test, 127.0.0.0/8")
    assert sign_in_at(provider.authorize)
    assert not proxy.asked


def test_github_is_asked_through_the_proxy(
    github: GithubServer, proxy: ProxyServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GITHUB_PROVIDER = configured(github, allow_everyone="true")
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    departure = leave()
    back = github.authorize(query_of(departure.url))
    assert come_back(departure, query_of(back)).username == "octocat"
    assert len(proxy.asked) == len(github.asked) > 1


@pytest.mark.parametrize("behaviour", [redirect, huge])
def test_behind_a_proxy_nothing_more_is_believed(
    behind_proxy: LyingProvider, behaviour: Any
) -> None:
    behind_proxy.answers[DISCOVERY] = behaviour
    assert refusal_at(behind_proxy.authorize).code == "provider_malformed"


def test_a_proxy_that_reads_along_is_not_trusted(
    behind_proxy: LyingProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    tls.cache_clear()
    assert refusal_at(behind_proxy.authorize).code == "provider_down"
    assert not behind_proxy.asked


def test_google_may_leave_out_the_scheme_of_its_issuer(
    behind_proxy: LyingProvider, settings: Any
) -> None:
    behind_proxy.issuer = GOOGLE
    configure(settings, oidc_config(GOOGLE))
    whole = sign_in_at(behind_proxy.authorize).linked_id
    behind_proxy.tell(iss="accounts.google.com")
    assert sign_in_at(behind_proxy.authorize).linked_id == whole
    for lie in ("http://accounts.google.com", "google.com", "accounts.google.com.evil.test"):
        behind_proxy.tell(iss=lie)
        assert refusal_at(behind_proxy.authorize).code == "id_token_invalid"


def test_nobody_else_may_leave_it_out(behind_proxy: LyingProvider) -> None:
    behind_proxy.tell(iss=HOST)
    assert refusal_at(behind_proxy.authorize).code == "id_token_invalid"
    behind_proxy.tell(iss=f"https://{HOST}")
    assert sign_in_at(behind_proxy.authorize)


@pytest.mark.parametrize(
    ("listed", "is_exempt"),
    [
        ("", False),
        ("*", True),
        ("id.example.test", True),
        ("example.test", True),
        (".example.test", True),
        ("*.example.test", True),
        ("ID.Example.TEST", True),
        ("ample.test", False),
        ("other.test, id.example.test", True),
        ("id.example.test:8443", True),
        ("id.example.test:443", False),
        ("192.0.2.0/24", False),
        (",,/,:,[,", False),
    ],
)
def test_no_proxy_lists_names(
    listed: str, is_exempt: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("NO_PROXY", listed)
    url = httpx2.URL("https://id.example.test:8443/token")
    assert proxy_for(url) == ("" if is_exempt else "http://proxy.test:3128")


@pytest.mark.parametrize(
    ("url", "listed", "is_exempt"),
    [
        ("https://192.0.2.7/x", "192.0.2.0/24", True),
        ("https://192.0.2.7/x", "192.0.2.7", True),
        ("https://192.0.2.7/x", "192.0.2.7:443", True),
        ("https://192.0.2.7/x", "192.0.2.7:80", False),
        ("https://198.51.100.7/x", "192.0.2.0/24", False),
        ("https://[2001:db8::1]/x", "2001:db8::1", True),
        ("https://[2001:db8::1]/x", "[2001:db8::1]:443", True),
        ("https://[2001:db8::1]/x", "2001:db8::/32", True),
        ("https://[2001:db8::1]/x", "2001:db9::/32", False),
    ],
)
def test_no_proxy_lists_addresses(
    url: str, listed: str, is_exempt: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("NO_PROXY", listed)
    assert bool(proxy_for(httpx2.URL(url))) is not is_exempt


def test_each_scheme_has_a_proxy_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    assert proxy_for(httpx2.URL("https://id.example.test"))
    assert not proxy_for(httpx2.URL("http://127.0.0.1:9000"))
    monkeypatch.setenv("ALL_PROXY", "https://other.test")
    assert proxy_for(httpx2.URL("http://127.0.0.1:9000")) == "https://other.test"
