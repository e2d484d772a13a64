"""The one statement that says who is calling, on SQLite and on PostgreSQL (decision D14)."""

from dataclasses import astuple
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from scopes import callers
from scopes.callers import Caller, find_caller, grants
from scopes.engine.decision import Grant, Object, Subject, decide, prepare
from scopes.engine.roles import ORGANIZATION_ROLES, SITE_ROLES
from scopes.models import CustomRole, Group, GroupMembership, Key, Membership, Organization
from scopes.organizations.selectors import default_organization
from tests.people import PASSWORD, Api, make_key, make_user
from tests.scopes.keyring import at, row_of

READ_FILES = [{"resource_type": "file", "action": "read"}]


def caller_of(secret: str) -> Caller:
    caller = find_caller(secret[:10])
    assert caller is not None
    return caller


def held(caller: Caller) -> set[tuple[str, str]]:
    """Return the names of the roles, each with the organization it is bound to."""
    return {(grant.role.name, grant.organization) for grant in caller.subject.grants}


def from_the_orm(key: Key) -> Subject:
    """Build the same subject from models, the slow way."""
    user: Any = key.user
    memberships = [
        (
            str(row.organization_id),
            row.roles,
            {role.name: role.permissions for role in row.organization.custom_roles.all()},
        )
        for row in user.memberships.all()
    ]
    return prepare(
        id=str(user.pk),
        grants=grants(user.site_roles, memberships),
        groups=[str(pk) for pk in user.access_groups.values_list("pk", flat=True)],
        scopes=key.scopes,
        allow_list=[tuple(entry.split(":", 1)) for entry in key.allow_list],
    )


def comparable(subject: Subject) -> tuple[Any, ...]:
    by_name = sorted(subject.grants, key=lambda grant: (grant.organization, grant.role.name))
    return (
        subject.id, [astuple(grant) for grant in by_name], sorted(subject.groups), subject.scopes,
        subject.allow_list, subject.everywhere, subject.organizations, subject.anywhere,
    )  # fmt: skip


@pytest.fixture
def rich(db: None) -> str:
    """Return the key of somebody in two organizations, with roles of every kind, and groups."""
    home, other = default_organization(), Organization.objects.create(name="other")
    CustomRole.objects.create(name="reader", organization=home, permissions=READ_FILES)
    CustomRole.objects.create(
        name="banned",
        organization=other,
        permissions=[{"resource_type": "workspace", "action": "create", "negate": True}],
    )
    CustomRole.objects.create(name="unused", organization=other, permissions=[])
    user = make_user(
        "rich",
        roles=["auditor", "gone"],
        organization_roles=["organization-template-admin", "reader", "banned", "nonsense"],
        name="Ünï 💥",
        last_seen_at=at(2026, 1, 1),
    )
    Membership.objects.create(user=user, organization=other, roles=["banned"])
    for number in range(3):
        group = Group.objects.create(organization=home, name=f"group{number}")
        GroupMembership.objects.create(user=user, group=group)
    return make_key(
        user,
        scopes=["workspace:read", "user:*"],
        allow_list=["user:*", f"workspace:{user.pk}"],
        not_after=at(2099, 1, 1),
    )


# The statement is hand-written twice; both must say what the models say.
def test_subject_is_the_one_that_the_models_give(rich: str) -> None:
    assert comparable(caller_of(rich).subject) == comparable(from_the_orm(row_of(rich)))


def test_values_are_those_of_the_models(rich: str) -> None:
    caller, key = caller_of(rich), row_of(rich)
    user: Any = key.user

    for name in ("username", "email", "name", "avatar_url", "status", "login_type", "site_roles"):
        assert getattr(caller, name) == getattr(user, name)
    for name in ("created_at", "updated_at", "last_seen_at"):
        assert getattr(caller, name) == getattr(user, name)
    for name in ("scopes", "allow_list", "lifetime_seconds", "expires_at", "not_after"):
        assert getattr(caller, name) == getattr(key, name)
    assert (caller.id, caller.pk) == (str(user.pk), str(user.pk))
    assert (caller.key_id, caller.key_login_type) == (key.pk, key.login_type)
    assert bytes(caller.hashed_secret) == bytes(key.hashed_secret)
    assert caller.last_used_at is None
    joined = user.memberships.values_list("organization_id", flat=True)
    assert sorted(caller.organization_ids) == sorted(str(pk) for pk in joined)


@pytest.mark.parametrize("microsecond", [0, 1, 100, 999_999])
def test_times_are_exact_to_the_microsecond(alice: User, microsecond: int) -> None:
    moment = at(2026, 12, 31, 23, 59).replace(microsecond=microsecond)
    secret = make_key(alice, expires_at=moment, last_used_at=moment, not_after=moment)

    caller = caller_of(secret)

    assert (caller.expires_at, caller.last_used_at, caller.not_after) == (moment, moment, moment)


def test_everything_costs_one_statement(rich: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert caller_of(rich).subject.groups

    assert len(queries) == 1


# accounts.md T223: stored roles + `member` + `organization-member` for each organization.
@pytest.mark.django_db
def test_implied_roles_are_added() -> None:
    home, other = default_organization(), Organization.objects.create(name="other")
    user = make_user("someone", roles=["owner"], organization_roles=["organization-admin"])
    Membership.objects.create(user=user, organization=other)

    here, there = str(home.pk), str(other.pk)
    assert held(caller_of(make_key(user))) == {
        ("owner", ""),
        ("member", ""),
        ("organization-member", here),
        ("organization-admin", here),
        ("organization-member", there),
    }
    assert Grant(SITE_ROLES["member"]) in caller_of(make_key(user)).subject.grants


# accounts.md T221: custom organization roles are in the subject, and work.
@pytest.mark.django_db
def test_custom_role_is_held_in_its_own_organization_only() -> None:
    home, other = default_organization(), Organization.objects.create(name="other")
    CustomRole.objects.create(name="reader", organization=home, permissions=READ_FILES)
    user = make_user("someone", organization_roles=["organization-admin", "reader"])
    Membership.objects.create(user=user, organization=other, roles=["reader"])

    caller = caller_of(make_key(user))

    here, there = str(home.pk), str(other.pk)
    assert ("reader", here) in held(caller)
    assert ("organization-admin", here) in held(caller)
    assert ("reader", there) not in held(caller)
    assert decide(caller.subject, "read", Object(type="file", organization=here))
    assert not decide(caller.subject, "read", Object(type="file", organization=there))


@pytest.mark.django_db
def test_custom_role_with_no_permissions_is_a_role_all_the_same() -> None:
    home = default_organization()
    CustomRole.objects.create(name="empty", organization=home, permissions=[])
    user = make_user("someone", organization_roles=["empty"])

    assert ("empty", str(home.pk)) in held(caller_of(make_key(user)))


# authorization.md 1.1: built-in names win.
@pytest.mark.django_db
def test_custom_role_cannot_replace_a_built_in_one() -> None:
    home = default_organization()
    CustomRole.objects.create(
        name="organization-auditor",
        organization=home,
        permissions=[{"resource_type": "*", "action": "*"}],
    )
    user = make_user("someone", organization_roles=["organization-auditor"])

    caller = caller_of(make_key(user))

    assert Grant(ORGANIZATION_ROLES["organization-auditor"], str(home.pk)) in caller.subject.grants
    assert not decide(caller.subject, "delete", Object(type="file", organization=str(home.pk)))


# accounts.md T222: unknown roles are dropped, the request succeeds.
@pytest.mark.django_db
def test_unknown_roles_are_dropped() -> None:
    user = make_user(
        "someone",
        roles=["nonsense", "organization-admin", "", "owner:x", "custom-site-role"],
        organization_roles=["owner", "nonsense", ""],
    )
    secret = make_key(user)

    assert held(caller_of(secret)) == {
        ("member", ""),
        ("organization-member", str(default_organization().pk)),
    }
    assert Api(secret).get("/users/me").status_code == 200


@pytest.mark.django_db
def test_somebody_in_no_organization_is_a_member_of_the_site_only() -> None:
    caller = caller_of(make_key(make_user("alone", joins=False)))

    assert held(caller) == {("member", "")}
    assert (caller.organization_ids, caller.subject.groups) == ([], ())


def test_groups_and_roles_of_others_stay_theirs(alice: User, mallory: User) -> None:
    group = Group.objects.create(organization=default_organization(), name="devs")
    GroupMembership.objects.create(user=mallory, group=group)

    assert caller_of(make_key(alice)).subject.groups == ()
    assert caller_of(make_key(mallory)).subject.groups == (str(group.pk),)


def test_ids_are_written_with_hyphens_on_every_database(alice: User) -> None:
    caller = caller_of(make_key(alice))

    assert str(UUID(caller.id)) == caller.id == str(alice.pk)


@pytest.mark.parametrize("key_id", ["", "0" * 10, "' OR 1=1 --", "%", "_" * 10, "é" * 10])
def test_unknown_id_is_nobody(alice: User, key_id: str) -> None:
    make_key(alice)

    assert find_caller(key_id) is None


def test_deleted_user_is_nobody(alice: User) -> None:
    secret = make_key(alice)
    assert caller_of(secret).username == "alice"
    User.objects.filter(pk=alice.pk).update(is_deleted=True)

    assert find_caller(secret[:10]) is None


# authorization.md 1.7: a stored scope that does not expand, or an empty allow list, permits
# nothing.
@pytest.mark.parametrize(
    "row", [{"scopes": ["gone:read"]}, {"scopes": ["coder:all", "gone:read"]}, {"scopes": []},
            {"allow_list": []}, {"allow_list": ["nonsense"]}]
)  # fmt: skip
def test_key_that_makes_no_sense_permits_nothing(alice: User, row: dict[str, Any]) -> None:
    api = Api(make_key(alice, **row))

    assert api.get("/users/me").status_code == 404
    assert api.get("/organizations").json() == []
    assert api.post("/users/me/keys/tokens", {"scope": "user:read"}).status_code == 404
    assert Api(make_key(alice)).get("/users/me").status_code == 200


def test_broken_connection_inside_a_transaction_is_not_hidden(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(key_id: str) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(callers, "_fetch", fail)

    with pytest.raises(OperationalError):
        find_caller("0" * 10)
    answer = Api("0" * 10 + "-" + "0" * 22).get("/users/me")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_terminated_connection_costs_no_request() -> None:
    api = Api(make_key(make_user("alice")))
    for path in ("/users/me", "/organizations", "/users/me/keys/tokens", "/users/first"):
        _lose_connection()
        assert api.get(path).status_code == 200


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_terminated_connection_costs_no_sign_in() -> None:
    body = {"email": make_user("alice").email, "password": PASSWORD}
    _lose_connection()
    assert Api().post("/users/login", body).status_code == 201
    _lose_connection()
    assert Client().post("/login", body).status_code == 302


def _lose_connection() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    _terminate(process)


def _terminate(process: int) -> None:
    """End a backend from a connection of its own."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
            assert cursor.fetchone() == (True,)
    finally:
        other.close()
