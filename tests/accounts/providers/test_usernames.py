"""What username somebody gets who did not choose one."""

import pytest

from accounts.providers.usernames import username_from
from accounts.rules import new_username
from coderauth.random_names import ADJECTIVES, SURNAMES


@pytest.mark.parametrize(
    ("text", "username"),
    [
        ("hotdog", "hotdog"),
        ("Mathias-Coder", "Mathias-Coder"),
        ("kyle@kwc.io", "kyle"),
        ("kyle.carberry@kwc.io", "kylecarberry"),
        ("a@b@kwc.io", "ab"),
        ("ada lovelace", "adalovelace"),
        ("zoë", "zo"),
    ],
)
def test_a_free_text_becomes_the_nearest_username(text: str, username: str) -> None:
    assert username_from(text) == username


@pytest.mark.parametrize(
    "text",
    ["", "@kwc.io", "new", "create@kwc.io", "me", "-", "a--b", "x" * 33, "\0", "ÄÖÜ", "0" * 32],
)
def test_a_text_of_which_nothing_is_left_becomes_a_random_name(text: str) -> None:
    adjective, _, surname = username_from(text).partition("-")
    assert adjective in ADJECTIVES
    assert surname in SURNAMES


def test_every_random_name_is_a_username() -> None:
    names = [f"{adjective}-{surname}" for adjective in ADJECTIVES for surname in SURNAMES]
    assert all(new_username.accepts(name) for name in names)
