"""What the pages show of providers: buttons, their icons, and notices that nobody else wrote."""

import pytest
from pytest_django import Settings

from accounts.models import User
from accounts.providers.configuration import OidcConfig
from tests.accounts.buttons import GITHUB, KEYCLOAK, SECOND, image_sources, links
from tests.oidc import configure
from tests.pages import text_of, visitor
from tests.people import PASSWORD, make_user


def test_there_is_a_button_for_each_provider_in_order(alice: User, settings: Settings) -> None:
    configure(settings, KEYCLOAK, SECOND, github=GITHUB)
    page = visitor().get("/login?next=/admin/%3Fq=a%26b")
    assert links(page) == [
        "/api/v2/users/oidc/callback?redirect=%2Fadmin%2F%3Fq%3Da%26b",
        "/api/v2/users/oidc/1/callback?redirect=%2Fadmin%2F%3Fq%3Da%26b",
        "/api/v2/users/oauth2/github/callback?redirect=%2Fadmin%2F%3Fq%3Da%26b",
    ]
    text = text_of(page)
    for button in ("Sign in with Keycloak", "Sign in with Second &amp; Sons", "with GitHub"):
        assert button in text


def test_there_are_no_buttons_without_providers(alice: User, settings: Settings) -> None:
    configure(settings)
    page = visitor().get("/login")
    assert links(page) == []
    assert "or with a password" not in text_of(page)
    assert "Forgot your password?" in text_of(page)


def test_the_policy_allows_the_origins_of_the_icons_and_no_more(
    alice: User, settings: Settings
) -> None:
    configure(settings, KEYCLOAK, SECOND)
    page = visitor().get("/login")
    assert image_sources(page) == "'self' data: http://icons.example:8080 https://keycloak.example"
    assert page.content.decode().count('alt=""') == 2
    configure(settings)
    assert image_sources(visitor().get("/login")) == "'self' data:"
    assert image_sources(visitor().get("/forgot-password")) == "'self' data:"


@pytest.mark.parametrize(
    "icon_url",
    ["/static/icon.svg", "data:image/png;base64,AA==", "https://a.example; script-src *", "https:"],
)
def test_an_icon_of_no_origin_widens_no_policy(
    alice: User, settings: Settings, icon_url: str
) -> None:
    config = OidcConfig("oidc", "https://idp.example", "id", "secret", icon_url=icon_url)
    configure(settings, config)
    page = visitor().get("/login")
    assert image_sources(page) == "'self' data:"
    assert page.headers["Content-Security-Policy"].count("src") == 3


def test_the_password_form_is_there_unless_passwords_are_off(
    alice: User, settings: Settings
) -> None:
    configure(settings, KEYCLOAK)
    assert 'name="password"' in visitor().get("/login").content.decode()
    settings.PASSWORD_AUTH_ENABLED = False
    page = visitor().get("/login")
    assert 'name="password"' not in page.content.decode()
    assert "Forgot your password?" not in text_of(page)
    assert len(links(page)) == 1
    refused = visitor().post("/login", {"email": alice.email, "password": PASSWORD})
    assert (refused.status_code, len(links(refused))) == (403, 1)
    assert "Password authentication is disabled." in text_of(refused)


def test_nobody_is_left_in_front_of_an_empty_page(alice: User, settings: Settings) -> None:
    configure(settings)
    settings.PASSWORD_AUTH_ENABLED = False
    assert "Ask an administrator." in text_of(visitor().get("/login"))


def test_the_first_person_may_become_the_owner_with_a_provider(
    db: None, settings: Settings
) -> None:
    configure(settings, KEYCLOAK)
    page = visitor().get("/setup")
    assert links(page) == ["/api/v2/users/oidc/callback?redirect=%2F"]
    configure(settings)
    assert "Whoever signs in first" not in text_of(visitor().get("/setup"))


@pytest.mark.parametrize("email", ["grace@example.test", "nobody@example.test"])
def test_a_wrong_password_points_everybody_to_the_buttons(
    alice: User, settings: Settings, email: str
) -> None:
    make_user("grace", login_type="oidc")
    configure(settings, KEYCLOAK, github=GITHUB)
    page = visitor().post("/login", {"email": email, "password": PASSWORD})
    assert page.status_code == 401
    assert (
        "Incorrect email or password. If you sign in with Keycloak or GitHub, use that button "
        "instead." in text_of(page)
    )
    configure(settings)
    page = visitor().post("/login", {"email": email, "password": PASSWORD})
    assert "use that button" not in text_of(page)


def test_the_right_password_of_another_login_type_is_told_which(
    alice: User, settings: Settings
) -> None:
    configure(settings, KEYCLOAK)
    User.objects.filter(pk=alice.pk).update(login_type="oidc")  # The hash is still there.
    sent = {"email": alice.email, "password": PASSWORD}
    page = visitor().post("/login", sent)
    assert page.status_code == 403
    assert "Your account signs in with Keycloak, not with a password." in text_of(page)
    assert "Your account" not in text_of(visitor().post("/login", {**sent, "password": "wrong"}))


def test_a_message_of_ours_is_told_in_our_words(alice: User) -> None:
    said = "You aren't a member of an authorized team in the [call 555-0100] Github organization(s)"
    page = text_of(visitor().get("/login", {"message": said}))
    assert "You are not a member of a GitHub team that may sign in here." in page
    assert "555" not in page


@pytest.mark.parametrize("said", ["Your account is locked, call 555-0100", "<b>hi</b>", "x" * 9999])
def test_a_message_of_anybody_else_is_not_told(alice: User, said: str) -> None:
    page = visitor().get("/login", {"message": said}).content.decode()
    assert said not in page
    assert "notice" not in page


def test_the_redirect_of_the_api_leads_back_as_next_does(alice: User) -> None:
    assert visitor(alice).get("/login?redirect=/logout").url == "/logout"
    assert visitor(alice).get("/login?redirect=//evil.example/").url == "/"
