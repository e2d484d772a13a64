"""`coder organizations`, as requests to a real server."""

from itertools import count

import pytest

from tests.cli.client import Cli, CliError
from tests.cli.conftest import Someone

_numbers = count(1)


@pytest.fixture
def another(owner: Cli) -> str:
    """Make one more organization and return its name."""
    name = f"team{next(_numbers)}"
    owner.result("POST", "/organizations", 201, body={"name": name})
    return name


def roles_of(member: object) -> list[str]:
    assert isinstance(member, dict)
    return [role["name"] for role in member["roles"]]


def test_an_organization_is_shown(owner: Cli, someone: Someone, another: str) -> None:
    alice = someone()
    shown = alice.organizations_show()
    assert (shown["name"], shown["is_default"]) == ("coder", True)
    assert alice.organizations_show("coder") == alice.organizations_show(shown["id"]) == shown
    assert owner.organizations_show(another)["display_name"] == another
    with pytest.raises(CliError, match="Resource not found"):
        alice.organizations_show(another)


def test_members_are_added_listed_and_removed(owner: Cli, someone: Someone, another: str) -> None:
    alice = someone()
    user = alice.whoami()
    assert [one["username"] for one in owner.members_list(another)] == ["owner"]

    added = owner.members_add(user["username"], another)

    assert (added["user_id"], added["roles"]) == (user["id"], [])
    assert len(owner.members_list(another)) == 2
    assert [one["user_id"] for one in alice.members_list(another)] == [user["id"]]
    with pytest.raises(CliError, match="already an organization member"):
        owner.members_add(user["username"], another)

    owner.members_remove(user["username"], another)

    assert len(owner.members_list(another)) == 1
    with pytest.raises(CliError, match="Resource not found"):
        alice.members_list(another)


def test_the_list_is_asked_for_with_a_slash_at_the_end(owner: Cli, another: str) -> None:
    owner.members_list(another)
    assert owner.sent[-1].endswith("/members/")


def test_a_member_adds_nobody(someone: Someone, another: str, owner: Cli) -> None:
    alice, bob = someone(), someone()
    name = bob.whoami()["username"]
    owner.members_add(alice.whoami()["username"], another)
    # She cannot name people whom she may not read.
    with pytest.raises(CliError, match="must be an existing uuid or username"):
        alice.members_add(name, another)
    owner.members_edit_roles(alice.whoami()["username"], "organization-admin", organization=another)
    alice.members_add(name, another)


def test_roles_of_a_member_are_replaced(owner: Cli, someone: Someone) -> None:
    alice = someone()
    name = alice.whoami()["username"]
    for roles in (["organization-auditor"], ["organization-admin"], []):
        assert roles_of(owner.members_edit_roles(name, *roles, organization="coder")) == roles
    with pytest.raises(CliError, match="cannot change your own organization roles"):
        owner.members_edit_roles("owner", organization="coder")


def test_roles_are_shown(someone: Someone) -> None:
    roles = {role["name"]: role for role in someone().roles_show()}
    assert {"organization-admin", "organization-auditor"} <= set(roles)
    assert not any(role["assignable"] for role in roles.values())


def test_a_custom_role_is_made_changed_and_takes_effect(
    owner: Cli, someone: Someone, another: str
) -> None:
    alice = someone()
    name = alice.whoami()["username"]
    owner.members_add(name, another)
    role = f"builder-{another}"

    made = owner.roles_create(role, "template:read", organization=another)

    assert made["name"] == role
    (shown,) = [one for one in owner.roles_show(another) if one["name"] == role]
    assert (shown["built_in"], shown["assignable"]) == (False, True)
    assert roles_of(owner.members_edit_roles(name, role, organization=another)) == [role]
    organization = owner.organizations_show(another)["id"]
    check = {
        "object": {"resource_type": "template", "organization_id": organization},
        "action": "create",
    }

    def may() -> bool:
        answer = alice.result("POST", "/authcheck", 200, body={"checks": {"it": check}})
        return bool(answer["it"])

    assert not may()
    owner.roles_update(role, "template:read", "template:create", organization=another)
    assert may()
    # An update leaves out what no role can grant; to make a role of it is refused.
    owner.roles_update(role, "template:fly", organization=another)
    assert not may()
    with pytest.raises(CliError, match="Failed to update role permissions"):
        owner.roles_create(f"{role}-2", "template:fly", organization=another)
    with pytest.raises(CliError, match="Resource not found"):
        alice.roles_create(f"{role}-2", "template:read", organization=another)
