"""Sensitive acts in a browser want a sign-in of lately."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from coderauth.http.csrf import SESSION_COOKIE
from coderauth.http.csrf_token import new_token
from scopes.models import Key
from tests.pages import text_of, visitor
from tests.people import PASSWORD, make_key, signed_in

LONG_AGO = timezone.now() - timedelta(hours=2)


def old_browser(user: User) -> Any:
    """Return a browser that signed in two hours ago."""
    return visitor(user, created_at=LONG_AGO)


def wish_of(client: Any, **changed: Any) -> dict[str, Any]:
    page = client.get("/keys/new").content.decode()
    form_id = re.search(r'name="form_id" value="([^"]+)"', page).group(1)  # type: ignore[union-attr]
    return {"form_id": form_id, "token_name": "ci", "reach": "some", "ends": "7", **changed}


def test_a_key_for_everything_wants_the_password_again(alice: User) -> None:
    client = old_browser(alice)
    before = client.cookies[SESSION_COOKIE].value

    asked = client.post("/keys/new", wish_of(client, reach="all"))

    assert asked.url.startswith("/login/again?next=%2Fkeys%2Fnew%3Fname%3Dci")
    assert not Key.objects.tokens().exists()
    wrong = client.post(asked.url, {"password": "wrong"})
    assert wrong.status_code == 401
    proved = client.post(
        "/login/again", {"password": PASSWORD, "next": "/keys/new?name=ci&reach=all"}
    )
    assert proved.url == "/keys/new?name=ci&reach=all"
    assert client.cookies[SESSION_COOKIE].value != before
    assert not Key.objects.filter(pk=before[:10]).exists(), "the session before has ended"
    assert client.post("/keys/new", wish_of(client, reach="all")).status_code == 200


def test_a_narrow_key_of_ones_own_asks_for_nothing(alice: User) -> None:
    client = old_browser(alice)

    made = client.post("/keys/new", wish_of(client, scopes=["workspace:read"]))

    assert made.status_code == 200


def test_what_was_chosen_is_kept_over_the_proof(alice: User) -> None:
    page = visitor(alice).get("/keys/new?name=ci&reach=all&lifetime=30").content.decode()

    assert re.search(r'value="all"\s+id="reach-all"\s+checked', page)
    assert re.search(r'value="30"\s+id="ends-30"\s+checked', page)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/admin/people/alice/roles", {"roles": ["auditor"]}),
        ("/admin/people/alice/end-access", {}),
        ("/keys/{key}/revoke", {}),
        ("/keys/{key}/expire", {}),
    ],
)
def test_roles_and_others_keys_want_it_too(
    alice: User, owner: User, path: str, data: dict[str, Any]
) -> None:
    where = path.format(key=make_key(alice, login_type="token")[:10])

    assert old_browser(owner).post(where, data).url.startswith("/login/again?next=")
    assert not visitor(owner).post(where, data).url.startswith("/login/again")


def test_a_setting_switches_it_off(alice: User, settings: Settings) -> None:
    settings.REAUTHENTICATE_AFTER = timedelta(0)
    client = old_browser(alice)

    assert client.post("/keys/new", wish_of(client, reach="all")).status_code == 200


def test_the_api_says_so_to_callers_with_the_cookie_only(alice: User) -> None:
    old = make_key(alice, created_at=LONG_AGO)
    token = new_token()
    refused = Client().post(
        "/api/v2/users/me/keys/tokens",
        b"{}",
        content_type="application/json",
        headers={
            "Cookie": f"{SESSION_COOKIE}={old}; csrf_token={token}",
            "X-CSRF-Token": token,
        },
    )
    assert refused.status_code == 403, refused.content
    assert refused.json()["message"] == "Sign in again to do this."
    assert (
        signed_in(alice, created_at=LONG_AGO).post("/users/me/keys/tokens", {}).status_code == 201
    )


def test_the_page_leads_to_this_site_only(alice: User) -> None:
    sent = {"password": PASSWORD, "next": "https://evil.example"}

    assert visitor(alice).post("/login/again", sent).url == "/"
    assert "Is it you?" in text_of(visitor(alice).get("/login/again"))
