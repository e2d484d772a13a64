"""`manage.py audit`: list, export, verify."""

import json

import pytest
from django.core.management import CommandError

from accounts.models import User
from scopes.organizations.selectors import default_organization
from tests.audit.entries import make_entries, make_sealed, tamper
from tests.commands import ended, printed, result, run

pytestmark = pytest.mark.django_db


def test_verify_ends_with_one_and_names_the_entry_that_was_changed() -> None:
    make_sealed(3)
    make_entries(1)
    status, text, _ = run("audit", "verify")
    assert status == 0
    assert "intact: 3 entries checked" in text
    assert "1 not sealed yet" in text

    tamper("UPDATE audit_entry SET resource_target = 'x' WHERE sequence = 2")

    status, text, told = ended("audit", "verify")
    assert told == (
        "The chain is broken at entry 2. "
        "Compare the database with a copy from before (docs/audit.md).\n"
    )
    assert (status, text.splitlines()[0]) == (1, "broken: entry 2: it was changed")
    status, text, _ = ended("audit", "verify", "--json")
    document = json.loads(text)
    assert (status, document["intact"], document["first_bad"]) == (1, False, 2)


def test_verify_compares_with_a_noted_hash() -> None:
    rows = make_sealed(2)

    assert run("audit", "verify", "--known", f"2:{rows[1].hash}").status == 0
    assert ended("audit", "verify", "--known", f"2:{rows[0].hash}").status == 1
    with pytest.raises(CommandError, match="NUMBER:HASH"):
        run("audit", "verify", "--known", "2")


def test_list_shows_who_did_what(alice: User) -> None:
    make_entries(2, actor_id=alice.pk)
    make_entries(1, resource_type="group", resource_target="devs")

    assert printed("audit", "list", "-q", "resource_type:group").endswith("-  write group devs\n")
    assert printed("audit", "list", "-q", "username:alice").count("alice  write user") == 2
    assert len(result("audit", "list", "--limit", "2")["entries"]) == 2


@pytest.mark.parametrize("name", ["{id}", "coder", "Coder", "default"])
def test_list_finds_an_organization_as_a_path_of_the_api_does(name: str) -> None:
    home = default_organization()
    make_entries(1, resource_target="here", organization_id=home.pk)
    make_entries(1, resource_target="elsewhere")

    listed = printed("audit", "list", "-q", f"organization:{name.format(id=home.pk)}")

    assert listed.endswith("-  write user here\n")
    assert listed.count("\n") == 1
    assert printed("audit", "list", "-q", "organization:nowhere") == ""


@pytest.mark.parametrize("args", [("-q", "colour:red"), ("--limit", "0")])
def test_list_refuses_what_makes_no_sense(args: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        printed("audit", "list", *args)


def test_export_writes_each_entry_as_a_line_oldest_first() -> None:
    rows = make_sealed(1200, diff={"a": {"old": 1, "new": 2, "secret": False}})

    lines = [json.loads(line) for line in printed("audit", "export").splitlines()]

    assert [line["sequence"] for line in lines] == list(range(1, 1201))
    assert [line["hash"] for line in lines] == [row.hash for row in rows]
