"""The operator's commands: make an owner, reset a password."""

import io
import json
import sys
from typing import Any

import pytest
from django.core.management import call_command, get_commands
from django.core.management.base import CommandError
from pytest_django import Settings

from accounts.models import Passcode, User
from audit.models import Entry
from scopes.models import Key
from tests.commands import Terminal, printed, refusal, result
from tests.people import PASSWORD, make_key, make_user, may_sign_in
from tests.processes import Installation

NEW_PASSWORD = "An0ther-Str0ng-Passw0rd!"


def create(*more: str, given: str = PASSWORD, **who: str) -> str:
    identity = {"email": "root@example.test", "username": "root", **who}
    options = [f"--{name}={value}" for name, value in identity.items()]
    return printed("create_admin", *options, "--password-stdin", *more, given=given)


def test_the_first_owner_can_be_made_and_signs_in(db: None) -> None:
    shown = create(name="Root  ")
    user = User.objects.get()
    assert "Made the owner root (root@example.test)." in shown
    assert PASSWORD not in shown
    assert (user.site_roles, user.status, user.name) == (["owner"], "active", "Root")
    assert user.memberships.get().organization.is_default
    assert may_sign_in("root@example.test", PASSWORD)
    entry = Entry.objects.get(action="create")
    assert (entry.actor_id, entry.status_code, entry.resource_id) == (None, 201, str(user.pk))
    assert PASSWORD not in str(entry.diff)


def test_one_more_owner_can_be_made(owner: User) -> None:
    create()
    assert User.objects.get(username="root").is_owner


def test_a_password_is_made_up_on_demand_and_shown_once(db: None) -> None:
    shown = printed("create_admin", "--email=a@b.test", "--username=ann", "--generate-password")
    line = next(line for line in shown.splitlines() if "shown this once" in line)
    assert may_sign_in("a@b.test", line.rpartition(": ")[2])


def test_the_result_can_be_json(db: None) -> None:
    made_up = json.loads(
        printed(
            "create_admin", "--email=a@b.test", "--username=ann", "--generate-password", "--json"
        )
    )
    assert set(made_up) == {"id", "username", "email", "password"}
    assert may_sign_in("a@b.test", made_up["password"])
    given = json.loads(create("--json"))
    assert set(given) == {"id", "username", "email"}


@pytest.mark.parametrize("command", ["create_admin", "reset_password", "changepassword", "users"])
def test_without_anybody_to_ask_no_password_is_made_up(alice: User, command: str) -> None:
    make_key(alice)
    new = ("--email=a@b.test", "--username=ann")
    arguments = {"create_admin": new, "users": ("create", *new)}.get(command, ("alice", "--yes"))
    told = refusal(command, *arguments, given="")
    assert told == (
        "There is no terminal to ask on; use --password-stdin or --generate-password. "
        "Nothing was changed."
    )
    assert (User.objects.count(), Key.objects.count()) == (1, 1)
    assert may_sign_in(alice.email, PASSWORD)
    assert "shown this once" in printed(command, *arguments, "--generate-password", given="")


@pytest.mark.parametrize(
    ("who", "given", "words"),
    [
        ({}, "weak", "insecure password, try"),
        ({}, "", "no password on standard input"),
        ({"email": "nonsense"}, PASSWORD, "not an e-mail address"),
        ({"username": "two words"}, PASSWORD, "cannot be a username"),
        ({"username": "ME"}, PASSWORD, "cannot be a username"),
        ({"username": "ALICE"}, PASSWORD, "User already exists"),
        ({"email": "Alice@Example.test"}, PASSWORD, "User already exists"),
    ],
)
def test_what_cannot_be_an_owner_is_refused(
    alice: User,
    who: dict[str, str],
    given: str,
    words: str,
) -> None:
    with pytest.raises(CommandError, match=words):
        create(given=given, **who)
    assert list(User.objects.all()) == [alice]
    create()
    assert User.objects.count() == 2


def test_an_unknown_user_is_reported(db: None) -> None:
    with pytest.raises(CommandError, match="Give --email"):
        printed("create_admin", "--username=ann")
    with pytest.raises(CommandError, match="Give --username"):
        printed("create_admin", "--email=a@b.test")


def test_without_password_sign_in_no_owner_with_a_password_is_made(
    db: None, settings: Settings
) -> None:
    settings.PASSWORD_AUTH_ENABLED = False
    with pytest.raises(CommandError, match="Password based authentication is disabled"):
        create()


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, lines: list[str], secrets: list[str]) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("builtins.input", lambda _: lines.pop(0))
    monkeypatch.setattr("accounts.management.passwords.getpass", lambda _: secrets.pop(0))


def test_at_a_terminal_everything_is_asked_for(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    at_a_terminal(monkeypatch, ["root@example.test", "root"], [PASSWORD, PASSWORD])
    call_command("create_admin", stdout=io.StringIO())
    assert may_sign_in("root@example.test", PASSWORD)


def test_two_passwords_that_differ_change_nothing(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_a_terminal(monkeypatch, ["root@example.test", "root"], [PASSWORD, NEW_PASSWORD])
    with pytest.raises(CommandError, match="differ"):
        call_command("create_admin")
    assert not User.objects.exists()


@pytest.mark.parametrize("reference", ["alice", "ALICE", "alice@example.test", "id"])
def test_a_password_is_reset_and_all_keys_end(alice: User, reference: str) -> None:
    make_key(alice)
    make_key(alice, login_type="token", name="ci")
    Passcode.objects.create(user=alice, hashed_passcode="x", expires_at=alice.created_at)
    who = str(alice.pk) if reference == "id" else reference
    shown = printed("reset_password", who, "--password-stdin", "--yes", given=NEW_PASSWORD + "\n")
    assert "all their sessions and keys have ended" in shown
    assert not Key.objects.exists()
    assert not Passcode.objects.exists()
    assert may_sign_in(alice.email, NEW_PASSWORD)
    assert not may_sign_in(alice.email, PASSWORD)
    entry = Entry.objects.get(action="write", resource_id=str(alice.pk), resource_type="user")
    assert entry.actor_id is None
    assert entry.diff == {"hashed_password": {"old": "", "new": "", "secret": True}}


@pytest.mark.parametrize("command", ["reset_password", "changepassword"])
def test_a_reset_is_asked_about_before_anything_ends(
    alice: User, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    make_key(alice)
    told = refusal(command, "alice", "--password-stdin", given=NEW_PASSWORD)
    assert told == "There is no terminal to ask on; use --yes. Nothing was changed."
    for answer in ("", "n"):
        at_a_terminal(monkeypatch, [answer], [])
        assert refusal(command, "alice") == "Nothing was changed."
    assert may_sign_in(alice.email, PASSWORD)
    at_a_terminal(monkeypatch, ["y"], [NEW_PASSWORD, NEW_PASSWORD])
    assert "all their sessions and keys have ended" in printed(command, "alice")
    assert may_sign_in(alice.email, NEW_PASSWORD)


def test_a_reset_password_can_be_made_up_and_printed_as_json(alice: User) -> None:
    shown = result("reset_password", "alice", "--generate-password", "--yes")
    assert set(shown) == {"id", "username", "password"}
    assert may_sign_in(alice.email, shown["password"])


def test_a_suspended_user_stays_suspended(db: None) -> None:
    make_user("sus", status="suspended")
    assert "is suspended and cannot sign in" in printed(
        "reset_password", "sus", "--generate-password", "--yes"
    )


@pytest.mark.parametrize(
    ("who", "given", "words"),
    [
        ("nobody", NEW_PASSWORD, "There is no user 'nobody'"),
        ("gone", NEW_PASSWORD, "There is no user 'gone'"),
        ("oidc", NEW_PASSWORD, "without password login type"),
        ("alice", "weak", "insecure password, try"),
    ],
)
def test_a_reset_that_makes_no_sense_is_refused(
    alice: User, who: str, given: str, words: str
) -> None:
    make_user("gone", is_deleted=True)
    make_user("oidc", login_type="oidc")
    make_key(alice)
    with pytest.raises(CommandError, match=words):
        printed("reset_password", who, "--password-stdin", "--yes", given=given)
    assert Key.objects.count() == 1
    assert not Entry.objects.exists()


def test_djangos_own_commands_go_the_same_way(db: None) -> None:
    commands: dict[str, Any] = get_commands()
    assert commands["createsuperuser"] == commands["changepassword"] == "accounts"


@pytest.mark.no_database
@pytest.mark.long
def test_as_processes_they_end_with_honest_statuses(migrated: Installation) -> None:
    made = migrated.run(
        "create_admin", "--email=a@b.test", "--username=ann", "--generate-password", "--json"
    )
    assert made.returncode == 0
    assert json.loads(made.stdout)["username"] == "ann"

    taken = migrated.run(
        "create_admin", "--email=a@b.test", "--username=ann", "--generate-password"
    )
    assert (taken.returncode, taken.stdout) == (1, "")
    assert taken.stderr == "User already exists\n"

    weak = migrated.run("reset_password", "ann", "--password-stdin", "--yes", given="weak")
    assert weak.returncode == 1
    assert weak.stderr.startswith("Invalid password: insecure password")
    reset = migrated.run("reset_password", "ann", "--password-stdin", "--yes", given=NEW_PASSWORD)
    assert (reset.returncode, reset.stderr) == (0, "")


def test_a_database_without_tables_is_told_in_a_sentence(fresh: Installation) -> None:
    refused = fresh.run("create_admin", "--email=a@b.test", "--username=ann", "--generate-password")
    assert refused.returncode == 1
    assert "`manage.py migrate`" in refused.stderr
    assert "Traceback" not in refused.stderr
