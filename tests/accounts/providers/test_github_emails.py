"""Which address of somebody counts: the primary one, once it is verified (2.19, row 3)."""

from typing import Any

import pytest

from tests.accounts.providers.github_browser import identified, refusal
from tests.github_server import GithubServer, address

GOOD = address("octocat@example.test")


@pytest.mark.parametrize(
    "emails",
    [
        [],
        [address("octocat@example.test", verified=False)],
        [address("octocat@example.test", primary=False)],
        [address("a@example.test", verified=False), address("b@example.test", primary=False)],
        [{**GOOD, "verified": "true"}],
        [{**GOOD, "primary": 1}],
        [{"email": "octocat@example.test"}],
    ],
)
def test_an_address_must_be_primary_and_verified(github: GithubServer, emails: Any) -> None:
    github.person.emails = emails
    error = refusal("github_email_unverified")
    assert error.status == 400
    assert error.message == "Your primary email must be verified on GitHub!"
    github.person.emails = [*emails, GOOD]
    assert identified().email == "octocat@example.test"


def test_the_primary_address_counts_on_any_page(github: GithubServer) -> None:
    github.page_size = 2
    github.person.emails = [address(f"n{n}@example.test", primary=False) for n in range(5)]
    refusal("github_email_unverified")
    github.person.emails.append(GOOD)
    assert identified().email == "octocat@example.test"


@pytest.mark.parametrize(
    "email",
    [
        None,
        1,
        "",
        "octocat",
        "o@",
        "o@a@b.test",
        "o<o@a.test>",
        "a\0@b.test",
        f"{'x' * 300}@a.test",
    ],
)
def test_what_is_no_address_makes_no_account(github: GithubServer, email: Any) -> None:
    github.person.emails = [address(email)]
    assert refusal("github_emails_failed").status == 502
    for known in ("583231+octocat@users.noreply.github.test", "octocat@corp"):
        github.person.emails = [address(known)]
        assert identified().email == known
