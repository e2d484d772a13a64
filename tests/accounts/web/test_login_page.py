"""The pages to sign in and out, to set up the service, and to replace a forgotten password."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from accounts.models import Passcode, User
from accounts.passwords.hashing import hash_password
from audit.models import Entry
from coderauth.http.csrf import SESSION_COOKIE
from scopes.models import Key
from tests.pages import text_of, visitor
from tests.people import PASSWORD, Api, make_key, signed_in

PASSCODE = "5e4b1c6e-0000-4000-8000-9a1c2b3d4e5f"
NEW_PASSWORD = "An0ther-Passw0rd!y"


def sign_in(client: Any, email: str = "alice@example.test", **changed: str) -> Any:
    return client.post("/login", {"email": email, "password": PASSWORD, **changed})


def a_passcode(user: User, **changed: Any) -> None:
    Passcode.objects.create(
        user=user,
        hashed_passcode=hash_password(PASSCODE),
        expires_at=changed.get("expires_at", timezone.now() + timedelta(minutes=20)),
    )


def test_signing_in_sets_a_session_that_the_pages_know(owner: User) -> None:
    client = visitor()
    response = sign_in(client, "owner@example.test")
    assert (response.status_code, response.url) == (302, "/")
    cookie = response.cookies[SESSION_COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert "no-store" in response.headers["Cache-Control"]
    assert client.get("/admin/").status_code == 200


# What somebody planted before the sign-in must not be good for the forms after it.
def test_signing_in_gives_the_forms_another_secret(alice: User) -> None:
    client = visitor()
    client.get("/login")
    cookie = django_settings.CSRF_COOKIE_NAME
    before = client.cookies[cookie].value
    assert sign_in(client, password="wrong").status_code == 401
    assert client.cookies[cookie].value == before

    assert sign_in(client).status_code == 302

    assert client.cookies[cookie].value != before


def test_a_session_of_the_page_is_a_session_of_the_api(alice: User) -> None:
    response = sign_in(visitor())
    assert Api(response.cookies[SESSION_COOKIE].value).get("/users/me").status_code == 200


@pytest.mark.parametrize(
    "changed", [{"password": "wrong"}, {"email": "nobody@example.test"}], ids=["password", "email"]
)
def test_wrong_credentials_are_told_in_the_words_of_the_api(
    alice: User, changed: dict[str, str]
) -> None:
    response = sign_in(visitor(), **{"email": "alice@example.test", **changed})
    page = response.content.decode()
    assert response.status_code == 401
    assert "Incorrect email or password." in page
    assert 'role="alert"' in page
    assert SESSION_COOKIE not in response.cookies
    assert "no-store" in response.headers["Cache-Control"]


def test_the_form_keeps_the_email_and_never_the_password(alice: User) -> None:
    page = sign_in(visitor(), password="n0t-this-0ne").content.decode()
    assert 'value="alice@example.test"' in page
    assert "n0t-this-0ne" not in page


def test_a_field_in_error_points_to_what_is_wrong_with_it(alice: User) -> None:
    response = sign_in(visitor(), "not an address")
    page = response.content.decode()
    assert response.status_code == 400
    (field,) = re.findall(r"<input[^>]*id_email[^>]*>", page)
    assert 'aria-invalid="true"' in field
    assert 'aria-describedby="id_email_error"' in field
    assert 'id="id_email_error"' in page
    assert "<title> Error: Sign in" in " ".join(page.split())


def test_suspended_users_are_told_so(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(status="suspended")
    assert "Your account is suspended." in text_of(sign_in(visitor()))


def test_the_page_and_the_api_share_the_limit_of_an_address(
    alice: User, settings: LazySettings
) -> None:
    settings.RATE_LIMITS_ENABLED, settings.LOGIN_RATE_LIMIT = True, 2
    wrong = {"email": "nobody@example.test", "password": "wrong"}
    assert Api().post("/users/login", wrong).status_code == 401
    assert sign_in(visitor()).status_code == 302
    response = sign_in(visitor())
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "60"
    assert "rate limited" in text_of(response)


def test_the_page_and_the_api_share_the_limit_of_an_account(
    alice: User, settings: LazySettings
) -> None:
    settings.RATE_LIMITS_ENABLED, settings.LOGIN_RATE_LIMIT = True, 1
    body = {"email": "ALICE@example.test", "password": "wrong"}
    assert Api().post("/users/login", body).status_code == 401
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert sign_in(elsewhere).status_code == 429
    assert sign_in(Client(REMOTE_ADDR="192.0.2.8"), "mallory@example.test").status_code == 401


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
    ],
)
def test_signing_in_never_leads_to_another_site(alice: User, elsewhere: str) -> None:
    assert sign_in(visitor(), next=elsewhere).url == "/"


def test_signing_in_leads_back_to_a_page_of_this_site(alice: User) -> None:
    page = visitor().get("/login", {"next": "/admin/scopes/key/?q=a"}).content.decode()
    assert 'name="next" value="/admin/scopes/key/?q=a"' in page
    assert sign_in(visitor(), next="/admin/scopes/key/?q=a").url == "/admin/scopes/key/?q=a"


def test_signed_in_people_are_redirected(alice: User) -> None:
    assert visitor(alice).get("/login?next=/logout").url == "/logout"
    assert visitor().get("/login?next=/logout").status_code == 200


def test_an_expired_session_is_nobody(alice: User) -> None:
    past = timezone.now() - timedelta(minutes=1)
    assert visitor(alice, expires_at=past).get("/login").status_code == 200


def test_the_start_page_leads_on(owner: User) -> None:
    assert visitor(owner).get("/").url == "/keys"
    assert visitor().get("/").url == "/login"


def test_a_form_of_another_site_is_refused(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    response = sign_in(client)
    assert response.status_code == 403
    assert "sent by another website" in text_of(response)
    page = client.get("/login").content.decode()
    (token,) = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert sign_in(client, csrfmiddlewaretoken=token).status_code == 302


def test_a_second_tab_that_signs_in_leads_on_to_where_it_was_going(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    tabs = {}
    for wanted in ("/account", "/cli-auth", "//evil.example"):
        page = client.get("/login", {"next": wanted}).content.decode()
        fields = re.findall(r'name="(csrfmiddlewaretoken|next)" value="([^"]+)"', page)
        tabs[wanted] = dict(fields)
    assert sign_in(client, **tabs["/account"]).url == "/account"
    second = client.post("/login", {**tabs["/cli-auth"], "password": "n0t-this-0ne"}, follow=True)
    assert second.redirect_chain[-1] == ("/cli-auth", 302)
    assert Key.objects.filter(user=alice).count() == 1
    assert client.post("/login/device", tabs["/cli-auth"], follow=True).status_code == 200
    third = client.post("/login", {**tabs["//evil.example"], "next": "//evil.example"}, follow=True)
    assert [url for url, _ in third.redirect_chain][1] == "/"

    # Whoever is not signed in any more, or sends another form, has to see that one anew.
    assert client.post("/account/password", tabs["/account"]).status_code == 403
    Key.objects.all().delete()
    assert sign_in(client, **tabs["/account"]).status_code == 403


def test_signing_out_ends_the_key(alice: User) -> None:
    client = visitor(alice)
    response = client.post("/logout")
    assert (response.status_code, response.url) == (302, "/login")
    assert response.cookies[SESSION_COOKIE].value == ""
    assert not Key.objects.filter(user=alice).exists()
    assert Entry.objects.filter(action="logout", actor_id=alice.pk).count() == 1


def test_a_link_alone_signs_nobody_out(alice: User) -> None:
    client = visitor(alice)
    assert "Sign out?" in text_of(client.get("/logout"))
    assert Key.objects.filter(user=alice).exists()


def test_a_narrow_key_leaves_the_browser_and_stays_valid(alice: User) -> None:
    client = visitor(alice, scopes=["user:read"])
    response = client.post("/logout")
    assert response.cookies[SESSION_COOKIE].value == ""
    assert Key.objects.filter(user=alice).exists()
    assert "stays valid" in text_of(client.get("/login"))


def test_signing_out_without_a_session_changes_nothing(alice: User) -> None:
    assert visitor().post("/logout").url == "/login"


FIRST = {
    "email": "ada@example.test",
    "username": "ada",
    "name": "Ada",
    "password": PASSWORD,
}


def test_the_first_owner_is_made_in_the_browser(db: None) -> None:
    client = visitor()
    assert client.get("/login").url == "/setup"
    assert client.get("/setup").status_code == 200
    assert client.post("/setup", FIRST).url == "/login"
    assert "The first owner was created." in text_of(client.get("/login"))
    assert sign_in(client, FIRST["email"]).status_code == 302
    assert User.objects.get().is_owner


def test_the_set_up_page_closes_behind_the_first_owner(alice: User) -> None:
    assert visitor().get("/setup").url == "/login"
    assert visitor().post("/setup", FIRST).url == "/login"
    assert not User.objects.filter(username="ada").exists()


def test_a_weak_first_password_is_refused_at_its_field(db: None) -> None:
    response = visitor().post("/setup", {**FIRST, "password": "password"})
    assert response.status_code == 400
    assert "insecure password" in text_of(response)
    assert 'value="ada@example.test"' in response.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"email": "ada"},
        {"username": "me"},
        {"username": "-"},
        {"name": "x" * 129},
        {"username": ""},
    ],
)
def test_the_rules_of_the_api_hold_in_the_browser(db: None, changed: dict[str, str]) -> None:
    assert visitor().post("/setup", {**FIRST, **changed}).status_code == 400
    assert not User.objects.exists()


def test_asking_for_a_passcode_tells_nobody_who_exists(alice: User) -> None:
    known = visitor().post("/forgot-password", {"email": alice.email})
    unknown = visitor().post("/forgot-password", {"email": "nobody@example.test"})
    assert known.url == unknown.url == "/forgot-password/sent"
    assert known.content == unknown.content
    assert "10 minutes" in text_of(visitor().get("/forgot-password/sent"))


def test_passcodes_are_limited_together_with_the_api(alice: User, settings: LazySettings) -> None:
    settings.RATE_LIMITS_ENABLED, settings.LOGIN_RATE_LIMIT = True, 1
    assert Api().post("/users/otp/request", {"email": alice.email}).status_code == 204
    assert visitor().post("/forgot-password", {"email": alice.email}).status_code == 429


def test_the_link_of_the_mail_sets_a_new_password(alice: User) -> None:
    a_passcode(alice)
    make_key(alice)
    client = visitor()
    page = client.get("/reset-password/change", {"otp": PASSCODE, "email": alice.email})
    assert f'value="{PASSCODE}"' in page.content.decode()
    sent = {"email": alice.email, "passcode": PASSCODE, "password": NEW_PASSWORD}
    response = client.post("/reset-password/change", sent)
    assert response.url == "/login"
    assert "Your password was changed." in text_of(client.get("/login"))
    assert not Key.objects.filter(user=alice).exists()
    assert sign_in(visitor(), password=NEW_PASSWORD).status_code == 302


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"passcode": "wrong"}, "Incorrect email or one-time passcode."),
        ({"email": "nobody@example.test"}, "Incorrect email or one-time passcode."),
        ({"password": "short"}, "insecure password"),
        ({"password": PASSWORD}, "New password cannot match old password."),
    ],
)
def test_a_refused_reset_says_why_and_keeps_the_passcode(
    alice: User, changed: dict[str, str], words: str
) -> None:
    a_passcode(alice)
    sent = {"email": alice.email, "passcode": PASSCODE, "password": NEW_PASSWORD, **changed}
    response = visitor().post("/reset-password/change", sent)
    assert response.status_code == 400
    assert words in text_of(response)
    assert f'value="{sent["passcode"]}"' in response.content.decode()
    assert sign_in(visitor()).status_code == 302


def test_the_passcode_stays_on_the_page(alice: User, caplog: pytest.LogCaptureFixture) -> None:
    link = f"/reset-password/change?otp={PASSCODE}&email={alice.email}"
    response = visitor().get(link)
    assert response.headers["Referrer-Policy"] == "strict-origin"
    assert "no-store" in response.headers["Cache-Control"]
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    assert 'action="/reset-password/change"' in response.content.decode()
    assert PASSCODE not in caplog.text
    assert visitor().get("/login").headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/login", "/forgot-password", "/reset-password/change"])
def test_other_methods_are_refused(alice: User, path: str) -> None:
    assert visitor().delete(path).status_code == 405
    assert visitor().get(path).status_code == 200


def test_a_missing_page_is_a_page_and_a_missing_route_is_json(db: None) -> None:
    page = visitor().get("/nowhere")
    assert page.status_code == 404
    assert "There is no such page" in text_of(page)
    assert page.headers["Content-Type"].startswith("text/html")
    assert visitor().get("/api/v2/nowhere").json() == {"message": "Route not found."}


def test_a_failure_is_a_page_and_json_in_the_api(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("s3cret detail")

    monkeypatch.setattr("accounts.web.sign_in.first_user_exists", fail)
    monkeypatch.setattr("scopes.api.organizations.organizations_visible", fail)
    client = Client(raise_request_exception=False)
    page = client.get("/login")
    assert (page.status_code, "Something went wrong" in text_of(page)) == (500, True)
    answer = signed_in(alice).get("/organizations")
    assert (answer.status_code, answer.json()["message"]) == (
        500,
        "An internal server error occurred.",
    )
    assert b"s3cret" not in page.content + answer.content


def test_guessed_keys_are_counted_together_with_the_api(
    alice: User, settings: LazySettings
) -> None:
    settings.RATE_LIMITS_ENABLED, settings.KEY_GUESS_LIMIT = True, 1
    wrong = f"{'0' * 10}-{'0' * 22}"
    assert Api(wrong).get("/users/me").status_code == 401
    client = visitor()
    client.cookies[SESSION_COOKIE] = wrong
    response = client.get("/login")
    assert response.status_code == 429
    assert "Too many requests" in text_of(response)
    assert response.headers["Retry-After"] == "60"
    stale = Client(enforce_csrf_checks=True)
    stale.cookies[SESSION_COOKIE] = wrong
    assert stale.post("/login").status_code == 429
    assert visitor(alice).get("/login").status_code == 302
