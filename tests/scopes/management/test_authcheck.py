"""`manage.py authcheck`: the decision, what decided it, and what to do next."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.management.base import CommandError
from django.utils import timezone

from accounts.models import User
from scopes.models import CustomRole, Group, GroupMembership, Key, Organization
from scopes.organizations.selectors import default_organization
from tests.commands import run
from tests.people import Api, make_key, make_user
from tests.processes import Installation
from tests.scopes.registry import store

WORKSPACE_UPDATE = ("--resource=workspace", "--action=update")


def asked_as_json(*arguments: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run("authcheck", *arguments, "--json").out)
    return answer


def test_the_one_who_may_is_told_by_which_role_and_scope(owner: User) -> None:
    status, text, _ = run("authcheck", "--user=owner", *WORKSPACE_UPDATE)
    assert status == 0
    assert text.startswith("allowed: owner workspace:update\n")
    assert "the role owner grants workspace:update (site level)" in text
    assert "the scope coder:all covers it" in text


def test_the_one_who_may_not_is_told_what_is_missing(alice: User) -> None:
    status, text, _ = run("authcheck", "--user=alice", *WORKSPACE_UPDATE)
    assert status == 1
    assert text.startswith("denied: alice workspace:update\n")
    assert "missing: role" in text
    assert "Ask an administrator for a role that grants workspace:update." in text


def test_owner_me_and_a_name_and_an_id_mean_the_same(alice: User) -> None:
    question = ("--user=alice", "--organization=coder", "--resource=workspace", "--action=read")
    assert run("authcheck", *question).status == 1
    for reference in ("me", "alice", str(alice.pk), alice.email):
        assert run("authcheck", *question, f"--owner={reference}").status == 0


def test_a_scope_narrows_what_the_role_grants(owner: User) -> None:
    narrowed = asked_as_json("--user=owner", *WORKSPACE_UPDATE, "--scope=workspace:read")
    assert (narrowed["allowed"], narrowed["missing"]) == (False, ["scope"])
    assert "workspace:update" in narrowed["hint"]
    both = ("--scope=workspace:read", "--scope=workspace:update")
    assert run("authcheck", "--user=owner", *WORKSPACE_UPDATE, *both).status == 0


def test_an_allow_list_narrows_it_too(owner: User, alice: User) -> None:
    question = ("--user=owner", "--resource=user", f"--resource-id={alice.pk}", "--action=read")
    assert run("authcheck", *question, f"--allow=user:{alice.pk}").status == 0
    assert run("authcheck", *question, f"--allow=user:{owner.pk}").status == 1


def test_a_key_is_judged_by_its_own_scopes(owner: User) -> None:
    wide, narrow = make_key(owner)[:10], make_key(owner, scopes=["workspace:read"])[:10]
    assert run("authcheck", f"--key-id={wide}", *WORKSPACE_UPDATE).status == 0
    answer = asked_as_json(f"--key-id={narrow}", *WORKSPACE_UPDATE)
    assert answer["allowed"] is False
    assert answer["who"] == f"owner with the key {narrow}"


def test_an_expired_key_may_nothing(owner: User) -> None:
    key_id = make_key(owner)[:10]
    assert run("authcheck", f"--key-id={key_id}", *WORKSPACE_UPDATE).status == 0
    Key.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    status, text, _ = run("authcheck", f"--key-id={key_id}", *WORKSPACE_UPDATE)
    assert status == 1
    assert "The key has expired" in text


def test_a_suspended_user_may_nothing(owner: User) -> None:
    assert run("authcheck", "--user=owner", *WORKSPACE_UPDATE).status == 0
    User.objects.update(status="suspended")
    status, text, _ = run("authcheck", "--user=owner", *WORKSPACE_UPDATE)
    assert status == 1
    assert "owner is suspended" in text


def test_custom_roles_and_groups_count_as_in_a_request(db: None) -> None:
    organization = default_organization()
    CustomRole.objects.create(
        name="builder",
        organization=organization,
        permissions=[{"resource_type": "template", "action": "create", "negate": False}],
    )
    group = Group.objects.create(name="crew", organization=organization)
    bob = make_user("bob", organization_roles=["builder"])
    GroupMembership.objects.create(user=bob, group=group)
    make_user("carol")
    question = ("--organization=coder", "--resource=template", "--action=create")
    assert run("authcheck", "--user=bob", *question).status == 0
    assert run("authcheck", "--user=carol", *question).status == 1
    read = (f"--resource-id={group.pk}", "--resource=group", "--action=read")
    assert asked_as_json("--user=bob", *read)["level"] == "acl"
    assert asked_as_json("--user=carol", *read)["missing"] == ["object"]


def test_stored_keys_and_registered_objects_are_asked_about_by_id(alice: User) -> None:
    key, row = make_key(alice)[:10], store(owner=alice)
    make_user("carol")
    for kind, identifier, action in (
        ("api_key", key, "delete"),
        ("workspace", row.object_id, "ssh"),
        ("organization", default_organization().pk, "read"),
    ):
        question = (f"--resource={kind}", f"--resource-id={identifier}", f"--action={action}")
        assert run("authcheck", "--user=alice", *question).status == 0
        expected = 0 if kind == "organization" else 1
        assert run("authcheck", "--user=carol", *question).status == expected


@pytest.mark.parametrize(
    ("resource", "action"),
    [("user", "read"), ("api_key", "create"), ("organization", "read"), ("workspace", "create")],
)
@pytest.mark.parametrize("owned", [True, False])
def test_it_answers_what_the_api_answers(
    alice: User, resource: str, action: str, owned: bool
) -> None:
    organization = default_organization()
    token = make_key(alice)
    described = {"resource_type": resource, "organization_id": str(organization.pk)}
    described |= {"owner_id": "me"} if owned else {}
    checks = {"it": {"object": described, "action": action}}
    over_http = Api(token).post("/authcheck", {"checks": checks}).json()["it"]
    question = [f"--resource={resource}", f"--action={action}", "--organization=default"]
    question += ["--owner=me"] if owned else []
    assert asked_as_json("--user=alice", *question)["allowed"] is over_http
    assert asked_as_json(f"--key-id={token[:10]}", *question)["allowed"] is over_http


def test_any_organization_is_asked_for(db: None) -> None:
    other = Organization.objects.create(name="other")
    make_user("carl", organization=other, organization_roles=["organization-admin"])
    question = ("--user=carl", "--resource=template", "--action=create")
    assert run("authcheck", *question).status == 1
    assert run("authcheck", *question, "--any-org").status == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--user=nobody"], "There is no user 'nobody'"),
        (["--key-id=0123456789"], "There is no key '0123456789'"),
        ([], "Give either --user or --key-id"),
        (["--user=alice", "--key-id=0123456789"], "Give either --user or --key-id"),
        (["--user=alice", "--owner=nobody"], "There is no user 'nobody'"),
        (["--user=alice", "--organization=none"], "There is no organization 'none'"),
        (["--user=alice", "--scope=cook:dinner"], "no scope named"),
        (["--user=alice", "--allow=dinner"], "want <type>:<id>"),
        (["--user=alice", "--resource-id=7"], "is not a valid uuid"),
        (["--key-id=0123456789", "--scope=all"], "leave out --scope"),
    ],
)
def test_a_question_without_sense_is_no_denial(
    alice: User, arguments: list[str], words: str
) -> None:
    with pytest.raises(CommandError, match=words) as refusal:
        run("authcheck", *arguments, *WORKSPACE_UPDATE)
    assert refusal.value.returncode == (1 if words.startswith("There is no") else 2)


def test_an_unknown_type_is_denied_with_a_hint(owner: User) -> None:
    status, text, _ = run("authcheck", "--user=owner", "--resource=dinner", "--action=cook")
    assert status == 1
    assert "There is no such resource type" in text


def test_a_deleted_user_is_nobody(db: None) -> None:
    gone = make_user("gone", is_deleted=True)
    for reference in ("gone", str(gone.pk), str(uuid4())):
        with pytest.raises(CommandError, match="There is no user"):
            run("authcheck", f"--user={reference}", *WORKSPACE_UPDATE)


@pytest.mark.no_database
@pytest.mark.long
def test_as_a_process_it_ends_with_0_1_or_2(migrated: Installation) -> None:
    assert (
        migrated.run(
            "create_admin", "--email=a@b.test", "--username=ann", "--generate-password"
        ).returncode
        == 0
    )
    allowed = migrated.run("authcheck", "--user=ann", *WORKSPACE_UPDATE)
    assert (allowed.returncode, allowed.stderr) == (0, "")
    denied = migrated.run("authcheck", "--user=ann", *WORKSPACE_UPDATE, "--scope=workspace:read")
    assert (denied.returncode, denied.stderr) == (1, "")
    unknown = migrated.run("authcheck", "--user=nobody", *WORKSPACE_UPDATE)
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert unknown.stderr.startswith("There is no user 'nobody'.")
    assert migrated.run("authcheck", "--user=ann", "--action=read").returncode == 2
