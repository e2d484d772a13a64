"""Signing in with a code that is typed at GitHub, as programs do it (accounts.md 2.19)."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from coderauth.http.csrf import SESSION_COOKIE
from tests.accounts.github_visitor import CALLBACK, DEVICE, Visitor
from tests.github_server import GithubServer, configured
from tests.people import make_user

pytestmark = pytest.mark.django_db

FIELDS = {"device_code", "user_code", "verification_uri", "expires_in", "interval"}


def poll(visitor: Visitor, state: str, code: str) -> Any:
    return visitor.api(f"{CALLBACK}?{urlencode({'code': code, 'state': state})}")


def state_of(location: str) -> str:
    return parse_qs(urlsplit(location).query)["state"][0]


def test_the_way_there_is_a_page_of_ours(device: GithubServer) -> None:  # accounts.md T152
    visitor = Visitor()
    location = visitor.leave(redirect="/templates")
    assert location.startswith("/login/device?state=")
    assert state_of(location) == visitor.cookies["oauth_state"].value
    assert len(state_of(location)) == 32
    assert device.asked == []


def test_the_person_who_typed_the_code_is_signed_in(
    device: GithubServer,
) -> None:  # accounts.md T152
    visitor = Visitor()
    state = state_of(visitor.leave())
    told = visitor.api(DEVICE).json()
    assert set(told) == FIELDS
    assert told["verification_uri"] == f"{device.url}/login/device"
    pending = poll(visitor, state, told["device_code"])
    assert pending.status_code == 400
    assert pending.json() == {
        "message": "Failed exchanging Oauth code.",
        "detail": "authorization_pending",
    }
    device.approve(told["user_code"])
    done = poll(visitor, state, told["device_code"])
    assert done.status_code == 200
    assert done.json() == {"redirect_url": "/"}
    assert done.cookies[SESSION_COOKIE].value
    assert visitor.user is not None
    assert visitor.user.username == "octocat"


def test_polling_too_fast_is_refused_with_a_reason(device: GithubServer) -> None:
    visitor = Visitor()
    state = state_of(visitor.leave())
    told = visitor.api(DEVICE).json()
    device.approve(told["user_code"])
    device.devices[told["device_code"]].interval = 5
    device.devices[told["device_code"]].polled_at = 10**9
    slow = poll(visitor, state, told["device_code"])
    assert (slow.status_code, slow.json()["detail"]) == (400, "slow_down")
    device.devices[told["device_code"]].interval = 0
    device.devices[told["device_code"]].polled_at = 0
    assert poll(visitor, state, told["device_code"]).status_code == 200


@pytest.mark.parametrize("refusal", ["access_denied", "expired_token"])
def test_a_person_who_did_not_agree_is_not_signed_in(device: GithubServer, refusal: str) -> None:
    visitor = Visitor()
    state = state_of(visitor.leave())
    told = visitor.api(DEVICE).json()
    device.devices[told["device_code"]].refusal = refusal
    response = poll(visitor, state, told["device_code"])
    assert (response.status_code, response.json()["detail"]) == (400, refusal)
    assert SESSION_COOKIE not in response.cookies
    device.approve(told["user_code"])
    assert poll(visitor, state, told["device_code"]).status_code == 200


def test_a_device_code_is_good_once_and_in_one_browser(device: GithubServer) -> None:
    visitor, mallory = Visitor(), Visitor()
    state = state_of(visitor.leave(redirect="/templates"))
    told = visitor.api(DEVICE).json()
    device.approve(told["user_code"])
    assert poll(mallory, state, told["device_code"]).status_code == 401
    mallory.leave()
    assert poll(mallory, state, told["device_code"]).status_code == 401
    assert poll(visitor, state, told["device_code"]).json() == {"redirect_url": "/templates"}
    state = state_of(visitor.leave())
    again = poll(visitor, state, told["device_code"])
    assert (again.status_code, again.json()["detail"]) == (400, "incorrect_device_code")


def test_refusals_are_json_with_their_reason_as_detail(device: GithubServer, settings: Any) -> None:
    settings.GITHUB_PROVIDER = configured(
        device, allowed_orgs="initech", allow_signups="true", device_flow="true"
    )
    visitor = Visitor()

    def signed_in_by_device() -> Any:
        state = state_of(visitor.leave())
        told = visitor.api(DEVICE).json()
        device.approve(told["user_code"])
        return poll(visitor, state, told["device_code"])

    response = signed_in_by_device()
    assert response.status_code == 401
    assert "Location" not in response.headers
    assert response.json() == {
        "message": "Unauthorized",
        "detail": "You aren't a member of the authorized Github organizations!",
    }
    device.person.organizations = {"Initech": "active"}
    assert signed_in_by_device().status_code == 200


def test_pages_are_json_when_sign_ups_are_off(device: GithubServer, settings: Any) -> None:
    make_user("owner", roles=["owner"])
    settings.GITHUB_PROVIDER = configured(device, allow_everyone="true", device_flow="true")
    visitor = Visitor()
    state = state_of(visitor.leave())
    told = visitor.api(DEVICE).json()
    device.approve(told["user_code"])
    response = visitor.api(
        f"{CALLBACK}?{urlencode({'code': told['device_code'], 'state': state})}", accept="text/html"
    )
    assert response.status_code == 403
    assert response.json()["message"] == "Signups are disabled"


def test_the_device_flow_must_be_switched_on(github: GithubServer, settings: Any) -> None:
    response = Visitor().api(DEVICE)
    assert response.status_code == 400
    assert response.json()["message"] == "Device flow is not enabled for Github OAuth2."
    settings.GITHUB_PROVIDER = None
    response = Visitor().api(DEVICE)
    assert response.status_code == 400
    assert response.json()["message"] == "Github OAuth2 is not enabled."
    settings.GITHUB_PROVIDER = configured(github, allow_everyone="true", device_flow="true")
    assert Visitor().api(DEVICE).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"error": "device_flow_disabled", "device_code": None},
        {"device_code": 1},
        {"device_code": "x" * 600},
        {"user_code": "<b>\n"},
        {"verification_uri": "javascript:alert(1)"},
        {"expires_in": "899"},
        {"expires_in": -1},
        {"interval": 0},
        {"interval": True},
    ],
)
def test_an_answer_that_cannot_be_shown_is_refused(
    device: GithubServer, changed: dict[str, Any]
) -> None:
    good = device.begin_device({"client_id": "Iv1.coderauth"}) | {"interval": 5}
    device.trouble["/login/device/code"] = lambda handler: handler.answer({**good, **changed})
    response = Visitor().api(DEVICE)
    assert response.status_code == 502
    assert response.json()["message"] == "Failed to authorize device."
    del good["interval"]  # It may be missing (RFC 8628 3.2).
    device.trouble["/login/device/code"] = lambda handler: handler.answer(good)
    assert Visitor().api(DEVICE).json()["interval"] == 5
