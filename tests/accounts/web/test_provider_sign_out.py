"""Signing out leads to the provider where that is configured (RP-Initiated Logout 1.0)."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from accounts.models import ProviderSession, User
from coderauth.http.csrf import SESSION_COOKIE
from scopes.models import Key
from tests.accounts.oidc_visitor import Visitor, path_of
from tests.leaks import dump, holding
from tests.lying_provider import DISCOVERY, LEFT_OUT, LyingProvider, fail, lying_provider, signed
from tests.oidc import configure, forget, oidc_config, query_of
from tests.pages import notices, text_of, visitor


@pytest.fixture
def provider(settings: Any, owner: User) -> Iterator[LyingProvider]:
    forget()
    with lying_provider() as running:
        running.tell(email="ada@example.test", preferred_username="ada")
        running.document = {"end_session_endpoint": running.issuer + "/logout?realm=a"}
        configure(
            settings, oidc_config(running.issuer, signs_out=True, sign_in_text="Example & Sons")
        )
        yield running


def sign_in(provider: LyingProvider) -> Visitor:
    browser = Visitor()
    assert browser.api(path_of(provider.authorize(browser.leave()))).status_code == 307
    return browser


def url_in(answer: Any) -> str:
    """Return where a page leads to, nothing for a redirect to the sign-in page."""
    if answer.status_code == 302:
        assert answer.headers["Location"] == "/login"
        return ""
    (url,) = {part.partition('"')[0] for part in answer.content.decode().split('href="http')[1:]}
    return "http" + str(url).replace("&amp;", "&")


def test_the_browser_is_led_to_the_provider(provider: LyingProvider, settings: Any) -> None:
    browser = sign_in(provider)
    key = browser.cookies[SESSION_COOKIE].value[:10]

    answer = browser.post("/logout")

    assert answer.status_code == 200
    assert answer.cookies[SESSION_COOKIE].value == ""
    assert not Key.objects.filter(pk=key).exists()
    assert "led to Example &amp; Sons to sign out there" in text_of(answer)
    url = url_in(answer)
    assert url.startswith(f"{provider.issuer}/logout?realm=a&")
    query = query_of(url)
    assert query["client_id"] == "coderauth"
    assert query["post_logout_redirect_uri"] == f"{settings.ACCESS_URL}/login"
    assert len(query["id_token_hint"].split(".")) == 3
    assert f"url={url}".replace("&", "&amp;") in answer.content.decode()


def test_by_default_it_is_not(provider: LyingProvider, settings: Any) -> None:
    configure(settings, oidc_config(provider.issuer))
    answer = sign_in(provider).post("/logout")
    assert url_in(answer) == ""
    assert not ProviderSession.objects.exists()  # Nothing is kept that nobody needs.


@pytest.mark.parametrize(
    "endpoint", [LEFT_OUT, None, "", 5, "javascript:alert(1)", "http://evil.test/logout"]
)
def test_a_provider_that_cannot_does_not_matter(provider: LyingProvider, endpoint: Any) -> None:
    provider.document = {"end_session_endpoint": endpoint}
    answer = sign_in(provider).post("/logout")
    assert url_in(answer) == ""
    assert notices(answer) == []


def test_a_provider_that_is_down_is_said(provider: LyingProvider) -> None:
    browser = sign_in(provider)
    key = browser.cookies[SESSION_COOKIE].value[:10]
    provider.answers[DISCOVERY] = fail
    forget()
    answer = browser.post("/logout")
    assert url_in(answer) == ""
    assert "maybe not at the provider" in notices(answer)[0]
    assert not Key.objects.filter(pk=key).exists()


def test_sessions_of_another_kind_stay_here(provider: LyingProvider, owner: User) -> None:
    assert url_in(visitor(owner).post("/logout")) == ""
    sign_in(provider)
    ada = User.objects.get(username="ada")
    assert url_in(visitor(ada).post("/logout")) == ""  # A key that `coder login` made.
    assert url_in(visitor().post("/logout")) == ""


def test_each_session_is_ended_by_its_own_token(provider: LyingProvider) -> None:
    first, second = sign_in(provider), sign_in(provider)
    leads = [query_of(url_in(browser.post("/logout"))) for browser in (first, second)]
    hints = [lead["id_token_hint"] for lead in leads]
    assert hints[0] != hints[1]


def test_a_hint_that_would_make_the_address_too_long_is_left_out(provider: LyingProvider) -> None:
    provider.tell(groups=["g" * 100] * 50)
    query = query_of(url_in(sign_in(provider).post("/logout")))
    assert "id_token_hint" not in query
    assert query["client_id"] == "coderauth"


def test_what_no_key_reads_is_left_out(provider: LyingProvider, settings: Any) -> None:
    browser = sign_in(provider)
    settings.ENCRYPTION_KEY = "another-key-another-key-another-key"
    assert "id_token_hint" not in query_of(url_in(browser.post("/logout")))


def test_the_token_is_in_plain_nowhere(provider: LyingProvider) -> None:
    made: list[str] = []

    def make(one: LyingProvider, claims: dict[str, Any]) -> str:
        made.append(signed(claims, one.key))
        return made[-1]

    provider.make_id_token = make
    browser = sign_in(provider)
    assert ProviderSession.objects.get().id_token
    assert holding(dump(), {made[0]}) == []
    assert urlsplit(url_in(browser.post("/logout"))).query.count(made[0]) == 1
