"""The page of one's own account, and what is done there."""

import re
from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from accounts.federation.conversion import COOKIE
from accounts.models import User, UserLink
from audit.models import Entry
from coderauth.http.csrf import SESSION_COOKIE
from scopes.models import Key
from tests.accounts.buttons import GITHUB, KEYCLOAK, SECOND, image_sources, links
from tests.oidc import configure
from tests.pages import notices, text_of, visitor
from tests.people import PASSWORD, make_user, signed_in

NEW_PASSWORD = "An0ther-Passw0rd!y"
CONVERT = "/account/sign-in/oidc"
CHANGE = "/account/password"
REVERT = "/account/password-login"


@pytest.fixture(autouse=True)
def keycloak(settings: Settings) -> None:
    configure(settings, KEYCLOAK)


def leaving(page: Any) -> str:
    (url,) = re.findall(r'http-equiv="refresh" content="0; url=([^"]+)"', page.content.decode())
    return str(url).replace("&amp;", "&")


def test_everybody_lands_on_their_keys(alice: User, owner: User) -> None:
    assert visitor(alice).get("/").url == "/keys"
    assert visitor(owner).get("/").url == "/keys"
    assert visitor(alice, scopes=["user:read"]).get("/").url == "/account"


def test_the_administration_is_offered_to_those_who_may_see_it(alice: User, owner: User) -> None:
    assert "Administration" in text_of(visitor(owner).get("/account"))
    assert "Administration" not in text_of(visitor(alice).get("/account"))


def test_the_page_says_who_one_is_and_how_one_signs_in(db: None) -> None:
    grace = make_user("grace", name="Grace Hopper")
    text = text_of(visitor(grace).get("/account"))
    for fact in ("Grace Hopper", "grace", "grace@example.test", "You sign in with a password"):
        assert fact in text


def test_a_stranger_signs_in_first(db: None) -> None:
    for path in ("/account", CONVERT, CHANGE, REVERT):
        assert visitor().get(path).url == f"/login?next={path}"


def test_a_key_that_may_not_read_its_user_sees_nothing(alice: User) -> None:
    narrow = visitor(alice, scopes=["workspace:read"])
    for path in ("/account", CONVERT, CHANGE, REVERT):
        assert narrow.get(path).status_code == 404
    assert visitor(alice, scopes=["user:read"]).get("/account").status_code == 200


def test_people_with_a_password_are_offered_each_provider(alice: User, settings: Settings) -> None:
    configure(settings, KEYCLOAK, SECOND, github=GITHUB)
    page = visitor(alice).get("/account")
    assert links(page) == [CONVERT, "/account/sign-in/1", "/account/sign-in/github"]
    assert "https://keycloak.example" in image_sources(page)
    configure(settings)
    assert links(visitor(alice).get("/account")) == []


def test_the_page_says_with_which_provider_one_signs_in(settings: Settings, db: None) -> None:
    configure(settings, KEYCLOAK, SECOND)
    grace = make_user("grace", login_type="oidc")
    UserLink.objects.create(user=grace, login_type="oidc", provider="1", linked_id="x||1")
    page = visitor(grace).get("/account")
    assert "You sign in with Second &amp; Sons" in text_of(page)
    assert links(page) == []
    configure(settings, KEYCLOAK)
    assert "You sign in with Keycloak" in text_of(visitor(grace).get("/account"))
    assert visitor(grace).get(CONVERT).url == "/account"
    assert visitor(grace).get(CHANGE).url == "/account"


def test_the_password_leads_to_the_provider_with_the_cookie_of_the_api(alice: User) -> None:
    page = visitor(alice).post(CONVERT, {"password": PASSWORD})
    assert page.status_code == 200
    cookie = page.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    url = leaving(page)
    assert re.fullmatch(
        r"/api/v2/users/oidc/callback\?oidc_merge_state=convert-[A-Za-z0-9]{32}"
        r"&redirect=%2Faccount%3Fconverted",
        url,
    )
    assert links(page) == [url]
    entry = Entry.objects.get(resource_type="convert_login")
    assert (entry.resource_id, entry.resource_target) == (str(alice.pk), "oidc")


def test_a_wrong_password_leads_nowhere(alice: User) -> None:
    page = visitor(alice).post(CONVERT, {"password": "wrong"})
    assert page.status_code == 401
    assert "Incorrect email or password." in text_of(page)
    assert COOKIE not in page.cookies


def test_an_unknown_provider_is_no_page(alice: User) -> None:
    assert visitor(alice).get("/account/sign-in/github").status_code == 404
    assert visitor(alice).get(CONVERT).status_code == 200


def test_converting_shares_the_limits_of_the_api(alice: User, settings: Settings) -> None:
    settings.RATE_LIMITS_ENABLED, settings.LOGIN_RATE_LIMIT = True, 2
    client = visitor(alice)
    statuses = [client.post(CONVERT, {"password": "wrong"}).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]


def test_a_new_password_ends_everything_and_leads_to_sign_in(alice: User) -> None:
    client = visitor(alice)
    sent = {"old_password": PASSWORD, "password": NEW_PASSWORD}
    response = client.post(CHANGE, sent)
    assert (response.status_code, response.url) == (302, "/login")
    assert response.cookies[SESSION_COOKIE].value == ""
    assert notices(response) == ["Your password was changed. Sign in with the new one."]
    assert not Key.objects.filter(user=alice).exists()
    signed_in = visitor().post("/login", {"email": alice.email, "password": NEW_PASSWORD})
    assert signed_in.status_code == 302


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"old_password": "wrong"}, "Old password is incorrect."),
        ({"password": "short"}, "Invalid password."),
        ({"password": PASSWORD}, "New password cannot match old password."),
        ({"old_password": ""}, "This field is required."),
    ],
)
def test_a_refused_password_is_told_and_changes_nothing(
    alice: User, changed: dict[str, str], said: str
) -> None:
    sent = {"old_password": PASSWORD, "password": NEW_PASSWORD, **changed}
    page = visitor(alice).post(CHANGE, sent)
    assert page.status_code == 400
    assert said in text_of(page)
    assert Key.objects.filter(user=alice).exists()


@pytest.fixture
def grace(db: None) -> User:
    grace = make_user("grace", login_type="oidc")
    UserLink.objects.create(user=grace, login_type="oidc", provider="oidc", linked_id="x||1")
    return grace


def test_people_of_a_provider_may_ask_for_a_password_again(grace: User) -> None:
    client = visitor(grace)
    assert REVERT in client.get("/account").content.decode()
    page = text_of(client.get(REVERT))
    assert "grace@example.test" in page
    assert "you can no longer sign in with Keycloak" in page
    response = client.post(REVERT)
    assert (response.status_code, response.url) == (302, "/account")
    (told,) = notices(response)
    assert "a mail with a link to grace@example.test" in told
    (task,) = DBTaskResult.objects.all()
    assert task.args_kwargs["kwargs"] == {"to_password": True}
    assert User.objects.get(pk=grace.pk).login_type == "oidc"


def test_people_with_a_password_are_not_offered_one(alice: User) -> None:
    client = visitor(alice)
    assert REVERT not in client.get("/account").content.decode()
    assert client.get(REVERT).url == "/account"
    response = client.post(REVERT)
    assert response.status_code == 400
    assert "signs in with a password already" in text_of(response)
    assert not DBTaskResult.objects.exists()


def test_no_password_is_offered_where_passwords_are_off(grace: User, settings: Settings) -> None:
    settings.PASSWORD_AUTH_ENABLED = False
    client = visitor(grace)
    assert REVERT not in client.get("/account").content.decode()
    assert client.get(REVERT).url == "/account"
    assert client.post(REVERT).status_code == 403
    settings.PASSWORD_AUTH_ENABLED = True
    assert client.post(REVERT).status_code == 302


def test_asking_for_a_password_shares_the_limits_of_the_api(
    grace: User, settings: Settings
) -> None:
    settings.RATE_LIMITS_ENABLED, settings.LOGIN_RATE_LIMIT = True, 2
    api = signed_in(grace)
    client = visitor(grace)
    assert client.post(REVERT).status_code == 302
    assert api.post("/users/me/password-login").status_code == 204
    assert client.post(REVERT).status_code == 429
