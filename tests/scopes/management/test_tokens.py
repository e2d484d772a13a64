"""`manage.py tokens`: what an operator does to keys, with the rules of the API."""

import json
from datetime import timedelta
from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from scopes.management.commands import tokens
from scopes.models import Key
from tests import commands
from tests.commands import Terminal
from tests.expect import audited, last_entry
from tests.people import Api, is_good, make_key, make_user
from tests.processes import Installation
from tests.scopes.keyring import at, row_of

run = partial(commands.printed, "tokens")
result = partial(commands.result, "tokens")
refusal = partial(commands.refusal, "tokens")


def make_token(user: User, name: str, **fields: Any) -> str:
    return make_key(user, login_type="token", name=name, **fields)


def names(*arguments: str) -> list[str]:
    return [key["token_name"] for key in result("list", *arguments)["tokens"]]


def test_tokens_are_listed_as_a_table_and_as_json(alice: User) -> None:
    make_key(alice)  # A session is not a token.
    secret = make_token(
        alice, "ci", scopes=["workspace:read", "user:read"], expires_at=at(2050, 1, 2)
    )
    identifier = secret[:10]

    head, row = run("list").splitlines()
    assert head == (
        "id          user   name  scopes                     allow list  last used  expires"
    )
    assert row == (
        f"{identifier}  alice  ci    workspace:read, user:read  *:*         never      "
        "2050-01-02T00:00:00Z"
    )
    (shown,) = result("list")["tokens"]
    assert (shown["id"], shown["username"], shown["token_name"]) == (identifier, "alice", "ci")
    assert shown["expires_at"] == "2050-01-02T00:00:00Z"
    assert secret[11:] not in run("list") + run("list", "--json")


def test_the_list_is_narrowed_by_user_scope_and_validity(alice: User, mallory: User) -> None:
    make_token(alice, "old", expires_at=timezone.now() - timedelta(seconds=1))
    make_token(alice, "narrow", scopes=["workspace:read"])
    make_token(mallory, "full")

    assert names() == ["old", "narrow", "full"]
    assert names("--user=alice") == ["old", "narrow"]
    assert names("--user=mallory@example.test") == ["full"]
    assert names("--expired") == ["old"]
    assert names("--valid") == ["narrow", "full"]
    assert names("--scope=workspace:read") == ["narrow"]
    assert names("--scope=all") == ["old", "full"]
    assert names("--scope=workspace:ssh") == []
    assert refusal("list", "--user=nobody").startswith("There is no user 'nobody'.")


def test_the_list_costs_the_same_for_one_and_for_many(alice: User) -> None:
    make_token(alice, "first")
    counts = []
    for others in (0, 49):
        for number in range(others):
            make_token(make_user(f"user{number}"), "more")
        with CaptureQueriesContext(connection) as queries:
            run("list")
        counts.append(len(queries))
    assert counts == [1, 1]


def test_a_token_is_made_and_its_secret_shown_once(alice: User) -> None:
    made = result(
        "create", "--user=alice", "--name=ci", "--scope=user:read", "--scope=api_key:read",
        f"--allow=user:{alice.pk}", "--allow=api_key:*", "--lifetime=1d1h30m",
    )  # fmt: skip

    key = row_of(made["key"])
    assert (key.user_id, key.name, key.login_type) == (alice.pk, "ci", "token")
    assert key.scopes == ["user:read", "api_key:read"]
    assert key.allow_list == ["api_key:*", f"user:{alice.pk}"]
    assert key.lifetime_seconds == 91_800
    assert Api(made["key"]).get("/users/me").status_code == 200
    assert made["key"][11:] not in run("list", "--json")


def test_a_token_made_without_wishes_is_like_one_of_the_api(alice: User) -> None:
    first, second = run("create", "--user=alice").splitlines()

    key = row_of(second.removeprefix("Secret, shown this once: "))
    assert first.startswith(f"Made {key.name} ({key.pk}) for alice, until ")
    assert (key.scopes, key.allow_list, key.lifetime_seconds) == (["coder:all"], ["*:*"], 604_800)


def test_making_is_recorded_without_an_actor(alice: User) -> None:
    made = result("create", "--user=alice", "--name=ci")

    entry = last_entry()
    assert (entry.action, entry.resource_type, entry.status_code) == ("create", "api_key", 201)
    assert (entry.actor_id, entry.resource_id, entry.resource_target) == (
        None,
        str(alice.pk),
        "ci",
    )
    assert entry.diff["scopes"]["new"] == ["coder:all"]
    assert made["key"][11:] not in json.dumps(list(Entry.objects.values()), default=str)


@pytest.mark.parametrize(
    ("wrong", "right", "reason"),
    [
        ("--scope=workspace:fly", "--scope=workspace:read", "workspace:fly"),
        ("--allow=user", "--allow=user:*", "want <type>:<id>"),
        ("--lifetime=876601h", "--lifetime=876600h", "876600h0m0s"),
        ("--lifetime=-1h", "--lifetime=1h", "positive"),
        ("--name=taken", "--name=free", 'A token with name "taken" already exists'),
    ],
)
def test_what_cannot_be_made_is_refused(alice: User, wrong: str, right: str, reason: str) -> None:
    make_token(alice, "taken")
    assert reason in refusal("create", "--user=alice", wrong)
    assert Key.objects.count() == 1
    run("create", "--user=alice", right)
    assert Key.objects.count() == 2


def test_an_owners_token_has_the_maximum_of_owners(owner: User, alice: User) -> None:
    assert "168h0m0s" in refusal("create", "--user=owner", "--lifetime=169h")
    run("create", "--user=alice", "--lifetime=169h")


def test_a_token_is_revoked_by_id_by_name_and_whole(alice: User) -> None:
    secrets = [make_token(alice, name) for name in ("one", "two", "three")]

    assert run("revoke", secrets[0][:10], "--yes") == f"Revoked one ({secrets[0][:10]}).\n"
    assert result("revoke", "--user=alice", "--name=two", "--no-input") == {
        "revoked": [secrets[1][:10]],
        "made": [],
    }
    run("revoke", secrets[2], "--yes")

    assert not Key.objects.exists()
    assert [Api(secret).get("/users/me").status_code for secret in secrets] == [401] * 3
    assert audited(actor_id=None) == [("delete", "api_key", 204)] * 3
    assert last_entry().resource_target == "three"


def test_a_session_can_be_revoked_by_id(alice: User) -> None:
    session = make_key(alice)
    assert run("revoke", session[:10], "--yes") == f"Revoked the session ({session[:10]}).\n"
    assert Api(session).get("/users/me").status_code == 401


def test_all_tokens_of_somebody_are_revoked_and_nothing_else(alice: User, mallory: User) -> None:
    session, other = make_key(alice), make_token(mallory, "ci")
    for name in ("one", "two"):
        make_token(alice, name)

    assert run("revoke", "--all", "--user=alice", "--yes").startswith("Revoked 2 tokens.\n")

    assert {Api(secret).get("/users/me").status_code for secret in (session, other)} == {200}
    assert Key.objects.count() == 2
    assert result("revoke", "--all", "--user=alice", "--yes") == {"revoked": [], "made": []}


def test_an_expired_key_stays_in_the_list(alice: User) -> None:
    secret = make_token(alice, "ci")
    assert Api(secret).get("/users/me").status_code == 200

    assert run("expire", "--user=alice", "--name=ci", "--yes").startswith("Expired ci")

    assert Api(secret).get("/users/me").status_code == 401
    assert names("--expired") == ["ci"]
    entry = last_entry()
    assert (entry.action, entry.actor_id, list(entry.diff)) == ("write", None, ["expires_at"])


def test_a_key_that_is_not_there_is_refused_without_repeating_a_secret(alice: User) -> None:
    secret = make_token(alice, "ci")
    run("revoke", secret[:10], "--yes")

    told = refusal("revoke", secret, "--yes")

    assert told == f"There is no key '{secret[:10]}'. See `manage.py tokens list`."
    assert refusal("expire", "--user=alice", "--name=ci", "--yes").startswith(
        "alice has no token 'ci'."
    )


def test_a_key_that_ends_meanwhile_is_told_alone_and_skipped_among_many(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        make_token(alice, name)

    def faster(question: str) -> str:
        Key.objects.filter(name="one").delete()
        return "y"

    # A question is where somebody else finds the time.
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("builtins.input", faster)
    assert "not found" in refusal("revoke", "--user=alice", "--name=one")
    make_token(alice, "one")
    assert run("revoke", "--user=alice", "--all").startswith("Revoked two (")


@pytest.mark.parametrize(("typed", "is_ended"), [("y\n", True), ("\n", False), ("no\n", False)])
def test_it_asks_first(
    alice: User, monkeypatch: pytest.MonkeyPatch, typed: str, is_ended: bool
) -> None:
    make_token(alice, "ci")
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    if is_ended:
        run("revoke", "--user=alice", "--name=ci")
    else:
        assert refusal("revoke", "--user=alice", "--name=ci") == "Nothing was changed."
    assert Key.objects.exists() is not is_ended


def test_nobody_to_ask_is_a_refusal(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    make_token(alice, "ci")
    monkeypatch.setattr("sys.stdin", StringIO("y\n"))
    assert "use --yes" in refusal("expire", "--user=alice", "--all")
    assert names("--expired") == []


def test_long_work_says_how_far_it_is(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "PROGRESS_EVERY", 2)
    for number in range(5):
        make_token(alice, f"t{number}")
    ended = commands.run("tokens", "revoke", "--user=alice", "--all", "--yes")
    assert ended.err.splitlines() == ["2 of 5 tokens", "4 of 5 tokens"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("revoke", "--yes"),
        ("revoke", "--user=alice", "--yes"),
        ("revoke", "--all", "--yes"),
        ("revoke", "--name=ci", "--yes"),
        ("expire", "aaaaaaaaaa", "--user=alice", "--yes"),
        ("expire", "--user=alice", "--name=ci", "--all", "--yes"),
    ],
)
def test_an_address_that_makes_no_sense_is_refused(alice: User, arguments: tuple[str, ...]) -> None:
    make_token(alice, "ci")
    assert refusal(*arguments, status=2).startswith("Say which: ")
    assert Key.objects.get().expires_at > timezone.now()


@pytest.mark.no_database
@pytest.mark.long
def test_the_command_line_ends_with_an_honest_status(migrated: Installation) -> None:
    ada = ("--email=ada@example.test", "--username=ada")
    assert migrated.run("users", "create", *ada, "--login-type=none").returncode == 0
    made = migrated.run("tokens", "create", "--user=ada", "--name=ci", "--json")
    assert made.returncode == 0, made.stderr
    identifier = json.loads(made.stdout)["id"]
    for status, arguments in (
        (0, ("list",)),
        (1, ("create", "--user=ada", "--name=ci")),
        (2, ("create", "--user=ada", "--lifetime=soon")),
        (2, ("list", "--scope=workspace:fly")),
        (2, ("list", "--expired", "--valid")),
        (1, ("revoke", identifier)),
        (0, ("revoke", identifier, "--yes")),
        (1, ("revoke", identifier, "--yes")),
        (2, ("rename",)),
    ):
        done = migrated.run("tokens", *arguments)
        assert done.returncode == status, (arguments, done.stderr)
        assert "Traceback" not in done.stderr


def test_a_token_is_paused_and_resumed(alice: User) -> None:
    secret = make_token(alice, "ci")
    assert result("pause", secret[:10]) == {"paused": [secret[:10]]}
    assert not is_good(Api(secret))
    assert "(paused)" in run("list")
    assert "Resumed ci" in run("resume", "--user=alice", "--name=ci")
    assert is_good(Api(secret))
    assert refusal("pause", "0123456789").startswith("There is no key '0123456789'.")


def test_a_rotated_token_shows_its_new_secret_once(alice: User) -> None:
    old = make_token(alice, "ci")
    shown = result("rotate", old[:10], "--grace=1h")
    assert (shown["id"], shown["token_name"]) == (old[:10], "ci")
    assert shown["key"] != old
    assert shown["old_valid_until"] > shown["rotated_at"]
    assert [is_good(Api(secret)) for secret in (old, shown["key"])] == [True, True]

    told = run("rotate", "--user=alice", "--name=ci", "--grace=0")
    assert "The old secret has ended." in told
    newest = told.split()[-1]
    assert [is_good(Api(secret)) for secret in (old, shown["key"], newest)] == [False, False, True]
    assert last_entry().actor_id is None
    assert "grace must be between 0 and 168h0m0s" in refusal("rotate", old[:10], "--grace=1y")


def test_the_end_of_a_token_can_be_fixed(alice: User) -> None:
    assert result("create", "--user=alice", "--fixed-end")["renews"] is False
    assert result("create", "--user=alice")["renews"] is True
