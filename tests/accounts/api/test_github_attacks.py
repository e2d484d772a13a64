"""What somebody tries who wants into an account of somebody else with GitHub's help."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from accounts.federation.conversion import COOKIE as CONVERSION_COOKIE
from accounts.models import User, UserLink
from coderauth.http.csrf import SESSION_COOKIE
from tests.accounts.github_visitor import CALLBACK, Visitor
from tests.expect import turned_away
from tests.github_server import GithubPerson, GithubServer, address
from tests.people import make_user

pytestmark = pytest.mark.django_db


def enters(response: Any) -> bool:
    return response.status_code == 307 and bool(response.cookies[SESSION_COOKIE].value)


@pytest.mark.parametrize(
    ("forged", "path"),
    [
        ("https://malicious.com/my/path", "/my/path"),
        ("//malicious.com/my/path", "/my/path"),
        ("/\\malicious.com", "/malicious.com"),
        ("\\\\malicious.com", "/malicious.com"),
        ("https:malicious.com", "/malicious.com"),
        ("javascript:alert(1)", "/alert(1)"),
        ("/\t/malicious.com", "/"),
        ("http://[malicious", "/"),
        ("", "/"),
        ("/templates?a=b#c", "/templates?a=b"),
    ],
)
def test_a_forged_redirect_stays_on_this_site(github: GithubServer, forged: str, path: str) -> None:
    visitor = Visitor()
    back = visitor.agree()
    visitor.cookies["oauth_redirect"] = forged
    response = visitor.api(back)
    assert enters(response)
    parts = urlsplit(response.headers["Location"])
    assert not parts.netloc
    assert not parts.scheme
    assert response.headers["Location"] == path
    response = Visitor().sign_in(redirect=forged)
    assert enters(response)
    assert not urlsplit(response.headers["Location"]).netloc


def test_a_code_signs_in_once(github: GithubServer) -> None:
    visitor = Visitor()
    back = visitor.agree()
    assert enters(visitor.api(back))
    turned_away(visitor.api(back), 401, 'Cookie "oauth_state" must be provided.')
    assert enters(visitor.sign_in())


def test_a_thief_of_cookies_and_code_comes_too_late(github: GithubServer) -> None:
    visitor, thief = Visitor(), Visitor()
    back = visitor.agree()
    for name, morsel in visitor.cookies.items():
        thief.cookies[name] = morsel.value
    assert enters(visitor.api(back))
    turned_away(thief.api(back), 400, "Failed exchanging Oauth code.")
    assert enters(thief.sign_in())


def test_a_state_is_of_the_browser_that_asked(github: GithubServer) -> None:
    mallory, victim = Visitor(), Visitor()
    back = mallory.agree()
    turned_away(victim.api(back), 401, 'Cookie "oauth_state" must be provided.')
    victim.leave()
    turned_away(victim.api(back), 401, "State mismatched.")
    assert enters(mallory.api(back))


def test_a_code_is_of_the_browser_that_asked(github: GithubServer) -> None:
    mallory, victim = Visitor(), Visitor()
    code = parse_qs(urlsplit(mallory.agree()).query)["code"][0]
    state = parse_qs(urlsplit(victim.agree()).query)["state"][0]
    injected = f"{CALLBACK}?{urlencode({'code': code, 'state': state})}"
    turned_away(victim.api(injected), 400, "Failed exchanging Oauth code.")
    assert enters(victim.sign_in())


@pytest.mark.parametrize("missing", ["oauth_state", "oauth_pkce_verifier"])
def test_without_a_cookie_of_the_departure_nobody_enters(
    github: GithubServer, missing: str
) -> None:
    visitor = Visitor()
    back = visitor.agree()
    kept = visitor.cookies.pop(missing)
    assert not enters(visitor.api(back))
    visitor.cookies[missing] = kept.value
    assert enters(visitor.api(back))


@pytest.mark.parametrize("value", ["ü", "\x7f", "x" * 3000])
@pytest.mark.parametrize("where", ["code", "verifier", "state"])
def test_what_no_provider_issues_is_refused(github: GithubServer, value: str, where: str) -> None:
    visitor = Visitor()
    query = {name: found[0] for name, found in parse_qs(urlsplit(visitor.agree()).query).items()}
    if where == "verifier":
        visitor.cookies["oauth_pkce_verifier"] = value
    else:
        query[where] = value
    response = visitor.api(f"{CALLBACK}?{urlencode(query)}")
    assert response.status_code in {400, 401}
    assert SESSION_COOKIE not in response.cookies


def test_an_unverified_address_of_somebody_else_opens_nothing(github: GithubServer) -> None:
    victim = make_user("victim", login_type="github")
    github.person.emails = [
        address("mallory@example.test", primary=False),
        address(victim.email, verified=False),
    ]
    turned_away(Visitor().sign_in(), 400, "Your primary email must be verified on GitHub!")
    assert not UserLink.objects.exists()


def test_the_verified_address_of_a_linked_account_opens_nothing(github: GithubServer) -> None:
    first = Visitor()
    assert enters(first.sign_in())
    github.person = GithubPerson(id=666, login="mallory")  # With the very same address.
    mallory = Visitor()
    response = mallory.sign_in()
    assert response.status_code == 403
    assert SESSION_COOKIE not in response.cookies
    assert UserLink.objects.get().linked_id == "583231"


def test_moving_to_an_address_of_another_account_is_refused(github: GithubServer) -> None:
    other = make_user("other")
    visitor = Visitor()
    assert enters(visitor.sign_in())
    github.person.emails = [address(other.email)]
    response = visitor.sign_in()
    assert response.status_code == 409
    assert User.objects.get(username="octocat").email == "octocat@example.test"
    github.person.emails = [address("free@example.test")]
    assert enters(visitor.sign_in())


def test_a_conversion_needs_the_cookie_of_the_browser_that_proved_the_password(
    github: GithubServer,
) -> None:
    alice = make_user("alice")
    github.person.emails = [address(alice.email)]
    mallory = Visitor()
    mallory.cookies[CONVERSION_COOKIE] = "forged.jwt.value"
    back = mallory.agree(oidc_merge_state=f"convert-{'a' * 32}")
    turned_away(mallory.api(back), 400, "Error parsing jwt: it is not a token")
    alice.refresh_from_db()
    assert alice.login_type == "password"


def test_a_suspended_account_stays_out(github: GithubServer) -> None:
    visitor = Visitor()
    assert enters(visitor.sign_in())
    User.objects.filter(username="octocat").update(status="suspended")
    response = visitor.sign_in()
    assert response.status_code == 403
    assert SESSION_COOKIE not in response.cookies
    User.objects.filter(username="octocat").update(status="dormant")
    assert enters(visitor.sign_in())


def test_no_secret_of_github_is_in_an_answer_or_in_the_database(github: GithubServer) -> None:
    github.expires = True
    visitor = Visitor()
    response = visitor.sign_in()
    assert enters(response)
    answer = response.serialize().decode() + str(response.cookies)
    link = UserLink.objects.values().get()
    for secret in github.secrets:
        assert secret not in answer
        assert secret not in str(link)
