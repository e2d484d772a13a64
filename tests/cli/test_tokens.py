"""`coder tokens` (accounts.md T264), as requests to a real server."""

import pytest

from tests.cli.client import DAY, Cli, CliError
from tests.cli.conftest import Someone


def names(cli: Cli, *, everybody: bool = False) -> list[str]:
    return [token["token_name"] for token in cli.tokens_list(everybody=everybody)]


def test_a_token_is_made_listed_and_works(someone: Someone) -> None:
    cli = someone()
    assert cli.tokens_list() == []

    secret = cli.tokens_create(name="ci")

    (token,) = cli.tokens_list()
    assert (token["token_name"], token["username"]) == ("ci", cli.whoami()["username"])
    assert token["id"] == secret.partition("-")[0]
    assert (token["scope"], token["allow_list"]) == ("all", ["*:*"])
    # Without a flag it asks for the longest life there is.
    assert token["lifetime_seconds"] == 876_600 * 3600
    assert Cli(cli.port, secret).whoami()["id"] == token["user_id"]


def test_a_lifetime_is_kept_and_too_long_a_one_refused(someone: Someone) -> None:
    cli = someone()
    secret = cli.tokens_create(lifetime=3 * DAY)
    assert cli.tokens_view(secret)["lifetime_seconds"] == 3 * 86_400
    with pytest.raises(CliError, match="Failed to validate create API key request"):
        cli.tokens_create(lifetime=40_000 * DAY)


def test_a_taken_name_is_refused(someone: Someone) -> None:
    cli = someone()
    cli.tokens_create(name="ci")
    with pytest.raises(CliError, match='A token with name "ci" already exists'):
        cli.tokens_create(name="ci")
    someone().tokens_create(name="ci")


def test_an_owner_makes_a_token_for_somebody_and_a_member_does_not(
    owner: Cli, someone: Someone
) -> None:
    alice, mallory = someone(), someone()
    name = alice.whoami()["username"]

    secret = owner.tokens_create(name, name="by-owner")

    assert Cli(owner.port, secret).whoami()["username"] == name
    assert names(alice) == ["by-owner"]
    with pytest.raises(CliError, match="must be an existing uuid or username"):
        mallory.tokens_create(name)


def test_the_list_has_ones_own_and_for_an_owner_all(owner: Cli, someone: Someone) -> None:
    alice = someone()
    alice.tokens_create(name="of-alice")
    owner.tokens_create(name="of-owner")

    assert names(alice) == names(alice, everybody=True) == ["of-alice"]
    assert "of-alice" not in names(owner)
    assert {"of-alice", "of-owner"} <= set(names(owner, everybody=True))


def test_a_token_is_viewed_and_removed_by_name_id_and_whole(someone: Someone) -> None:
    cli = someone()
    for reference in ("name", "id", "whole"):
        secret = cli.tokens_create(name="ci")
        given = {"name": "ci", "id": secret.partition("-")[0], "whole": secret}[reference]
        assert cli.tokens_view(given)["token_name"] == "ci"
        cli.sent.clear()

        cli.tokens_remove(given)

        path = "/users/me/keys"
        identifier = secret.partition("-")[0]
        fallback = [] if reference == "name" else [f"GET {path}/{identifier}"]
        assert cli.sent == [
            f"GET {path}/tokens/{given}", *fallback, f"DELETE {path}/{identifier}",
        ]  # fmt: skip
        assert cli.tokens_list() == []
        assert Cli(cli.port, secret).ask("GET", "/users/me").status == 401


def test_what_is_not_there_is_not_removed(owner: Cli, someone: Someone) -> None:
    other = someone().tokens_create(name="theirs")
    mallory = someone()
    for reference in ("nothing", "aaaaaaaaaa", other, "theirs"):
        with pytest.raises(CliError, match="Resource not found"):
            mallory.tokens_remove(reference)
    # By its id an owner's command finds anybody's token.
    owner.tokens_remove(other)


# authorization.md 7.4 (H): `--scope` and `--allow` of the January version.
def test_a_narrowed_token_shows_what_it_is_narrowed_to(someone: Someone) -> None:
    cli = someone()
    own = f"user:{cli.whoami()['id']}"

    secret = cli.tokens_create(name="narrow", scopes=["user:read"], allow_list=[own])

    shown = cli.tokens_view("narrow")
    assert (shown["scopes"], shown["allow_list"], shown["scope"]) == (["user:read"], [own], "")
    narrow = Cli(cli.port, secret)
    assert narrow.whoami()["id"] == shown["user_id"]
    assert narrow.tokens_list() == []
    with pytest.raises(CliError, match="Failed to create API key"):
        narrow.tokens_create()
    with pytest.raises(CliError, match="want <type>:<id>"):
        cli.tokens_create(allow_list=["user"])
    with pytest.raises(CliError, match="user:fly"):
        cli.tokens_create(scopes=["user:fly"])
    assert len(cli.tokens_list()) == 1
