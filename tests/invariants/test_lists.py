"""Every list holds exactly the rows that a single read would show (authorization.md 1.9, 7.7)."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db.models import Q

from accounts.models import User
from accounts.web.people import PeoplePage
from audit.models import Entry
from audit.records import record
from audit.web.entries import AuditPage
from coderauth.pages.lists import ListPage
from scopes.backends import entry_object
from scopes.callers import Caller, find_caller
from scopes.engine.decision import decide
from scopes.keys.rows import key_object
from scopes.models import (
    CustomRole,
    Group,
    GroupMembership,
    Key,
    Membership,
    Organization,
    RegisteredObject,
)
from scopes.objects.types import registered_object
from scopes.organizations.groups import everyone, group_object
from scopes.organizations.selectors import (
    default_organization,
    member_object,
    memberships_readable,
    organization_object,
)
from scopes.people import user_object
from scopes.visibility import rows_readable
from scopes.web.all_keys import AllKeysPage
from scopes.web.objects import ObjectsPage
from scopes.web.organizations import OrganizationsPage
from tests.people import Api, make_key, make_user
from tests.scopes.registry import store

# Site roles, roles at home, and what the key is narrowed to; `{alice}` and `{home}` are ids.
SUBJECTS: dict[str, tuple[Sequence[str], Sequence[str], dict[str, Any]]] = {
    "owner": (["owner"], [], {}),
    "user-admin": (["user-admin"], [], {}),
    "template-admin": (["template-admin"], [], {}),
    "auditor": (["auditor"], [], {}),
    "member": ([], [], {}),
    "organization-admin": ([], ["organization-admin"], {}),
    "organization-user-admin": ([], ["organization-user-admin"], {}),
    "organization-auditor": ([], ["organization-auditor"], {}),
    "owner, user:read": (["owner"], [], {"scopes": ["user:read"]}),
    "owner, api_key:* user:read": (["owner"], [], {"scopes": ["api_key:*", "user:read"]}),
    "owner, organization:read": (["owner"], [], {"scopes": ["organization:read"]}),
    "owner, alice only": (["owner"], [], {"allow_list": ["user:{alice}"]}),
    "owner, home only": (["owner"], [], {"allow_list": ["*:{home}"]}),
    "owner, people and keys": (["owner"], [], {"allow_list": ["user:*", "api_key:*"]}),
    "owner, nothing": (["owner"], [], {"scopes": ["workspace:read"]}),
}


@pytest.fixture
def world(db: None, alice: User) -> None:
    """Store rows of every kind, here and elsewhere, of people in and out of reach."""
    home = default_organization()
    away = Organization.objects.create(name="away")
    people = [alice, make_user("far", organization=away), make_user("nowhere", joins=False)]
    Membership.objects.create(user=alice, organization=away)
    for organization in (home, away):
        CustomRole.objects.create(name=f"role-{organization.name}", organization=organization)
        group = Group.objects.create(name=f"in-{organization.name}", organization=organization)
        GroupMembership.objects.create(user=alice, group=group)
    for person in people:
        make_key(person, login_type="token", name="ci")
    for organization_id in (None, home.pk, away.pk):
        for kind in ("workspace", "template"):
            store(kind, organization_id=organization_id)
            store(kind, organization_id=organization_id, owner=alice)
            store(kind, organization_id=organization_id, acl_users={str(alice.pk): ["read"]})
            if organization_id:
                everybody = {str(organization_id): ["read"]}
                store(kind, organization_id=organization_id, acl_groups=everybody)
        record(action="write", resource_type="user", organization_id=organization_id)


@pytest.fixture(params=SUBJECTS)
def asking(request: pytest.FixtureRequest, world: None, alice: User) -> tuple[Api, Caller]:
    """Return a client of somebody, and what the engine knows of them."""
    roles, organization_roles, narrowing = SUBJECTS[request.param]
    names = {"alice": alice.pk, "home": default_organization().pk}
    user = make_user("asking", roles=roles, organization_roles=organization_roles)
    GroupMembership.objects.create(user=user, group=Group.objects.get(name="in-coder"))
    for organization in (None, default_organization(), Organization.objects.get(name="away")):
        store(owner=user, organization=organization)
        store("template", organization=organization, acl_users={str(user.pk): ["read"]})
    fields: dict[str, Any] = {
        field: [text.format_map(names) for text in texts] for field, texts in narrowing.items()
    }
    secret = make_key(user, login_type="token", name="own", **fields)
    Api(secret).get("/users/me")  # The record of its first use is there before we look.
    caller = find_caller(secret[:10])
    assert caller is not None
    return Api(secret), caller


def ids(api: Api, path: str, field: str = "id", inside: str = "") -> set[str]:
    answer = api.get(path)
    if answer.status_code == 404:
        return set()
    assert answer.status_code == 200, answer.content
    rows = answer.json()[inside] if inside else answer.json()
    return {row[field] for row in rows}


def readable(caller: Caller, rows: Any, describe: Callable[[Any], Any]) -> set[str]:
    return {str(row.pk) for row in rows if decide(caller.subject, "read", describe(row))}


def test_lists_agree_with_decisions_one_by_one(asking: tuple[Api, Caller]) -> None:
    api, caller = asking
    home = default_organization()
    sees_home = bool(decide(caller.subject, "read", organization_object(home)))
    sees_self = bool(decide(caller.subject, "read", user_object(caller.id)))

    people = readable(caller, User.objects.all(), lambda user: user_object(user.pk))
    organizations = readable(caller, Organization.objects.all(), organization_object)
    keys = readable(caller, Key.objects.tokens(), key_object)
    entries = readable(caller, Entry.objects.all(), entry_object)
    groups = [everyone(home), *Group.objects.filter(organization=home)]
    members = {
        str(row.user_id)
        for row in Membership.objects.filter(organization=home)
        if decide(caller.subject, "read", member_object(row))
    }

    assert ids(api, "/users", inside="users") == people
    assert ids(api, "/organizations") == organizations
    assert ids(api, "/audit", inside="audit_logs") == entries
    every = "/users/me/keys/tokens?include_all=true"
    assert ids(api, every) == (keys if sees_self else set())
    in_home = "/organizations/default"
    assert ids(api, f"{in_home}/members", "user_id") == (members if sees_home else set())
    visible = readable(caller, groups, group_object) if sees_home else set()
    assert ids(api, f"{in_home}/groups") == visible


PAGES: tuple[tuple[type[ListPage], Any, Callable[[Any], Any]], ...] = (
    (PeoplePage, User, lambda user: user_object(user.pk)),
    (AllKeysPage, Key, key_object),
    (OrganizationsPage, Organization, organization_object),
    (ObjectsPage, RegisteredObject, registered_object),
    (AuditPage, Entry, entry_object),
)


def test_lists_of_pages_agree_with_decisions_one_by_one(asking: tuple[Api, Caller]) -> None:
    _, caller = asking
    for kind, model, describe in PAGES:
        page: Any = kind()
        page.caller = caller
        listed = {str(row.pk) for row in page.rows({})}
        if kind is AllKeysPage:
            listed |= {str(row.pk) for row in page.rows({"show": "sessions"})}
        assert listed == readable(caller, model._default_manager.all(), describe), model
    members = {str(row.pk) for row in memberships_readable(caller)}
    assert members == readable(caller, Membership.objects.all(), member_object)


@pytest.mark.parametrize(("role", "judged"), [("organization-admin", 0), ("member", 2)])
def test_rows_of_an_organization_are_judged_one_by_one_only_where_they_differ(
    alice: User, role: str, judged: int
) -> None:
    home = default_organization()
    asking = make_user("asking", organization_roles=[] if role == "member" else [role])
    caller = find_caller(make_key(asking)[:10])
    assert caller is not None
    looked_at = []

    def describe(row: Membership) -> Any:
        looked_at.append(row)
        return member_object(row)

    found = rows_readable(
        caller,
        Membership.objects.all(),
        resource="organization_member",
        near=Q(organization=home),
        describe=describe,
        organization="organization_id",
    )
    assert {row.user_id for row in found} == {alice.pk, asking.pk} if not judged else {asking.pk}
    assert len(looked_at) == judged


def test_the_subjects_differ_in_what_they_see(world: None) -> None:
    """Guard the test above against people who all see everything, or nothing."""
    seen = set()
    for number, (roles, organization_roles, narrowing) in enumerate(SUBJECTS.values()):
        if any("{" in text for texts in narrowing.values() for text in texts):
            continue
        user = make_user(f"u{number}", roles=roles, organization_roles=organization_roles)
        api = Api(make_key(user, **narrowing))
        others = ids(api, "/users", inside="users") - {str(user.pk)}
        audited = ids(api, "/audit", inside="audit_logs")
        seen.add((len(others) > 0, len(audited) > 0, len(ids(api, "/organizations"))))
    assert len(seen) > 5
