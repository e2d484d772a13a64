"""`GET` and `PUT /users/{user}/roles` (accounts.md 2.14)."""

from typing import Any
from uuid import uuid4

import pytest
from pytest_django import Settings

from accounts.models import User
from scopes.models import CustomRole, Organization
from scopes.organizations.selectors import default_organization
from tests.expect import (
    NOT_FOUND,
    audited,
    document,
    last_entry,
    refused,
    unknown_user,
    unreadable,
)
from tests.people import Api, make_key, make_user, signed_in

OWN = "You cannot change your own roles."


def put(api: Api, reference: object, *roles: str) -> Any:
    return api.put(f"/users/{reference}/roles", {"roles": list(roles)})


def names(answer: Any) -> list[str]:
    return [role["name"] for role in document(answer)["roles"]]


def test_roles_are_those_stored(as_owner: Api, alice: User) -> None:
    default = str(default_organization().pk)
    assert document(as_owner.get("/users/alice/roles")) == {
        "roles": [],
        "organization_roles": {default: []},
    }
    make_user("bob", roles=["auditor"], organization_roles=["organization-admin"])
    assert document(as_owner.get("/users/bob/roles")) == {
        "roles": ["auditor"],
        "organization_roles": {default: ["organization-admin"]},
    }


@pytest.mark.parametrize(
    ("role", "status"),
    [("owner", 200), ("user-admin", 200), ("auditor", 404), ("template-admin", 404), ("", 400)],
)
def test_who_may_see_the_roles_of_others(alice: User, role: str, status: int) -> None:
    actor = signed_in(make_user("actor", roles=[role] if role else []))
    answer = actor.get("/users/alice/roles")
    assert answer.status_code == status
    if status == 404:
        refused(answer, 404, NOT_FOUND)
    assert actor.get("/users/me/roles").status_code == 200


def test_memberships_the_caller_may_not_read_are_left_out(as_alice: Api, alice: User) -> None:
    key = Api(make_key(alice, login_type="token", name="x", scopes=["user:*"]))
    assert document(key.get("/users/me/roles"))["organization_roles"] == {}
    assert list(document(as_alice.get("/users/me/roles"))["organization_roles"]) == [
        str(default_organization().pk)
    ]


def test_the_set_is_replaced_and_repetitions_vanish(as_owner: Api, alice: User) -> None:
    assert names(put(as_owner, "alice", "auditor", "user-admin", "auditor")) == [
        "auditor",
        "user-admin",
    ]
    assert names(put(as_owner, "alice", "template-admin")) == ["template-admin"]
    assert names(as_owner.put("/users/alice/roles", {})) == []
    assert names(as_owner.put("/users/alice/roles", {"roles": None})) == []
    assert audited() == [("write", "user", 200)] * 4


def test_the_audit_shows_the_change_and_the_user_stays_untouched(
    as_owner: Api, alice: User, owner: User
) -> None:
    put(as_owner, "alice", "auditor")
    entry = last_entry()
    assert entry.diff == {"rbac_roles": {"old": [], "new": ["auditor"], "secret": False}}
    assert (entry.actor_id, entry.resource_target) == (owner.pk, "alice")
    updated_at = alice.updated_at
    alice.refresh_from_db()
    assert alice.updated_at == updated_at


# accounts.md T116
def test_an_unknown_id_is_a_bad_request(as_owner: Api) -> None:
    missing = str(uuid4())
    unknown_user(put(as_owner, missing, "member"), missing)


# accounts.md T117
def test_a_member_cannot_touch_an_owner(as_mallory: Api, owner: User) -> None:
    unknown_user(put(as_mallory, "owner", "member"), "owner")
    owner.refresh_from_db()
    assert owner.site_roles == ["owner"]


# accounts.md T118
@pytest.mark.parametrize("reference", ["me", "owner", "id"])
@pytest.mark.parametrize("raw", [b'{"roles": ["auditor"]}', b"not json", b""])
def test_nobody_changes_their_own_roles(
    as_owner: Api, owner: User, reference: str, raw: bytes
) -> None:
    answer = as_owner(
        "PUT", f"/users/{owner.pk if reference == 'id' else reference}/roles", raw=raw
    )
    refused(answer, 400, OWN)
    assert audited() == [("write", "user", 400)]


# accounts.md T115
def test_an_organization_role_is_no_site_role(as_owner: Api, alice: User) -> None:
    refused(
        put(as_owner, "alice", "organization-admin"),
        400,
        '"organization-admin" is not a supported role',
    )
    refused(put(as_owner, "me", "organization-admin"), 400, OWN)


@pytest.mark.parametrize("role", ["", "Owner", "nonsense", "owner ", "{role}", "member:x"])
def test_an_unknown_role_is_named(as_owner: Api, alice: User, role: str) -> None:
    refused(put(as_owner, "alice", "auditor", role), 400, f'"{role}" is not a supported role')
    assert audited() == [("write", "user", 400)]
    alice.refresh_from_db()
    assert alice.site_roles == []


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"roles": "owner"}', b'{"roles": [1]}'])
def test_a_body_of_another_shape_is_refused(as_owner: Api, alice: User, raw: bytes) -> None:
    unreadable(as_owner("PUT", "/users/alice/roles", raw=raw))


@pytest.mark.parametrize("role", ["auditor", "template-admin"])
def test_readers_may_not_assign(alice: User, role: str) -> None:
    actor = signed_in(make_user("actor", roles=[role]))
    answer = put(actor, "alice", "auditor")
    assert (answer.status_code, document(answer)["message"]) == (403, "Forbidden.")
    assert audited() == [("write", "user", 403)]
    assert put(signed_in(make_user("boss", roles=["owner"])), "alice", "auditor").status_code == 200


@pytest.mark.parametrize("role", ["organization-admin", "organization-user-admin"])
def test_organization_admins_may_not_assign_site_roles(alice: User, role: str) -> None:
    actor = signed_in(make_user("actor", organization_roles=[role]))
    assert put(actor, "alice", "auditor").status_code == 403


def test_an_unknown_role_is_told_before_the_permission(alice: User) -> None:
    actor = signed_in(make_user("actor", roles=["auditor"]))
    assert put(actor, "alice", "nonsense").status_code == 400


# accounts.md T119
def test_a_user_admin_makes_a_member(alice: User) -> None:
    actor = signed_in(make_user("actor", roles=["user-admin"]))
    answer = put(actor, "alice", "member")
    assert document(answer)["roles"] == [{"name": "member", "display_name": "Member"}]


@pytest.mark.parametrize("role", ["owner", "auditor", "template-admin", "user-admin"])
def test_a_user_admin_hands_out_nothing_more(alice: User, role: str) -> None:
    actor = signed_in(make_user("actor", roles=["user-admin"]))
    refused(put(actor, "alice", role), 400, f'not authorized to assign role "{role}"')
    refused(put(actor, "alice", "member", role), 400, f'not authorized to assign role "{role}"')
    alice.refresh_from_db()
    assert alice.site_roles == []


@pytest.mark.parametrize("role", ["owner", "auditor", "template-admin", "user-admin"])
def test_a_user_admin_takes_nothing_away(role: str, db: None) -> None:
    actor = signed_in(make_user("actor", roles=["user-admin"]))
    make_user("bob", roles=[role])
    make_user("other", roles=["owner"])
    refused(put(actor, "bob"), 400, f'not authorized to assign role "{role}"')


@pytest.mark.parametrize("role", ["owner", "auditor", "template-admin", "user-admin", "member"])
def test_an_owner_hands_out_and_takes_every_role(as_owner: Api, alice: User, role: str) -> None:
    assert names(put(as_owner, "alice", role)) == [role]
    assert names(put(as_owner, "alice")) == []


# accounts.md H14
def test_only_owners_touch_owners(as_owner: Api, settings: Settings) -> None:
    make_user("second", roles=["owner"])
    actor = signed_in(make_user("actor", roles=["user-admin"]))
    refused(
        put(actor, "second", "owner", "member"),
        403,
        "Only owners can change an owner.",
        detail="Ask an owner to do this.",
    )
    settings.PROTECT_OWNERS = False
    assert put(actor, "second", "owner", "member").status_code == 200
    assert put(as_owner, "second", "auditor").status_code == 200


# The caller is an owner other than the target, so only a race can meet the last one: test_races.
def test_an_owner_demotes_another_one(as_owner: Api, owner: User) -> None:
    make_user("second", roles=["owner"])
    assert names(put(as_owner, "second", "auditor")) == ["auditor"]
    refused(put(as_owner, "owner"), 400, OWN)


def test_a_deleted_user_has_no_roles_to_change(as_owner: Api, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_deleted=True)
    refused(put(as_owner, alice.pk, "auditor"), 404, NOT_FOUND)


@pytest.mark.parametrize("scopes", [["user:*"], ["user:read", "api_key:*"]])
def test_a_narrowed_key_of_an_owner_hands_out_nothing(
    owner: User, alice: User, scopes: list[str]
) -> None:
    key = Api(make_key(owner, login_type="token", name="ci", scopes=scopes))
    assert put(key, "alice", "owner").status_code in {400, 403}
    alice.refresh_from_db()
    assert alice.site_roles == []


# accounts.md T221: a custom role never becomes a site role.
def test_a_custom_role_is_no_site_role(as_owner: Api, alice: User) -> None:
    CustomRole.objects.create(
        name="reviewer", organization=Organization.objects.create(name="other")
    )
    assert put(as_owner, "alice", "reviewer").status_code == 400


def test_the_new_roles_hold_at_once(as_owner: Api, as_alice: Api, alice: User) -> None:
    assert as_alice.get("/users/owner").status_code == 400
    put(as_owner, "alice", "auditor")
    assert as_alice.get("/users/owner").status_code == 200
    put(as_owner, "alice")
    assert as_alice.get("/users/owner").status_code == 400
