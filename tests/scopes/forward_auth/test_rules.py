"""The rules file of forward auth, and the command that checks and tries it."""

import json
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from accounts.models import User
from coderauth.env import Environment
from scopes.forward_auth.rules import ForwardRule, RulesError, read_rules
from tests.people import make_key
from tests.places import ROOT

EXAMPLE = ROOT / "deploy" / "proxies" / "rules.toml"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has no [[rules]]"),
        ("rules = 1", "has no [[rules]]"),
        ("[[rules]\n", "is not TOML"),
        ("[other]\n", "has other; only [[rules]] is known"),
        ("[[rules]]\nneed = 'x'", "rule 1 has need"),
        ("[[rules]]\nneeds = 'workspace:fly'", "there is no permission 'workspace:fly'"),
        ("[[rules]]\nneeds = ['fly']", "there is no permission 'fly'"),
        ("[[rules]]\nscope = 'fly'", "there is no scope 'fly'"),
        ("[[rules]]\npaths = ['x']", "the path 'x' must begin with /"),
        ("[[rules]]\nhosts = 1", "hosts must be a text, or a list of texts"),
        ("[[rules]]\nname = 1", "name must be a text"),
        ("[[rules]]\nname='a'\n[[rules]]\nname='a'", "two rules of the name a"),
        ("[[rules]]\nresource_id='x'", "resource_id goes with one permission"),
    ],
)
def test_a_mistake_is_named(text: str, reason: str) -> None:
    with pytest.raises(RulesError) as refusal:
        read_rules(text)
    assert reason in str(refusal.value)


def test_a_mistake_stops_the_start_and_names_the_variable(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    values = {"CODERAUTH_FORWARD_AUTH_RULES": str(file)}

    def start() -> object:
        nothing: Sequence[ForwardRule] = []
        return Environment(values).file("FORWARD_AUTH_RULES", read_rules, nothing)

    with pytest.raises(ImproperlyConfigured, match="CODERAUTH_FORWARD_AUTH_RULES cannot be read"):
        start()
    file.write_text("[[rules]]\nneeds = 'x'")
    with pytest.raises(ImproperlyConfigured, match="names a file that rule 1: there is no perm"):
        start()
    file.write_text("[[rules]]\n")
    assert start()


def test_the_example_is_read_and_tried() -> None:
    out = StringIO()
    call_command("forward_auth", "check", f"--rules={EXAMPLE}", "--json", stdout=out)
    assert [rule["name"] for rule in json.loads(out.getvalue())["rules"]][:2] == [
        "deploy", "metrics",
    ]  # fmt: skip
    tried = StringIO()
    call_command(
        "forward_auth", "try", f"--rules={EXAMPLE}", "--host=app.example.org",
        "--path=/deploy/x", "--method=POST", stdout=tried,
    )  # fmt: skip
    assert "deploy decides; it needs workspace:update, workspace:start" in tried.getvalue()


def test_a_key_is_tried_and_the_status_is_honest(owner: User, alice: User, tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text("[[rules]]\nneeds = 'organization:create'")
    options = ("try", f"--rules={file}", "--path=/x")

    call_command("forward_auth", *options, f"--key={make_key(owner)[:10]}", stdout=StringIO())
    with pytest.raises(CommandError, match="The answer is no"):
        call_command("forward_auth", *options, f"--key={make_key(alice)[:10]}", stdout=StringIO())
    with pytest.raises(CommandError, match="There is no key"):
        call_command("forward_auth", *options, "--key=0123456789", stdout=StringIO())


def test_without_rules_the_command_says_what_to_do() -> None:
    with pytest.raises(CommandError, match="CODERAUTH_FORWARD_AUTH_RULES"):
        call_command("forward_auth", "check")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("forward_auth", "check", "--rules=/nowhere")
