"""Signing in with GitHub over HTTP, on both sides (accounts.md 6.11)."""

from typing import Any

import pytest

from accounts.federation.conversion import COOKIE as CONVERSION_COOKIE
from accounts.federation.linking import SIGNUPS_DISABLED
from accounts.models import User, UserLink
from audit.models import Entry
from scopes.models import Membership
from tests.accounts.github_visitor import CALLBACK, Visitor
from tests.github_server import GithubPerson, GithubServer, address, configured
from tests.people import make_user, signed_in

pytestmark = pytest.mark.django_db

ORGANIZATION = "You aren't a member of the authorized Github organizations!"


def test_a_person_in_no_allowed_organization_goes_back_to_the_sign_in_page(
    github: GithubServer, settings: Any
) -> None:  # accounts.md T140
    settings.GITHUB_PROVIDER = configured(github, allowed_orgs="acme", allow_signups="true")
    github.person.organizations = {}
    visitor = Visitor()
    response = visitor.sign_in(redirect="/templates?a=b")
    assert response.status_code == 401
    assert response.headers["Content-Type"].startswith("text/html")
    assert response.headers["Location"].startswith("/login?message=You+aren%27t+a+member")
    assert response.headers["Location"].endswith("&redirect=%2Ftemplates%3Fa%3Db")
    assert visitor.user is None
    assert not User.objects.exists()
    github.person.organizations = {"Acme": "active"}
    assert visitor.sign_in().status_code == 307
    assert visitor.user is not None


# accounts.md T150
def test_a_pending_member_is_refused(github: GithubServer, settings: Any) -> None:
    settings.GITHUB_PROVIDER = configured(github, allowed_orgs="acme", allow_signups="true")
    github.person.organizations = {"Acme": "pending"}
    assert Visitor().sign_in().status_code == 401
    github.person.organizations = {"Acme": "active"}
    assert Visitor().sign_in().status_code == 307


@pytest.mark.parametrize("team", ["acme/builders", "globex/friends"])
def test_the_team_counts_when_teams_are_configured(
    github: GithubServer, settings: Any, team: str
) -> None:  # accounts.md T141, T147
    settings.GITHUB_PROVIDER = configured(
        github,
        allowed_orgs="acme,globex",
        allowed_teams="acme/builders,globex/friends",
        allow_signups="true",
    )
    github.person.organizations = {"acme": "active", "globex": "active"}
    response = Visitor().sign_in()
    assert response.status_code == 401
    assert "authorized+team+in+the+%5Bacme+globex%5D" in response.headers["Location"]
    github.person.teams = {team: "active"}
    assert Visitor().sign_in().status_code == 307


def test_an_unverified_address_makes_no_account(github: GithubServer) -> None:  # accounts.md T142
    github.person.emails = [address("octocat@example.test", verified=False)]
    response = Visitor().sign_in()
    assert response.status_code == 400
    assert response.json()["message"] == "Your primary email must be verified on GitHub!"
    github.person.emails = [address("octocat@example.test")]
    assert Visitor().sign_in().status_code == 307


def test_without_sign_ups_only_the_very_first_gets_an_account(
    github: GithubServer, settings: Any
) -> None:  # accounts.md T143
    settings.GITHUB_PROVIDER = configured(github, allow_everyone="true")
    first = Visitor()
    assert first.sign_in().status_code == 307
    assert first.user is not None
    assert first.user.site_roles == ["owner"]
    github.person = GithubPerson(id=2, login="second", emails=[address("second@example.test")])
    response = Visitor().sign_in()
    assert response.status_code == 403
    assert response.headers["Content-Type"].startswith("text/html")
    assert "Signups are disabled" in response.content.decode()
    assert SIGNUPS_DISABLED in response.content.decode()
    settings.GITHUB_PROVIDER = configured(github, allow_everyone="true", allow_signups="true")
    assert Visitor().sign_in().status_code == 307


# accounts.md T144
def test_the_address_of_a_password_account_does_not_open_it(github: GithubServer) -> None:
    alice = make_user("alice")
    github.person.emails = [address("ALICE@example.test")]
    visitor = Visitor()
    response = visitor.sign_in()
    assert response.status_code == 403
    assert "Incorrect login type" in response.content.decode()
    assert visitor.user is None
    assert not UserLink.objects.exists()
    User.objects.filter(pk=alice.pk).update(login_type="github", password="")
    visitor.sign_in()
    assert visitor.user == alice


# accounts.md T145
def test_signing_up_makes_an_account_of_what_github_says(github: GithubServer) -> None:
    visitor = Visitor()
    back = visitor.agree()
    visitor.cookies["oauth_redirect"] = "https://malicious.com/my/path"
    response = visitor.api(back)
    assert response.status_code == 307
    assert response.headers["Location"] == "/my/path"
    user = visitor.user
    assert user is not None
    assert (user.email, user.username) == ("octocat@example.test", "octocat")
    assert (user.name, user.avatar_url) == ("The Octocat", github.person.avatar_url)
    assert (user.login_type, user.status) == ("github", "active")
    assert user.github_com_user_id is None
    assert Membership.objects.filter(user=user).count() == 1
    entries = Entry.objects.filter(action="register")
    assert [entry.actor_id for entry in entries] == [user.pk]
    link = UserLink.objects.get(user=user)
    assert (link.linked_id, link.provider, link.login_type) == ("583231", "github", "github")
    assert not set(github.secrets) & {link.access_token, link.refresh_token}


def test_a_long_name_is_trimmed_and_cut(github: GithubServer) -> None:  # accounts.md T146
    github.person.name = f" {'a' * 129} "
    visitor = Visitor()
    visitor.sign_in()
    assert visitor.user is not None
    assert visitor.user.name == "a" * 128


def test_everybody_may_be_allowed(github: GithubServer) -> None:  # accounts.md T148
    github.person.organizations = {}
    assert Visitor().sign_in().status_code == 307


def test_underscores_become_hyphens(github: GithubServer) -> None:  # accounts.md T149
    github.person.login = "mathias_coder"
    visitor = Visitor()
    visitor.sign_in()
    assert visitor.user is not None
    assert visitor.user.username == "mathias-coder"


# accounts.md T151
def test_the_account_follows_the_person_and_not_the_address(github: GithubServer) -> None:
    as_owner = signed_in(make_user("owner", roles=["owner"]))
    visitor = Visitor()
    visitor.sign_in()
    first = visitor.user
    assert first is not None
    assert as_owner.delete(f"/users/{first.pk}").status_code == 200
    assert not UserLink.objects.exists()
    assert visitor.user is None
    visitor.sign_in()
    second = visitor.user
    assert second is not None
    assert second.pk != first.pk
    moved = [address("octocat@example.test", primary=False), address("moved@example.test")]
    for emails, now in (
        (moved, "moved@example.test"),
        ([address("elsewhere@example.test")], "elsewhere@example.test"),
    ):
        github.person.emails = emails
        visitor.sign_in()
        assert visitor.user is not None
        assert (visitor.user.pk, visitor.user.email) == (second.pk, now)


@pytest.mark.parametrize("email", ["alice@example.test", "mallory@example.test"])
def test_a_password_account_is_converted_by_its_own_address(
    github: GithubServer, email: str
) -> None:
    alice, visitor = make_user("alice"), Visitor()
    github.person.emails = [address(email)]
    begun = visitor.convert(alice)
    response = visitor.sign_in(oidc_merge_state=begun)
    alice.refresh_from_db()
    if email == alice.email:
        assert response.status_code == 307
        assert (alice.login_type, alice.password) == ("github", "")
        assert visitor.user == alice
    else:
        assert response.status_code == 400
        assert alice.login_type == "password"


def test_a_password_account_is_converted_by_device(device: GithubServer) -> None:
    alice, visitor = make_user("alice"), Visitor()
    device.person.emails = [address(alice.email)]
    path = visitor.leave(oidc_merge_state=visitor.convert(alice))
    visitor.get(path)
    (only,) = device.devices.values()
    device.approve(only.user_code)
    response = visitor.post(path)
    assert response.status_code == 302
    assert response.cookies[CONVERSION_COOKIE]["max-age"] == 0
    assert visitor.user == alice
    alice.refresh_from_db()
    assert alice.login_type == "github"


def test_not_configured_is_said(db: None, settings: Any, github: GithubServer) -> None:
    configured_before, settings.GITHUB_PROVIDER = settings.GITHUB_PROVIDER, None
    response = Visitor().api(CALLBACK)
    assert response.status_code == 400
    assert response.json()["message"] == "The oauth2 method requested is not configured!"
    settings.GITHUB_PROVIDER = configured_before
    assert Visitor().api(CALLBACK).status_code == 307
