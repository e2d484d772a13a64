"""`coder login`, `logout` and `whoami` (accounts.md T260 to T263), as requests to a real server."""

from http.client import HTTPConnection

import pytest

from coderauth.http.csrf import SESSION_COOKIE
from tests.cli.client import Cli, CliError
from tests.cli.conftest import OWNER, Someone
from tests.people import PASSWORD
from tests.processes import Installation


@pytest.mark.long
def test_a_server_without_users_is_accepted_and_set_up(empty: Installation) -> None:
    cli = Cli(empty.port)
    # 404, but with the header that makes it a Coder server.
    assert cli.has_first_user() is False
    with pytest.raises(CliError, match="no user yet"):
        cli.login_with_token("anything")

    cli = Cli(empty.port)
    user = cli.login_first_user(email="ada@example.test", username="ada", password=PASSWORD)

    assert cli.sent == [
        "GET /users/first", "POST /users/first", "POST /users/login", "GET /users/me",
    ]  # fmt: skip
    assert (user["username"], user["status"], user.get("name", "")) == ("ada", "active", "")
    assert [role["name"] for role in user["roles"]] == ["owner"]
    assert Cli(empty.port).has_first_user() is True


def test_a_name_is_optional_and_kept(owner: Cli) -> None:
    assert owner.whoami()["name"] == "The Owner"


def test_set_up_twice_is_refused(owner: Cli) -> None:
    with pytest.raises(CliError, match="There is a first user already"):
        Cli(owner.port).login_first_user(**OWNER)
    with pytest.raises(CliError, match="initial user has already been created"):
        owner.result("POST", "/users/first", 201, body=OWNER)


def test_a_given_token_becomes_another_session(owner: Cli) -> None:
    token = owner.tokens_create(name="for-login")
    cli = Cli(owner.port)

    assert cli.login_with_token(token)["username"] == "owner"

    assert cli.sent == ["GET /users/first", "POST /users/me/keys", "GET /users/me"]
    assert cli.session != token
    key = cli.tokens_view(cli.session)
    assert (key["login_type"], key["lifetime_seconds"]) == ("password", 604_800)


def test_a_given_token_can_be_the_session_itself(owner: Cli) -> None:
    token = owner.tokens_create(name="as-session")
    cli = Cli(owner.port)

    cli.login_with_token(token, as_session=True)

    assert cli.sent == ["GET /users/first", "GET /users/me"]
    assert cli.session == token


def test_a_wrong_token_is_refused(owner: Cli) -> None:
    wrong = owner.session[:11] + "x" * 22
    for as_session in (False, True):
        with pytest.raises(CliError, match="Try logging in using 'coder login'"):
            Cli(owner.port).login_with_token(wrong, as_session=as_session)


def test_a_pasted_token_is_tried_until_one_is_good(owner: Cli) -> None:
    cli = Cli(owner.port)
    with pytest.raises(CliError, match="That's not a valid token!"):
        cli.login_by_pasting("nonsense")
    assert cli.session == ""
    assert cli.login_by_pasting("nonsense", owner.session)["username"] == "owner"


def test_the_page_to_paste_from_is_there(owner: Cli, someone: Someone) -> None:
    connection = HTTPConnection("127.0.0.1", owner.port, timeout=40)
    cookie = f"{SESSION_COOKIE}={someone().session}"
    for headers, status in (({}, 302), ({"Cookie": cookie}, 200)):
        connection.request("GET", "/cli-auth", headers=headers)
        response = connection.getresponse()
        response.read()
        assert response.status == status
    connection.close()


def test_logout_ends_the_session(someone: Someone) -> None:
    cli = someone()
    session, username = cli.session, cli.whoami()["username"]
    assert username.startswith("user")

    cli.logout()

    assert cli.session == ""
    assert Cli(cli.port, session).ask("GET", "/users/me").status == 401
    # Signed out it still sends its header, empty.
    with pytest.raises(CliError, match="You are signed out"):
        cli.whoami()
    cli.logout()


def test_another_version_asks_what_server_this_is(owner: Cli) -> None:
    cli = Cli(owner.port, owner.session, version="v2.20.1")
    cli.whoami()
    assert cli.sent == ["GET /users/me", "GET /buildinfo"]
    same = Cli(owner.port, owner.session)
    same.whoami()
    assert same.sent == ["GET /users/me"]


def test_a_large_telemetry_header_is_ignored(owner: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.cli.client.TELEMETRY", "A" * 4096)
    owner.whoami()
