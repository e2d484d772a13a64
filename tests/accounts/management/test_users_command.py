"""`manage.py users`: what an operator does to people, with the rules of the API."""

from functools import partial
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError
from pytest_django import Settings

from accounts.models import User
from audit.models import Entry
from scopes.models import Key, Membership, Organization
from tests import commands
from tests.accounts.arrivals import arrive, somebody, whose
from tests.accounts.buttons import KEYCLOAK
from tests.expect import STRONG, audited, document, last_entry
from tests.mailbox import mailed_passcode, run_due_tasks
from tests.oidc import configure
from tests.people import Api, make_key, make_user, reset_password, signed_in
from tests.scopes.registry import store

run = partial(commands.printed, "users")
result = partial(commands.result, "users")
refusal = partial(commands.refusal, "users")

CREATE = ("create", "--email=ada@example.test", "--username=ada")
MAKE_UP = "--generate-password"


def test_people_are_listed_as_a_table_and_as_json(owner: User, alice: User) -> None:
    assert run("list").splitlines() == [
        "username  email               status  login_type  roles",
        "alice     alice@example.test  active  password",
        "owner     owner@example.test  active  password    owner",
    ]
    shown = result("list", "--q=role:owner")
    assert [user["username"] for user in shown["users"]] == ["owner"]
    assert shown["count"] == 1
    assert result("list", "--limit=1")["count"] == 2
    assert [user["username"] for user in result("list", "--offset=1")["users"]] == ["owner"]


def test_a_bad_search_is_refused(db: None) -> None:
    assert refusal("list", "--q=foo:1").endswith(
        'Invalid user search query: "foo" is not a valid query param'
    )


def test_an_account_is_made_with_a_password_made_up(db: None) -> None:
    made = result(*CREATE, "--role=auditor", "--name=Ada L", MAKE_UP)

    assert (made["status"], made["roles"], made["name"]) == ("active", ["auditor"], "Ada L")
    user = User.objects.get(pk=made["id"])
    assert Membership.objects.get(user=user).organization.is_default
    body = {"email": "ada@example.test", "password": made["password"]}
    assert Api().post("/users/login", body).status_code == 201
    assert audited(action="create") == [("create", "user", 201)]


def test_a_password_can_be_brought(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("weak\n"))
    assert refusal(*CREATE, "--password-stdin").startswith("Password is invalid: insecure password")
    monkeypatch.setattr("sys.stdin", StringIO(f"{STRONG}\n"))
    assert run(*CREATE, "--password-stdin") == "Made ada (ada@example.test).\n"


# A service account signs in nowhere; an owner makes its keys.
def test_a_service_account_works_with_keys_that_an_owner_makes(as_owner: Api) -> None:
    made = result(*CREATE, "--login-type=none", "--status=dormant")
    assert "password" not in made
    assert (made["login_type"], made["status"]) == ("none", "dormant")

    answer = as_owner.post("/users/ada/keys/tokens", {"token_name": "ci", "scope": "user:read"})
    robot = Api(document(answer)["key"])

    assert document(robot.get("/users/me"))["status"] == "active"
    assert robot.post("/users/me/keys").status_code == 403
    body = {"email": "ada@example.test", "password": STRONG}
    assert Api().post("/users/login", body).status_code == 401


def test_somebody_who_signs_in_with_a_provider_has_no_password(
    db: None, settings: Settings
) -> None:
    configure(settings)
    assert refusal(*CREATE, "--login-type=oidc").startswith("You must configure OIDC")
    configure(settings, KEYCLOAK)
    made = result(*CREATE, "--login-type=oidc")
    assert ("password" in made, made["login_type"]) == (False, "oidc")


def test_an_account_joins_the_organizations_named(db: None) -> None:
    for name in ("one", "two"):
        Organization.objects.create(name=name)

    result(*CREATE, "--organization=one", "--organization=TWO", "--organization=one", MAKE_UP)

    names = Membership.objects.values_list("organization__name", flat=True)
    assert sorted(names) == ["one", "two"]
    assert refusal(*CREATE, "--organization=three") == (
        "There is no organization 'three'. Give its name or id."
    )


def test_what_cannot_be_made_is_refused(alice: User) -> None:
    taken = ("create", "--email=new@example.test", "--username=ALICE")
    assert refusal(*taken, MAKE_UP) == "User already exists"
    assert "e-mail" in refusal("create", "--email=nobody", "--username=ada", status=2)
    assert "username" in refusal("create", "--email=a@example.test", "--username=me", status=2)
    assert refusal(*CREATE, "--role=king", MAKE_UP) == '"king" is not a supported role'
    assert audited() == []


def test_suspending_refuses_keys_until_activation(as_alice: Api, alice: User) -> None:
    assert run("suspend", "alice") == "Suspended alice; their keys are refused.\n"
    assert as_alice.get("/users/me").status_code == 401

    assert result("activate", "alice@example.test")["status"] == "active"

    assert as_alice.get("/users/me").status_code == 200
    assert audited(action="write") == [("write", "user", 200)] * 2
    assert last_entry().actor_id is None


def test_an_owner_is_not_suspended(owner: User) -> None:
    assert refusal("suspend", "owner").startswith("You cannot suspend a user with the")
    make_user("second", roles=["owner"])
    run("roles", "owner", "--set")
    assert result("suspend", "owner")["status"] == "suspended"


def test_deleting_ends_keys_and_frees_the_name(alice: User) -> None:
    make_key(alice)

    assert run("delete", str(alice.pk), "--yes") == "Deleted alice; all their keys have ended.\n"

    assert not Key.objects.exists()
    assert refusal("delete", "alice", "--yes").startswith("There is no user 'alice'.")
    assert audited() == [("delete", "user", 200)]
    make_user("alice")


def test_an_owner_of_workspaces_is_not_deleted(owner: User, alice: User) -> None:
    row = store(owner=alice)

    assert refusal("delete", "alice", "--yes").startswith(
        "You cannot delete a user that has workspaces."
    )
    row.delete()
    assert run("delete", "alice", "--yes") == "Deleted alice; all their keys have ended.\n"


@pytest.mark.parametrize(
    "arguments", [("delete", "owner", "--yes"), ("roles", "owner", "--set", "auditor")]
)
def test_the_last_owner_stays(owner: User, arguments: tuple[str, ...]) -> None:
    assert refusal(*arguments).startswith("The last active owner cannot be removed.")
    make_user("second", roles=["owner"])
    run(*arguments)
    assert User.objects.living().filter(username="owner", site_roles=["owner"]).count() == 0


def test_roles_are_shown_and_replaced(alice: User) -> None:
    as_alice = signed_in(alice)
    assert run("roles", "alice") == "alice: no site role\n"
    assert audited() == []

    assert run("roles", "alice", "--set", "owner", "auditor") == "alice: owner, auditor\n"

    assert as_alice.get("/users?q=role:owner").status_code == 200
    assert result("roles", "alice")["roles"] == ["owner", "auditor"]
    assert last_entry().diff["rbac_roles"]["new"] == ["owner", "auditor"]


@pytest.mark.parametrize(
    "arguments", [(), ("rename",), ("delete",), ("list", "--limit=-1"), ("list", "--limit=x")]
)
def test_arguments_that_make_no_sense_are_refused(db: None, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)


def test_an_account_of_a_provider_is_given_a_password(alice: User, mail_folder: Path) -> None:
    ada = whose(arrive(somebody("ada")))
    assert run("to-password", "ada") == (
        "Mailed ada a passcode; nothing changes until it sets a password.\n"
    )
    assert Entry.objects.get(resource_type="convert_login").actor_id is None
    run_due_tasks()
    passcode = mailed_passcode(mail_folder)
    assert reset_password(ada.email, passcode, STRONG).status_code == 204
    assert "signs in with a password already" in refusal("to-password", "alice")


def test_a_service_account_is_made_without_address_and_password(db: None) -> None:
    made = result("create", "--service-account", "--username=ci")
    assert (made["email"], made["login_type"], made["is_service_account"]) == ("", "none", True)
    assert "password" not in made
    make_user("ada")
    assert [user["username"] for user in result("list", "--service-accounts")["users"]] == ["ci"]
    assert "service account" in run("list", "--q=ci")
    taken = refusal("create", "--service-account", "--username=bot", "--email=a@example.test")
    assert taken.endswith("A service account has no e-mail address and no password")
    owner = refusal("create", "--service-account", "--username=bot", "--role=owner")
    assert owner.endswith("A service account cannot be an owner")


def test_an_account_that_does_not_sign_in_becomes_a_service_account(db: None) -> None:
    robot = make_user("robot", login_type="none")
    key = Api(make_key(robot, login_type="token"))
    make_user("ada")
    make_user("root", login_type="none", roles=["owner"])
    make_user("other", roles=["owner"])

    assert result("to-service-account", "robot", "--yes")["is_service_account"] is True

    lost = {"old": "robot@example.test", "new": "", "secret": False}
    assert last_entry().diff["email"] == lost
    assert key.get("/users/me").json()["email"] == ""
    assert "does not sign in" in refusal("to-service-account", "ada", "--yes")
    assert "cannot be an owner" in refusal("to-service-account", "root", "--yes")
    assert "owner" in refusal("roles", "robot", "--set", "owner")
