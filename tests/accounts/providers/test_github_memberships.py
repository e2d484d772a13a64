"""Which members of which organizations and teams are let in (accounts.md 2.19, rows 1 and 2)."""

from typing import Any

import pytest

from coderauth.errors import DomainError
from tests.accounts.providers.github_browser import identified, refusal
from tests.github_server import GithubServer, configured

ORGANIZATION = "You aren't a member of the authorized Github organizations!"


@pytest.fixture
def acme(github: GithubServer, settings: Any) -> GithubServer:
    """Let members of Acme and of Globex in."""
    settings.GITHUB_PROVIDER = configured(github, allowed_orgs="acme, GLOBEX")
    return github


@pytest.fixture
def builders(github: GithubServer, settings: Any) -> GithubServer:
    """Let two teams in, one of each organization."""
    settings.GITHUB_PROVIDER = configured(
        github, allowed_orgs="acme,globex", allowed_teams="Acme/Builders,globex/friends"
    )
    return github


@pytest.mark.parametrize("organizations", [{}, {"Initech": "active"}, {"acme-2": "active"}])
def test_a_person_in_no_allowed_organization_is_refused(
    acme: GithubServer, organizations: dict[str, str]
) -> None:
    acme.person.organizations = organizations
    assert refusal().message == ORGANIZATION
    acme.person.organizations = {**organizations, "Globex": "active"}
    assert identified().username == "octocat"


def test_an_invitation_is_no_membership(acme: GithubServer) -> None:
    acme.person.organizations = {"Acme": "pending"}
    assert refusal().message == ORGANIZATION
    acme.person.organizations = {"Acme": "active"}
    assert identified().username == "octocat"


def test_a_server_that_lists_invitations_lets_nobody_in(acme: GithubServer) -> None:
    pending = [{"state": "pending", "organization": {"login": "Acme"}}]
    acme.trouble["/user/memberships/orgs"] = lambda handler: handler.answer(pending)
    assert refusal().message == ORGANIZATION
    active = [{"state": "active", "organization": {"login": "Acme"}}]
    acme.trouble["/user/memberships/orgs"] = lambda handler: handler.answer(active)
    assert identified().username == "octocat"


def test_a_membership_on_a_later_page_counts(acme: GithubServer) -> None:
    acme.page_size = 2
    acme.person.organizations = {f"other-{n}": "active" for n in range(5)}
    assert refusal().message == ORGANIZATION
    acme.person.organizations["Acme"] = "active"
    assert identified().username == "octocat"


def test_a_list_without_an_end_is_given_up(acme: GithubServer) -> None:
    link = '<https://elsewhere.example.test/more>; rel="next"'
    acme.trouble["/user/memberships/orgs"] = lambda handler: handler.answer([], Link=link)
    with pytest.raises(DomainError) as caught:
        identified()
    assert caught.value.code == "github_organizations_failed"
    assert caught.value.detail == "GitHub's list has no end."


def test_when_everybody_is_allowed_no_organization_is_asked(github: GithubServer) -> None:
    github.person.organizations = {}
    assert identified().username == "octocat"
    assert not any("orgs" in path for path in github.asked)


@pytest.mark.parametrize("team", ["Acme/Builders", "globex/friends", "acme/builders"])
def test_one_allowed_team_of_any_organization_is_enough(builders: GithubServer, team: str) -> None:
    builders.person.organizations = {"Acme": "active", "Globex": "active"}
    message = (
        "You aren't a member of an authorized team in the [Acme Globex] Github organization(s)!"
    )
    assert refusal().message == message
    builders.person.teams = {team.lower(): "active"}
    assert identified().username == "octocat"


def test_a_pending_membership_of_a_team_does_not_count(builders: GithubServer) -> None:
    builders.person.teams = {"acme/builders": "pending"}
    assert refusal().code == "github_team_required"
    builders.person.teams = {"acme/builders": "active"}
    assert identified().username == "octocat"


def test_a_team_counts_only_with_its_organization(builders: GithubServer) -> None:
    builders.person.organizations = {"Globex": "active"}
    builders.person.teams = {"acme/builders": "active"}
    assert refusal().code == "github_team_required"
    assert not any("acme" in path for path in builders.asked)
    builders.person.organizations["Acme"] = "active"
    assert identified().username == "octocat"


@pytest.mark.parametrize(
    ("status", "answer"), [(500, {}), (403, {"state": "active"}), (200, []), (200, {}), (200, "x")]
)
def test_a_team_that_cannot_be_looked_up_is_no_team(
    builders: GithubServer, status: int, answer: Any
) -> None:
    path = "/orgs/acme/teams/builders/memberships/octocat"
    builders.person.teams = {"acme/builders": "active"}
    builders.trouble[path] = lambda handler: handler.answer(answer, status)
    assert refusal().code == "github_team_required"
    del builders.trouble[path]
    assert identified().username == "octocat"
