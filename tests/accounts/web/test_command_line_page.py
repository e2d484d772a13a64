"""`/cli-auth`: a signed-in person gets a session key to paste into `coder login`."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from audit.models import Entry
from coderauth.http.csrf import SESSION_COOKIE
from scopes.models import Key
from tests.expect import audited
from tests.pages import text_of, visitor
from tests.people import PASSWORD, Api, make_key

SECRET = re.compile(r"[0-9A-Za-z]{10}-[0-9A-Za-z]{22}")


def secrets_of(response: Any) -> list[str]:
    return SECRET.findall(response.content.decode())


def test_a_button_makes_a_session_key_that_is_shown_once(alice: User) -> None:
    client = visitor(alice)
    asked = client.get("/cli-auth")
    assert (asked.status_code, secrets_of(asked)) == (200, [])
    assert "signed in as alice" in text_of(asked)

    made = client.post("/cli-auth")

    (secret,) = secrets_of(made)
    assert Api(secret).get("/users/me").json()["username"] == "alice"
    key = Key.objects.get(pk=secret[:10])
    assert (key.login_type, key.name, key.lifetime_seconds) == ("password", "", 604_800)
    assert audited() == [("create", "api_key", 201)]
    assert secrets_of(client.get("/cli-auth")) == []


def test_the_key_is_in_no_cache_cookie_header_and_record(alice: User) -> None:
    client = visitor(alice)

    made = client.post("/cli-auth")

    (secret,) = secrets_of(made)
    assert "no-store" in made.headers["Cache-Control"]
    assert secret not in str(made.headers) + str(made.cookies)
    assert secret[11:] not in str(list(Entry.objects.values()))
    assert "no-store" in client.get("/cli-auth").headers["Cache-Control"]


def test_a_reload_makes_no_second_key(alice: User) -> None:
    client = visitor(alice)
    page = client.get("/cli-auth").content.decode()
    sent = {"form_id": re.search(r'name="form_id" value="([^"]+)"', page).group(1)}  # type: ignore[union-attr]

    assert len(secrets_of(client.post("/cli-auth", sent))) == 1
    again = client.post("/cli-auth", sent)

    assert (again.status_code, again.url) == (302, "/cli-auth")
    assert Key.objects.count() == 2, "her session, and the one key"
    assert client.post("/cli-auth", {"form_id": "forged"}).status_code == 302
    assert Key.objects.count() == 2


# Opening a page must do nothing: another site can make a browser open it.
def test_opening_the_page_makes_no_key(alice: User) -> None:
    client = visitor(alice)
    client.get("/cli-auth")
    client.head("/cli-auth")
    assert Key.objects.count() == 1
    assert client.put("/cli-auth").status_code == 405


def test_another_site_cannot_press_the_button(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies[SESSION_COOKIE] = make_key(alice)
    assert client.post("/cli-auth").status_code == 403
    assert Key.objects.count() == 1

    page = client.get("/cli-auth").content.decode()
    form_token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[-1]
    assert client.post("/cli-auth", {"csrfmiddlewaretoken": form_token}).status_code == 200
    assert Key.objects.count() == 2


@pytest.mark.parametrize("method", ["get", "post"])
def test_strangers_sign_in_first_and_come_back(alice: User, method: str) -> None:
    client = visitor()
    sent = getattr(client, method)("/cli-auth")
    assert (sent.status_code, sent.url) == (302, "/login?next=/cli-auth")

    form = client.get(sent.url).content.decode()
    (wanted,) = re.findall(r'name="next" value="([^"]+)"', form)
    credentials = {"email": alice.email, "password": PASSWORD}
    signed_in = client.post("/login", {**credentials, "next": wanted})

    assert signed_in.url == "/cli-auth"
    assert client.get("/cli-auth").status_code == 200


def test_a_suspended_user_is_a_stranger(alice: User) -> None:
    client = visitor(alice)
    assert client.get("/cli-auth").status_code == 200
    User.objects.update(status="suspended")
    assert client.post("/cli-auth").status_code == 302


def test_a_narrowed_key_makes_no_full_one(alice: User) -> None:
    narrowed = visitor(alice, scopes=["api_key:*", "user:read"])
    refused = narrowed.post("/cli-auth")
    assert refused.status_code == 403
    assert secrets_of(refused) == []
    assert len(secrets_of(visitor(alice).post("/cli-auth"))) == 1
