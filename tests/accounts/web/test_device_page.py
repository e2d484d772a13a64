"""The page that shows the code of the device flow, without JavaScript."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core import signing
from django.test import Client

from accounts.federation.device import SALT
from accounts.models import User
from coderauth.http.csrf import SESSION_COOKIE
from tests.accounts.github_visitor import CALLBACK, DEVICE, Visitor
from tests.github_server import GithubServer, configured
from tests.pages import notices, text_of
from tests.people import make_user

pytestmark = pytest.mark.django_db


def opened(**query: str) -> tuple[Visitor, str, Any]:
    """Begin to sign in; return the browser, the address of the page, and the page."""
    visitor = Visitor()
    path = visitor.leave(**query)
    return visitor, path, visitor.get(path)


def user_code(device: GithubServer) -> str:
    (only,) = device.devices.values()
    return only.user_code


def test_the_page_shows_the_code_and_where_to_type_it(device: GithubServer) -> None:
    _, path, page = opened()
    assert page.status_code == 200
    assert user_code(device) in text_of(page)
    assert f'href="{device.url}/login/device"' in page.content.decode()
    assert page.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    (code,) = device.devices
    assert code not in page.content.decode()
    assert code not in path
    cookie = page.cookies["oauth_device"]
    assert cookie["httponly"]
    assert cookie["path"] == "/login/device"
    assert cookie["samesite"] == "Lax"


def test_reloading_shows_the_same_code(device: GithubServer) -> None:
    visitor, path, page = opened()
    again = visitor.get(path)
    assert user_code(device) in text_of(page)
    assert user_code(device) in text_of(again)


def test_the_button_waits_and_then_signs_in(device: GithubServer) -> None:
    visitor, path, _ = opened(redirect="https://elsewhere.example.test/docs/api?a=b")
    waits = visitor.post(path)
    assert waits.status_code == 200
    assert "The code has not been entered yet" in text_of(waits)
    assert user_code(device) in text_of(waits)
    assert SESSION_COOKIE not in waits.cookies
    device.approve(user_code(device))
    enters = visitor.post(path)
    assert enters.status_code == 302
    assert enters.headers["Location"] == "/docs/api?a=b"
    assert enters.cookies[SESSION_COOKIE].value
    for name in ("oauth_state", "oauth_redirect", "oauth_pkce_verifier", "oauth_device"):
        assert enters.cookies[name]["max-age"] == 0
    assert User.objects.get().username == "octocat"


def test_the_interval_grows_when_the_button_was_pressed_too_soon(device: GithubServer) -> None:
    visitor, path, page = opened()
    assert 'data-interval="1"' in page.content.decode()
    (only,) = device.devices.values()
    only.interval, only.polled_at = 5, 10**9
    waits = visitor.post(path)
    assert "The code has not been entered yet" in text_of(waits)
    assert 'data-interval="6"' in waits.content.decode()


# What somebody planted before the sign-in must not be good for the forms after it.
def test_signing_in_gives_the_forms_another_secret(device: GithubServer) -> None:
    visitor, path, _ = opened()
    cookie = settings.CSRF_COOKIE_NAME
    before = visitor.cookies[cookie].value
    device.approve(user_code(device))

    assert visitor.post(path).status_code == 302

    assert visitor.cookies[cookie].value != before


@pytest.mark.parametrize("other", ["nothing", "another browser", "another state", "no state"])
def test_the_page_is_of_the_browser_that_began(device: GithubServer, other: str) -> None:
    visitor, path, _ = opened()
    device.approve(user_code(device))
    mallory, at = Visitor(), path
    if other != "nothing":
        mallory = opened()[0]
    if other == "another state":
        mallory, at = visitor, f"{path}x"
    if other == "no state":
        mallory, at = visitor, "/login/device"
    for response in (mallory.get(at), mallory.post(at)):
        assert response.status_code == 302
        assert response.headers["Location"] == "/login"
        assert notices(response)[0].startswith("That sign-in is over")
        assert SESSION_COOKIE not in response.cookies
    assert visitor.post(path).cookies[SESSION_COOKIE].value


def test_a_code_of_somebody_else_cannot_be_planted(device: GithubServer) -> None:
    victim, path, page = opened()
    _, _, planted = opened()
    for code in device.devices.values():
        device.approve(code.user_code)
    own = page.cookies["oauth_device"].value
    forged = signing.loads(own, salt=SALT)
    for cookie in (
        planted.cookies["oauth_device"].value,
        signing.dumps(forged, salt="another", key="k"),
        own[:-1] + ("A" if own[-1] != "A" else "B"),
        "",
    ):
        victim.cookies["oauth_device"] = cookie
        response = victim.post(path)
        assert response.headers["Location"] == "/login"
        assert SESSION_COOKIE not in response.cookies
    victim.cookies["oauth_device"] = own
    assert victim.post(path).cookies[SESSION_COOKIE].value


def test_a_code_that_has_ended_is_not_redeemed(device: GithubServer, monkeypatch: Any) -> None:
    visitor, path, page = opened()
    device.approve(user_code(device))
    kept = signing.loads(page.cookies["oauth_device"].value, salt=SALT)
    visitor.cookies["oauth_device"] = signing.dumps({**kept, "ends_at": 1}, salt=SALT)
    assert visitor.post(path).headers["Location"] == "/login"
    visitor.cookies["oauth_device"] = signing.dumps(kept, salt=SALT)
    assert visitor.post(path).cookies[SESSION_COOKIE].value


@pytest.mark.parametrize("refusal", ["access_denied", "expired_token"])
def test_a_refusal_ends_the_sign_in(device: GithubServer, refusal: str) -> None:
    visitor, path, _ = opened()
    (only,) = device.devices.values()
    only.refusal = refusal
    response = visitor.post(path)
    assert response.status_code == 400
    assert "Signing in did not work" in text_of(response)
    assert 'href="/login"' in response.content.decode()
    assert response.cookies["oauth_device"]["max-age"] == 0


def test_a_person_who_may_not_sign_in_is_told_why(device: GithubServer, settings: Any) -> None:
    settings.GITHUB_PROVIDER = configured(
        device, allowed_orgs="initech", allow_signups="true", device_flow="true"
    )
    visitor, path, _ = opened()
    device.approve(user_code(device))
    response = visitor.post(path)
    assert response.status_code == 401
    assert "You aren't a member of the authorized Github organizations!" in text_of(response)
    assert not User.objects.exists()


def test_a_person_who_may_not_sign_up_is_told_so(device: GithubServer, settings: Any) -> None:
    make_user("owner", roles=["owner"])
    settings.GITHUB_PROVIDER = configured(device, allow_everyone="true", device_flow="true")
    visitor, path, _ = opened()
    device.approve(user_code(device))
    response = visitor.post(path)
    assert response.status_code == 403
    assert "Signups are disabled" in text_of(response)
    assert SESSION_COOKIE not in response.cookies


def test_trouble_of_github_is_told_and_passes(device: GithubServer) -> None:
    visitor, path, _ = opened()
    device.approve(user_code(device))
    device.trouble["/login/oauth/access_token"] = lambda handler: handler.answer({}, 500)
    response = visitor.post(path)
    assert response.status_code == 502
    assert "cannot be reached" in text_of(response)
    assert user_code(device) in text_of(response)
    device.trouble.clear()
    assert visitor.post(path).cookies[SESSION_COOKIE].value


def test_a_code_that_github_does_not_issue_is_told(device: GithubServer) -> None:
    device.trouble["/login/device/code"] = lambda handler: handler.answer({}, 500)
    _, _, page = opened()
    assert page.status_code == 502
    assert "Failed to authorize device." in text_of(page)
    device.trouble.clear()
    assert opened()[2].status_code == 200


def test_the_page_and_the_api_share_their_limit(device: GithubServer, settings: Any) -> None:
    settings.RATE_LIMITS_ENABLED = True
    settings.LOGIN_RATE_LIMIT = 3
    visitor, path, _ = opened()  # The way there is the first request.
    assert visitor.api(CALLBACK).status_code == 307
    assert visitor.get(path).headers["Location"] == "/login"  # It was begun again.
    path = f"/login/device?state={visitor.cookies['oauth_state'].value}"
    assert [visitor.get(path).status_code for _ in range(3)] == [200, 200, 200]
    assert [visitor.post(path).status_code for _ in range(2)] == [200, 429]
    assert visitor.api(CALLBACK).status_code == 429


def test_codes_are_limited_as_those_of_the_api_are(device: GithubServer, settings: Any) -> None:
    settings.RATE_LIMITS_ENABLED = True
    settings.LOGIN_RATE_LIMIT = 2
    visitor, path, _ = opened()
    assert visitor.api(DEVICE).status_code == 200
    visitor.cookies.pop("oauth_device")
    response = visitor.get(path)
    assert response.status_code == 429
    assert "Retry-After" in response.headers
    assert len(device.devices) == 2


def test_the_form_is_protected(device: GithubServer) -> None:
    visitor, path, _ = opened()
    device.approve(user_code(device))
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = visitor.cookies
    assert strict.post(path).status_code == 403
    token = strict.get(path).context["csrf_token"]
    entered = strict.post(path, {"csrfmiddlewaretoken": str(token)})
    assert entered.cookies[SESSION_COOKIE].value


def test_without_the_device_flow_there_is_no_page(device: GithubServer, settings: Any) -> None:
    visitor, path, _ = opened()
    visitor.cookies.pop("oauth_device")
    settings.GITHUB_PROVIDER = configured(device, allow_everyone="true")
    response = visitor.get(path)
    assert response.status_code == 400
    assert urlsplit(path).path == "/login/device"
    assert "Device flow is not enabled" in text_of(response)
