"""The way to a provider and back: what the browser brings must be its own (accounts.md 2.19)."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from accounts.models import User
from coderauth.http.csrf import SESSION_COOKIE
from tests.accounts.oidc_visitor import CALLBACK, PAGE, Visitor, path_of
from tests.expect import refused
from tests.lying_provider import DOWN, TOKEN, LyingProvider, lying_provider
from tests.oidc import configure, oidc_config, query_of

OTHER_PROVIDER = "The answer is not from the provider that was asked."
AGAIN = "Please sign in again; if that does not help, ask an administrator."
STATE = "convert-" + "a" * 32


def agreed(visitor: Visitor, provider: LyingProvider, **query: str) -> str:
    """Go to the provider and sign in there; return the path that it leads back to."""
    return path_of(provider.authorize(visitor.leave(**query)))


# --- leaving --------------------------------------------------------------------------------
# accounts.md T180
def test_the_provider_must_be_configured(provider: LyingProvider, settings: Any) -> None:
    assert Visitor().api(CALLBACK).status_code == 307
    for path in (CALLBACK.replace("oidc", "oidc/1"), "/api/v2/users/oauth2/github/callback"):
        for query in ("", "?code=x&state=y", "?error=x"):
            refused(
                Visitor().api(path + query), 400, "The oauth2 method requested is not configured!"
            )
    settings.OIDC_PROVIDERS = {}
    refused(Visitor().api(CALLBACK), 400, "The oauth2 method requested is not configured!")


def test_leaving_keeps_what_must_come_back(provider: LyingProvider) -> None:  # accounts.md T181
    visitor = Visitor()
    response = visitor.api(f"{CALLBACK}?redirect=/somewhere%3Fa=b")
    assert response.status_code == 307
    assert list(response.cookies)[:2] == ["oauth_state", "oauth_redirect"]
    assert response.cookies["oauth_redirect"].value == "/somewhere?a=b"
    assert response.headers["Cache-Control"] == "no-store"
    asked = query_of(response.headers["Location"])
    assert asked["state"] == response.cookies["oauth_state"].value
    assert len(asked["state"]) == 32
    assert asked["response_type"] == "code"
    assert asked["redirect_uri"] == f"http://127.0.0.1:3000{CALLBACK}"
    assert asked["scope"] == "openid profile email"
    for cookie in response.cookies.values():
        assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/", True, "Lax")
        assert (cookie["max-age"], cookie["expires"], cookie["domain"]) == ("", "", "")


def test_an_old_destination_never_lingers(provider: LyingProvider) -> None:
    visitor = Visitor()
    visitor.leave(redirect="/old")
    visitor.leave()
    assert visitor.cookies["oauth_redirect"].value == ""


def test_each_departure_is_another(provider: LyingProvider) -> None:
    visitor = Visitor()
    urls = [query_of(visitor.leave()) for _ in range(3)]
    for name in ("state", "nonce", "code_challenge"):
        assert len({url[name] for url in urls}) == 3
    assert visitor.cookies["oauth_pkce_verifier"].value not in str(urls)


@pytest.mark.parametrize(
    ("redirect", "kept"),
    [
        ("https://malicious.test/foo/bar?hello=world&bar=baz#x", "/foo/bar?hello=world&bar=baz"),
        ("//malicious.test/foo", "/foo"),
        ("/\\malicious.test", "/malicious.test"),
        ("/\t/malicious.test", "/malicious.test"),
        ("javascript:alert(1)", "/alert(1)"),
        ("https://[", "/"),
        ("////malicious.test//x", "/malicious.test//x"),
    ],
)
def test_only_the_path_of_a_destination_is_kept(
    provider: LyingProvider, redirect: str, kept: str
) -> None:  # accounts.md T182, T177
    visitor = Visitor()
    back = agreed(visitor, provider, redirect=redirect)
    assert visitor.cookies["oauth_redirect"].value in {kept, "/"}
    response = visitor.api(back)
    assert response.status_code == 307
    assert response.headers["Location"] in {kept, "/"}


def test_configured_parameters_are_passed_on(provider: LyingProvider, settings: Any) -> None:
    assert "prompt" not in query_of(Visitor().leave())
    extra = {"access_type": "offline", "prompt": "select account&x=y"}
    configure(settings, oidc_config(provider.issuer, authorize_params=extra))  # accounts.md T187
    asked = query_of(Visitor().leave())
    assert asked["access_type"] == "offline"
    assert asked["prompt"] == "select account&x=y"


def test_the_state_of_a_conversion_is_the_state(provider: LyingProvider, settings: Any) -> None:
    settings.SECURE_AUTH_COOKIE, settings.SAMESITE_AUTH_COOKIE = True, "none"  # accounts.md T188
    response = Visitor().api(f"{CALLBACK}?oidc_merge_state={STATE}")
    cookie = response.cookies["oauth_state"]
    assert (cookie.value, cookie["secure"], cookie["samesite"]) == (STATE, True, "None")
    assert query_of(response.headers["Location"])["state"] == STATE


@pytest.mark.parametrize(
    "state", ["a" * 32, "convert-", "convert-short", STATE + "a", STATE[:-1] + "\n", "x" + STATE]
)
def test_no_other_state_is_taken_from_a_link(provider: LyingProvider, state: str) -> None:
    """Otherwise an attacker could choose the state that protects from them (accounts.md H8)."""
    visitor = Visitor()
    visitor.leave(oidc_merge_state=state)
    assert visitor.cookies["oauth_state"].value != state
    assert len(visitor.cookies["oauth_state"].value) == 32


# --- coming back ----------------------------------------------------------------------------
def test_what_comes_back_is_good_once(provider: LyingProvider) -> None:  # accounts.md T186
    visitor = Visitor()
    back = agreed(visitor, provider, redirect="/after")
    response = visitor.api(back + "&redirect=/another")
    assert response.status_code == 307
    assert response.headers["Location"] == "/after"
    assert response.cookies[SESSION_COOKIE]["httponly"]
    assert visitor.user == User.objects.get(email="ada@example.test")
    assert visitor.kept() == {}
    refused(visitor.api(back), 401, 'Cookie "oauth_state" must be provided.')


def test_a_replayed_code_is_refused(provider: LyingProvider) -> None:
    visitor = Visitor()
    back = agreed(visitor, provider)
    kept = visitor.kept()
    assert visitor.api(back).status_code == 307
    thief = Visitor()
    for name, value in kept.items():
        thief.cookies[name] = value
    answer = thief.api(back)
    assert answer.status_code == 400
    assert answer.json()["message"] == "Failed exchanging Oauth code."
    assert thief.user is None
    assert query_of(back)["code"] not in answer.content.decode()


def test_the_query_names_the_destination_when_no_cookie_does(provider: LyingProvider) -> None:
    visitor = Visitor()
    back = agreed(visitor, provider)
    del visitor.cookies["oauth_redirect"]
    response = visitor.api(f"{back}&redirect={quote('https://evil.test/x')}")
    assert response.headers["Location"] == "/x"


@pytest.mark.parametrize(
    ("forged", "leads_to"),
    [
        ("https://malicious.com/my/path", "/my/path"),
        ("//malicious.com", "/"),
        ("/\\malicious.com", "/"),
        ("", "/"),
    ],
)
def test_a_forged_destination_stays_on_this_site(
    provider: LyingProvider, forged: str, leads_to: str
) -> None:
    visitor = Visitor()
    back = agreed(visitor, provider, redirect="/after")
    visitor.cookies["oauth_redirect"] = forged
    location = visitor.api(back).headers["Location"]
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
    assert location in {leads_to, "/malicious.com"}


@pytest.mark.parametrize(
    ("lost", "status", "message"),
    [
        ("state", 400, "State must be provided."),  # accounts.md T183
        ("oauth_state", 401, 'Cookie "oauth_state" must be provided.'),  # accounts.md T184
        ("oauth_pkce_verifier", 400, "PKCE challenge must be provided."),
    ],
)
def test_what_is_lost_on_the_way_is_said(
    provider: LyingProvider, lost: str, status: int, message: str
) -> None:
    visitor = Visitor()
    back = agreed(visitor, provider)
    without = visitor.cookies.pop(lost, None)
    query = {name: value for name, value in query_of(back).items() if name != lost}
    refused(visitor.api(f"{CALLBACK}?{urlencode(query)}"), status, message)
    assert visitor.user is None
    if without is not None:
        visitor.cookies[lost] = without.value
    assert visitor.api(back).status_code == 307


# accounts.md T185
def test_the_state_of_another_browser_is_refused(provider: LyingProvider) -> None:
    """Or else a link could sign somebody in to the account of whoever made it."""
    attacker, victim = Visitor(), Visitor()
    back = agreed(attacker, provider)
    refused(victim.api(back), 401, 'Cookie "oauth_state" must be provided.')
    victim.leave()
    before = victim.kept()
    refused(victim.api(back), 401, "State mismatched.")
    assert victim.user is None
    assert victim.kept() == before  # Its own sign-in can go on.
    assert attacker.api(back).status_code == 307


def test_a_code_of_another_browser_is_refused(provider: LyingProvider) -> None:
    """With one's own state, the verifier and the nonce still tell (RFC 9700 4.5)."""
    attacker, victim = Visitor(), Visitor()
    stolen = query_of(agreed(attacker, provider))["code"]
    own = query_of(agreed(victim, provider))
    answer = victim.api(f"{CALLBACK}?{urlencode({**own, 'code': stolen})}")
    assert (answer.status_code, victim.user) == (400, None)
    provider.document = {"code_challenge_methods_supported": []}  # Without PKCE: the nonce.


def test_without_pkce_the_nonce_still_ties_a_code_to_its_browser(provider: LyingProvider) -> None:
    provider.document = {"code_challenge_methods_supported": []}
    attacker, victim = Visitor(), Visitor()
    stolen = query_of(agreed(attacker, provider))["code"]
    own = query_of(agreed(victim, provider))
    answer = victim.api(f"{CALLBACK}?{urlencode({**own, 'code': stolen})}")
    refused_for_nonce = answer.json()
    assert refused_for_nonce["message"] == "Failed to verify OIDC token."
    assert "nonce" in refused_for_nonce["detail"]
    again = agreed(victim, provider)
    assert victim.api(again).status_code == 307


@pytest.mark.parametrize("code", ["\0", "é", "a" * 5000, "&grant_type=password", "%00", " "])
def test_a_code_of_any_kind_is_a_refusal_at_most(provider: LyingProvider, code: str) -> None:
    visitor = Visitor()
    own = query_of(agreed(visitor, provider))
    answer = visitor.api(f"{CALLBACK}?{urlencode({**own, 'code': code})}")
    assert answer.status_code == 400
    assert visitor.user is None


@pytest.mark.parametrize("state", ["é", "\0", "a" * 5000])
def test_a_state_of_any_kind_is_a_refusal_at_most(provider: LyingProvider, state: str) -> None:
    visitor = Visitor()
    own = query_of(agreed(visitor, provider))
    refused(
        visitor.api(f"{CALLBACK}?{urlencode({**own, 'state': state})}"), 401, "State mismatched."
    )


def test_an_answer_must_be_of_the_provider_that_was_asked(provider: LyingProvider) -> None:
    """RFC 9207: before the code is shown to anybody."""
    visitor = Visitor()
    back = agreed(visitor, provider)
    answer = visitor.api(f"{back}&iss=https://evil.test")
    refused(answer, 400, OTHER_PROVIDER, detail=AGAIN)
    assert not provider.token_requests
    back = agreed(visitor, provider)
    assert visitor.api(f"{back}&iss={quote(provider.issuer)}").status_code == 307


def test_a_provider_that_names_itself_must_do_so(provider: LyingProvider) -> None:
    provider.document = {"authorization_response_iss_parameter_supported": True}
    visitor = Visitor()
    refused(visitor.api(agreed(visitor, provider)), 400, OTHER_PROVIDER, detail=AGAIN)
    back = agreed(visitor, provider)
    assert visitor.api(f"{back}&iss={quote(provider.issuer)}").status_code == 307


# --- two providers --------------------------------------------------------------------------
def test_two_providers_are_never_mixed_up(provider: LyingProvider, settings: Any) -> None:
    """A malicious one leads the browser on to an honest one (RFC 9700 4.4)."""
    with lying_provider() as other:
        other.tell(email="eve@example.test")
        own, second = oidc_config(provider.issuer), oidc_config(other.issuer, id="1")
        configure(settings, own, replace(second, client_id="coderauth"))
        numbered = CALLBACK.replace("oidc", "oidc/1")
        visitor = Visitor()

        # The code of the first, at the callback of the second.
        back = query_of(agreed(visitor, provider))
        assert visitor.api(f"{numbered}?{urlencode(back)}").status_code == 400
        assert visitor.user is None

        # The second asks the first in our name, with the state and nonce that it was given.
        url = visitor.leave(numbered)
        mixed = url.replace(other.issuer, provider.issuer).replace("oidc%2F1%2F", "oidc%2F")
        mixed = mixed.replace("oidc/1/", "oidc/")
        answer = visitor.api(path_of(provider.authorize(mixed)))
        assert answer.json()["message"] == "Failed to verify OIDC token."
        assert "nonce" in answer.json()["detail"]
        assert visitor.user is None

        # The second passes on an ID token of the first.
        taken = provider.id_token({"client_id": "coderauth"}, "x")
        other.make_id_token = lambda *_: taken
        answer = visitor.api(path_of(other.authorize(visitor.leave(numbered))))
        assert answer.json()["message"] == "Failed to verify OIDC token."
        assert visitor.user is None

        other.make_id_token = None
        answer = visitor.api(path_of(other.authorize(visitor.leave(numbered))))
        assert answer.status_code == 307
        assert visitor.user == User.objects.get(email="eve@example.test")
        assert Visitor().api(agreed(Visitor(), provider)).status_code == 401


# --- what the provider refuses, and how it is told ------------------------------------------
def test_a_refusal_of_the_provider_is_told(provider: LyingProvider) -> None:
    visitor = Visitor()
    visitor.leave()
    query = {"error": "access_denied", "error_description": "No.", "error_uri": "https://x.test"}
    answer = visitor.api(f"{CALLBACK}?{urlencode(query)}")
    refused(
        answer,
        400,
        "Encountered error in oidc process: access_denied",
        detail="No., error_uri: https://x.test",
    )
    assert visitor.api(f"{CALLBACK}?error=x&code=y&state=z").status_code == 400
    assert visitor.kept()


def test_browsers_get_pages_and_programs_json(provider: LyingProvider) -> None:
    path = f"{CALLBACK}?code=x"
    assert Visitor().api(path).headers["Content-Type"].startswith("application/json")
    page = Visitor().api(path, **PAGE)
    assert page.status_code == 400
    assert page.headers["Content-Type"].startswith("text/html")
    assert page.headers["Cache-Control"] == "no-store"


def test_no_script_comes_back_in_a_page(provider: LyingProvider) -> None:
    query = {"error": "<script>alert(1)</script>", "error_description": "<img onerror=x>"}
    page = Visitor().api(f"{CALLBACK}?{urlencode(query)}", **PAGE)
    assert b"<script>alert" not in page.content
    assert b"<img onerror" not in page.content


def test_what_was_used_leaves_the_browser_even_when_it_is_refused(
    provider: LyingProvider,
) -> None:
    visitor = Visitor()
    back = agreed(visitor, provider)
    provider.tell(email_verified=False)
    assert visitor.api(back).status_code == 403
    assert visitor.kept() == {}


@pytest.mark.parametrize("headers", [{}, PAGE])
def test_after_a_failure_of_the_provider_the_browser_may_try_again(
    provider: LyingProvider, headers: dict[str, str]
) -> None:
    visitor = Visitor()
    back = agreed(visitor, provider)
    provider.answers[TOKEN] = DOWN[0]
    assert visitor.api(back, **headers).status_code == 502
    provider.answers.clear()
    assert visitor.api(back, **headers).status_code == 307


def test_both_spellings_of_the_path_work(provider: LyingProvider) -> None:
    visitor = Visitor()
    assert visitor.api(f"{CALLBACK}/").status_code == 307
    assert (
        visitor.api(agreed(visitor, provider).replace("callback", "callback/")).status_code == 307
    )


# --- limits ---------------------------------------------------------------------------------
def test_sign_ins_are_limited_for_each_provider(provider: LyingProvider, settings: Any) -> None:
    settings.RATE_LIMITS_ENABLED, settings.LOGIN_RATE_LIMIT = True, 3
    others = [oidc_config(f"{provider.issuer}/{number}", id=number) for number in ("1", "7")]
    configure(settings, oidc_config(provider.issuer), *others)
    for _ in range(3):
        assert Visitor().api(f"{CALLBACK}?code=x").status_code == 400
    limited = Visitor().api(f"{CALLBACK}?code=x")
    assert limited.status_code == 429
    assert limited.headers["Retry-After"]
    assert Visitor().api(CALLBACK).status_code == 429
    assert Visitor().api(CALLBACK.replace("oidc", "oidc/1") + "?code=x").status_code == 400
    assert Visitor().api(CALLBACK.replace("oidc", "oidc/1") + "?code=x").status_code == 400
    assert Visitor().api(CALLBACK.replace("oidc", "oidc/1") + "?code=x").status_code == 400
    assert Visitor().api(CALLBACK.replace("oidc", "oidc/1") + "?code=x").status_code == 429
    assert Visitor().api(CALLBACK.replace("oidc", "oidc/7") + "?code=x").status_code == 400
    for number in range(2, 6):
        last = Visitor().api(CALLBACK.replace("oidc", f"oidc/{number}"))
    assert last.status_code == 429
