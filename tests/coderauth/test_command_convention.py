"""All commands answer, refuse and ask in one way (docs/operations.md)."""

import json
import re
from argparse import SUPPRESS, Action, ArgumentParser, _SubParsersAction
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.core.management import get_commands, load_command_class

from accounts.models import User
from coderauth.commands.operator import OperatorCommand
from scopes.models import Key
from tests.commands import ended
from tests.people import make_key
from tests.processes import Installation

ROOMS = ("coderauth", "accounts", "scopes", "audit")
# Django's own, with one thing before it.
DJANGOS = {"migrate"}
# They run until they are stopped, or print what others have asked for.
WITHOUT_JSON = {"serve", "db_worker"}
NO_PASSWORD = ("--generate-password",)
UNKNOWN = ("nobody",)
# What each does to the owner `olga`, a member `alice` and her token `ci`; `asks` ends something.
SAMPLES: dict[str, tuple[str, ...]] = {
    "audit list": (),
    "audit verify": (),
    "audit export": (),
    "audit stream": (),
    "authcheck": ("--user=olga", "--resource=workspace", "--action=read"),
    "ceilings list": (),
    "ceilings set": ("--role=member", "--max-keys=9"),
    "changepassword": ("alice", *NO_PASSWORD),
    "create_admin": ("--email=new@example.test", "--username=newcomer", *NO_PASSWORD),
    "createsuperuser": ("--email=new@example.test", "--username=newcomer", *NO_PASSWORD),
    "generate_reference": ("--check",),
    "generate_scopes": ("--check",),
    "mark_dormant": (),
    "prune": (),
    "reset_password": ("alice", *NO_PASSWORD),
    "rotate_encryption": (),
    "tokens create": ("--user=alice",),
    "tokens expire": ("--user=alice", "--name=ci"),
    "tokens list": (),
    "tokens pause": ("--user=alice", "--name=ci"),
    "tokens resume": ("--user=alice", "--name=ci"),
    "tokens review": ("--apply",),
    "tokens revoke": ("--user=alice", "--name=ci"),
    "tokens rotate": ("--user=alice", "--name=ci"),
    "tokens usage": ("--user=alice", "--name=ci"),
    "users activate": ("alice",),
    "users create": ("--email=new@example.test", "--username=newcomer", *NO_PASSWORD),
    "users delete": ("alice",),
    "users list": (),
    "users roles": ("alice", "--set", "auditor"),
    "users suspend": ("alice",),
}
# They need a provider, a file or something else first, and have tests of their own.
OF_PROVIDERS = {
    "backup", "ceilings remove", "check_oidc", "forward_auth check", "forward_auth try",
    "import_coder", "relink_issuer", "restore", "seed_demo", "users to-password",
    "users to-service-account",
}  # fmt: skip
ASKING = {
    "changepassword", "relink_issuer", "reset_password", "restore", "tokens expire",
    "tokens revoke", "tokens review", "users delete", "users to-service-account",
}  # fmt: skip
# Of people or keys that there are not.
ABOUT_NOBODY = {
    "authcheck": ("--user=nobody", "--resource=workspace", "--action=read"),
    "changepassword": ("nobody", *NO_PASSWORD),
    "reset_password": ("nobody", *NO_PASSWORD),
    "tokens create": ("--user=nobody",),
    "tokens expire": ("--user=nobody", "--all"),
    "tokens list": ("--user=nobody",),
    "tokens pause": ("--user=nobody", "--all"),
    "tokens resume": ("0123456789",),
    "tokens revoke": ("0123456789",),
    "tokens rotate": ("0123456789",),
    **{
        f"users {act}": ("nobody",)
        for act in ("activate", "delete", "roles", "suspend", "to-service-account")
    },
}


class Leaf(NamedTuple):
    """A command, or one act of it."""

    name: str
    help: str
    parser: ArgumentParser

    @property
    def options(self) -> dict[str, Action]:
        """What is ours of its options and arguments; Django gives some to every command."""
        return {
            option: action
            for action in self.parser._actions
            for option in (action.option_strings or [action.dest])
            if option not in DJANGOS_OPTIONS and not isinstance(action, _SubParsersAction)
        }


DJANGOS_OPTIONS = {"--skip-checks"} | {
    option
    for action in OperatorCommand().create_parser("manage.py", "x")._actions
    for option in action.option_strings
}


def our_commands() -> Iterator[tuple[str, Any]]:
    labels = {config.name for config in apps.get_app_configs()} & {*ROOMS}
    for name, app in sorted(get_commands().items()):
        if app in labels and name not in DJANGOS:
            yield name, load_command_class(str(app), name)


def leaves() -> Iterator[Leaf]:
    for name, command in our_commands():
        parser = command.create_parser("manage.py", name)
        acts = [one for one in parser._actions if isinstance(one, _SubParsersAction)]
        if not acts:
            yield Leaf(name, command.help, parser)
        for choice in acts[0]._choices_actions if acts else ():
            yield Leaf(f"{name} {choice.dest}", choice.help or "", acts[0].choices[choice.dest])


LEAVES = {leaf.name: leaf for leaf in leaves()}
each = pytest.mark.parametrize("leaf", LEAVES.values(), ids=LEAVES.keys())


@pytest.fixture
def world(db: None, owner: User, alice: User) -> str:
    User.objects.filter(pk=owner.pk).update(username="olga")
    return make_key(alice, login_type="token", name="ci")


def arguments(leaf: Leaf, *more: str) -> tuple[str, ...]:
    return (*leaf.name.split(), *SAMPLES[leaf.name], *more)


def test_every_command_is_known_here() -> None:
    assert LEAVES.keys() == SAMPLES.keys() | OF_PROVIDERS | WITHOUT_JSON
    assert all(isinstance(command, OperatorCommand) for _, command in our_commands())


def test_every_command_is_in_the_manual() -> None:
    page = Path("docs/operations.md").read_text()
    for leaf in LEAVES.values():
        name, _, act = leaf.name.partition(" ")
        assert re.search(rf"manage\.py {name}|`{name}`", page), leaf.name
        assert f"{act}" in page


@each
def test_help_is_given_for_everything(leaf: Leaf) -> None:
    assert leaf.help.strip()
    for option, action in leaf.options.items():
        assert action.help, option
        assert action.help is not SUPPRESS
        assert not action.help.endswith("."), option


@each
def test_the_same_thing_has_the_same_name_everywhere(leaf: Leaf) -> None:
    options = leaf.options
    assert ("--json" in options) is (leaf.name not in WITHOUT_JSON)
    assert ("--yes" in options) is (leaf.name in ASKING)
    assert ("--password-stdin" in options) is ("--generate-password" in options)
    assert not options.keys() & {"--force", "-y", "--format", "--output", "--password", "--quiet"}


@pytest.mark.parametrize("name", SAMPLES)
def test_json_is_one_object_on_standard_output(world: str, name: str) -> None:
    sure = ("--yes",) if name in ASKING else ()
    done = ended(*arguments(LEAVES[name], "--json", *sure), given="")
    assert done.status == 0, done.err
    # An export may be longer than any object; without entries it is empty.
    lines = done.out.splitlines() if name == "audit export" else [done.out]
    assert all(isinstance(json.loads(line), dict) for line in lines)


@pytest.mark.parametrize("name", SAMPLES)
def test_without_json_it_speaks_to_people(world: str, name: str) -> None:
    sure = ("--yes",) if name in ASKING else ()
    done = ended(*arguments(LEAVES[name], *sure), given="")
    assert done.status == 0, done.err
    if name != "audit export":
        assert not done.out.startswith(("{", "["))


@pytest.mark.parametrize("name", sorted(ASKING - OF_PROVIDERS))
def test_what_ends_something_for_good_is_not_done_unasked(world: str, name: str) -> None:
    done = ended(*arguments(LEAVES[name]), given="y\n")
    assert done == (1, "", "There is no terminal to ask on; use --yes. Nothing was changed.\n")
    assert User.objects.living().count() == 2
    assert Key.objects.get().name == "ci"
    assert Key.objects.get().id == world[:10]


@pytest.mark.parametrize("name", ABOUT_NOBODY)
def test_what_there_is_not_is_refused_with_what_to_do(world: str, name: str) -> None:
    sure = ("--yes",) if name in ASKING else ()
    done = ended(*name.split(), *ABOUT_NOBODY[name], *sure, "--json", given="")
    assert (done.status, done.out) == (1, "")
    assert re.fullmatch(r"There is no (user|key) \S+\. (Give|See) .*\.\n", done.err)


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("status", "command"),
    [
        (0, "users list"),
        (1, "users suspend nobody"),
        (1, "authcheck --user=nobody --resource=workspace --action=read"),
        (2, "users suspend"),
        (2, "users list --q=colour:red"),
        (2, "audit list --limit=0"),
        (2, "create_admin --email=nobody --username=x"),
    ],
)
def test_a_process_ends_with_the_status_and_a_plain_sentence(
    migrated: Installation, status: int, command: str
) -> None:
    done = migrated.run(*command.split())
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    assert "Error: " not in done.stderr.replace("manage.py", "") or status == 2
    assert bool(done.stderr) is (status > 0)
