"""`coder users` (accounts.md T265 to T269), as requests to a real server."""

import pytest

from tests.cli.client import Cli, CliError
from tests.cli.conftest import Someone
from tests.people import PASSWORD


def own_name(cli: Cli) -> str:
    return str(cli.whoami()["username"])


def test_somebody_is_made_and_found_as_given(owner: Cli) -> None:
    owner.users_create(
        username="Grace-H", email="Grace@example.test", password=PASSWORD, name="Grace Hopper"
    )
    assert owner.sent == ["GET /users/me/organizations", "POST /users"]

    user, organizations = owner.users_show("grace-h")

    assert (user["username"], user["email"]) == ("Grace-H", "Grace@example.test")
    assert (user["name"], user["status"]) == ("Grace Hopper", "dormant")
    assert (user["login_type"], user["roles"]) == ("password", [])
    assert [organization["name"] for organization in organizations] == ["coder"]


def test_a_service_account_is_made_without_a_password(owner: Cli) -> None:
    assert owner.users_create(username="robot", email="r@example.test")["login_type"] == "none"
    secret = owner.tokens_create("robot", name="ci")
    assert own_name(Cli(owner.port, secret)) == "robot"


def test_what_cannot_be_made_is_told(owner: Cli, someone: Someone) -> None:
    new = {"email": "new@example.test", "password": PASSWORD}
    taken = own_name(someone())
    with pytest.raises(CliError, match="User already exists"):
        owner.users_create(**new, username=taken)
    with pytest.raises(CliError, match='username: Validation failed for tag "username"'):
        owner.users_create(**new, username="not_good")
    with pytest.raises(CliError, match="Password is invalid"):
        owner.users_create(email="new@example.test", username="new-one", password="weak")
    with pytest.raises(CliError, match="You are not authorized to create users"):
        someone().users_create(**new, username="new-one")
    owner.users_create(**new, username="new-one")


@pytest.mark.parametrize("by", ["username", "id"])
def test_somebody_is_deleted(owner: Cli, someone: Someone, by: str) -> None:
    alice = someone()
    user = alice.whoami()

    owner.users_delete(user[by])

    assert owner.sent == [f"GET /users/{user[by]}", f"DELETE /users/{user['id']}"]
    assert alice.ask("GET", "/users/me").status == 401
    with pytest.raises(CliError, match="fetch user"):
        owner.users_delete(user["username"])


@pytest.mark.parametrize("role", ["owner", "user-admin"])
def test_nobody_deletes_themselves(owner: Cli, someone: Someone, role: str) -> None:
    admin = someone(role)
    with pytest.raises(CliError, match="You cannot delete yourself!"):
        admin.users_delete(own_name(admin))
    owner.users_delete(own_name(admin))


def test_suspending_and_activating_changes_the_status(owner: Cli, someone: Someone) -> None:
    alice = someone()
    name = own_name(alice)

    assert owner.users_suspend(name)["status"] == "suspended"
    with pytest.raises(CliError, match="Contact an admin to reactivate your account"):
        alice.whoami()
    owner.sent.clear()
    owner.users_suspend(name)
    assert owner.sent == [f"GET /users/{name}"]  # It is so already.

    assert owner.users_activate(name)["status"] == "active"
    assert own_name(alice) == name


def test_nobody_suspends_themselves(owner: Cli, someone: Someone) -> None:
    admin = someone("user-admin")
    for cli in (owner, admin):
        with pytest.raises(CliError, match="cannot suspend yourself"):
            cli.users_suspend(own_name(cli))
    assert owner.users_suspend(own_name(admin))["status"] == "suspended"


def test_site_roles_are_replaced(owner: Cli, someone: Someone) -> None:
    alice = someone()
    name = own_name(alice)
    for roles in (["auditor", "template-admin"], ["user-admin"], []):
        user = owner.users_edit_roles(name, *roles)
        assert [role["name"] for role in user["roles"]] == roles
    assert owner.sent == [
        f"GET /users/{name}", f"GET /users/{name}/roles", "GET /users/roles",
        f"PUT /users/{name}/roles",
    ] * 3  # fmt: skip
    with pytest.raises(CliError, match="king"):
        owner.users_edit_roles(name, "king")


def test_an_unknown_user_is_told(owner: Cli) -> None:
    for command in (owner.users_edit_roles, owner.users_show, owner.users_delete):
        with pytest.raises(CliError, match="fetch user"):
            command("nobody-here")


def test_people_are_listed(owner: Cli, someone: Someone) -> None:
    alice = someone()
    name = own_name(alice)
    assert {"owner", name} <= {user["username"] for user in owner.users_list()}
    assert [user["username"] for user in alice.users_list()] == [name]
    assert owner.users_list(github_user_id=123) == []


def test_a_bad_token_is_told_to_sign_in(owner: Cli) -> None:
    for token in ("", "nonsense", owner.session[:11] + "x" * 22):
        with pytest.raises(CliError, match="Try logging in using 'coder login'"):
            Cli(owner.port, token).users_list()
    assert owner.users_list()


def test_a_member_is_shown_themselves_only(owner: Cli, someone: Someone) -> None:
    alice = someone()
    user, organizations = alice.users_show("me")
    assert user["organization_ids"] == [one["id"] for one in organizations]
    with pytest.raises(CliError, match="fetch user"):
        alice.users_show("owner")
    assert owner.users_show(user["username"])[0]["id"] == user["id"]
