"""`authcheck` with the id of what is stored or registered (authorization.md 4, decision D17)."""

from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from scopes.models import Group, GroupMembership, Membership, Organization, RegisteredObject
from scopes.organizations.selectors import default_organization
from tests.people import Api, make_key, make_user, signed_in
from tests.scopes.keyring import narrowed
from tests.scopes.questions import about, ask
from tests.scopes.registry import put, store


def ask_of(api: Api, kind: str, identifier: object, *actions: str, **lie: Any) -> dict[str, bool]:
    checks = {action: about(action, kind, resource_id=str(identifier), **lie) for action in actions}
    return ask(api, **checks)


def may(api: Api, row: RegisteredObject, action: str) -> bool:
    return ask_of(api, row.type, row.object_id, action)[action]


def test_registered_object_is_judged_as_it_is_registered(
    as_owner: Api, as_alice: Api, as_mallory: Api, alice: User
) -> None:
    home, identifier = str(default_organization().pk), uuid4()
    put(as_owner, "workspace", identifier, owner_id=str(alice.pk), organization_id=home)
    lie = {"owner_id": "me", "organization_id": str(uuid4()), "any_org": True}

    for api, expected in ((as_alice, True), (as_mallory, False), (as_owner, True)):
        answers = ask_of(api, "workspace", identifier, "read", "ssh", **lie)
        assert answers == {"read": expected, "ssh": expected}
    assert ask_of(as_alice, "template", identifier, "read") == {"read": False}
    as_owner.delete(f"/objects/workspace/{identifier}")
    assert ask_of(as_alice, "workspace", identifier, "read") == {"read": False}


# authorization.md 1.4: an object in an organization is closed to non-members, even to its
# owner.
def test_owner_who_left_the_organization_is_out(as_alice: Api, alice: User) -> None:
    row = store(owner=alice, organization=default_organization())

    assert may(as_alice, row, "read")
    Membership.objects.filter(user=alice).delete()
    assert not may(as_alice, row, "read")


# authorization.md 1.6: a user's entry works without a membership; a group's needs it.
def test_access_lists_let_in(alice: User, mallory: User) -> None:
    home = default_organization()
    group = Group.objects.create(name="team", organization=home)
    GroupMembership.objects.create(group=group, user=alice)
    stranger = signed_in(make_user("stranger", joins=False))
    person = User.objects.get(username="stranger")
    row = store(
        organization=home,
        acl_users={str(person.pk): ["read", "start"]},
        acl_groups={str(group.pk): ["read", "stop"]},
    )

    assert [may(stranger, row, one) for one in ("read", "start", "stop")] == [True, True, False]
    member = signed_in(alice)
    assert [may(member, row, one) for one in ("read", "start", "stop")] == [True, False, True]
    assert not may(signed_in(mallory), row, "read")
    RegisteredObject.objects.update(acl_groups={str(home.pk): ["*"]})
    assert may(signed_in(mallory), row, "ssh")
    Membership.objects.filter(user=mallory).delete()
    assert not may(signed_in(mallory), row, "ssh")


# Fetched with the caller's own `read`: who may stop but not see it is told no.
def test_what_cannot_be_read_is_a_no(mallory: User) -> None:
    row = store(acl_users={str(mallory.pk): ["stop"]})
    api = signed_in(mallory)

    assert not may(api, row, "stop")
    RegisteredObject.objects.update(acl_users={str(mallory.pk): ["stop", "read"]})
    assert may(api, row, "stop")


def test_scope_and_allow_list_of_the_key_count(alice: User) -> None:
    row, other = store(owner=alice), store(owner=alice)

    assert not may(narrowed(alice, "workspace:stop"), row, "stop")
    assert may(narrowed(alice, "workspace:stop", "workspace:read"), row, "stop")
    listed = narrowed(alice, "coder:all", allow_list=(f"workspace:{row.object_id}",))
    assert (may(listed, row, "stop"), may(listed, other, "stop")) == (True, False)


def test_dormant_workspace_is_judged_as_dormant(alice: User) -> None:
    row, api = store(owner=alice), signed_in(alice)
    assert ask_of(api, "workspace", row.object_id, "start", "delete") == {
        "start": True,
        "delete": True,
    }

    row.type = "workspace_dormant"
    row.save()
    asleep = {"start": False, "delete": True}
    assert ask_of(api, "workspace", row.object_id, "start", "delete") == asleep


def test_organization_is_found_by_id(as_owner: Api, as_alice: Api) -> None:
    home, other = default_organization(), Organization.objects.create(name="other")

    assert ask_of(as_alice, "organization", home.pk, "read", "update") == {
        "read": True,
        "update": False,
    }
    assert ask_of(as_alice, "organization", other.pk, "read") == {"read": False}
    assert ask_of(as_owner, "organization", other.pk, "read", "update") == {
        "read": True,
        "update": True,
    }


def test_everyone_is_found_by_the_organizations_id(as_alice: Api, as_owner: Api) -> None:
    home = default_organization()
    other = Organization.objects.create(name="other")

    assert ask_of(as_alice, "group", home.pk, "read", "update") == {"read": True, "update": False}
    assert ask_of(as_alice, "group", other.pk, "read") == {"read": False}
    assert ask_of(as_owner, "group", other.pk, "read") == {"read": True}


def test_key_is_found_by_its_ten_characters(as_alice: Api, as_mallory: Api, alice: User) -> None:
    key = make_key(alice, login_type="token", name="ci")[:10]

    assert ask_of(as_alice, "api_key", key, "read", "delete") == {"read": True, "delete": True}
    assert ask_of(as_mallory, "api_key", key, "read") == {"read": False}
    assert ask_of(as_alice, "api_key", "0123456789", "read") == {"read": False}


@pytest.mark.parametrize(
    ("kind", "identifier"),
    [("api_key", "012345678"), ("api_key", "01234-6789"), ("user", "0123456789")],
)
def test_other_texts_are_no_ids(as_alice: Api, kind: str, identifier: str) -> None:
    check = {"object": {"resource_type": kind, "resource_id": identifier}, "action": "read"}

    refused = as_alice.post("/authcheck", {"checks": {"c": check}})

    assert refused.status_code == 400
    assert refused.json()["message"] == f'Object "{identifier}" id is not a valid uuid.'


def test_explanation_tells_the_access_list(mallory: User) -> None:
    row = store(acl_users={str(mallory.pk): ["read"]})
    checks = {
        name: {"object": {"resource_type": "workspace", "resource_id": identifier},
               "action": action}
        for name, identifier, action in (
            ("yes", str(row.object_id), "read"),
            ("no", str(row.object_id), "stop"),
            ("unknown", str(uuid4()), "read"),
        )
    }  # fmt: skip

    why = signed_in(mallory).post("/authcheck/explain", {"checks": checks}).json()

    assert (why["yes"]["allowed"], why["yes"]["level"]) == (True, "acl")
    assert why["yes"]["permission"] == "workspace:read"
    assert (why["no"]["allowed"], why["no"]["missing"]) == (False, ["role"])
    assert why["unknown"]["missing"] == ["object"]
