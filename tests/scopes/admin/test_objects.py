"""Registered objects in the admin: to look at and to forget, by the rules of the API."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from audit.models import Entry
from scopes.backends import DecisionBackend
from scopes.callers import find_caller
from scopes.models import Organization, RegisteredObject
from scopes.organizations.selectors import default_organization
from tests.pages import act, notices, text_of, visitor
from tests.people import make_key, make_user
from tests.scopes.registry import store

PATH = "/admin/scopes/registeredobject/"


def test_owner_sees_and_searches_objects(owner: User, alice: User) -> None:
    row = store(owner=alice, organization=default_organization(),
                acl_users={str(owner.pk): ["read"]})  # fmt: skip
    other = store("template")
    client = visitor(owner)

    page = text_of(client.get(PATH))
    assert (str(row.object_id) in page, str(other.object_id) in page) == (True, True)
    for query in (
        f"q={row.object_id}", "q=alice", "type=workspace",
        f"organization={default_organization().pk}",
    ):  # fmt: skip
        page = text_of(client.get(f"{PATH}?{query}"))
        assert (str(row.object_id) in page, str(other.object_id) in page) == (True, False), query
    page = text_of(client.get(f"{PATH}{row.pk}/change/"))
    assert all(word in page for word in ("workspace", "alice", "Coder", str(owner.pk), "read"))


def test_nothing_is_changed_here(owner: User, alice: User) -> None:
    row, client = store(), visitor(owner)

    assert client.post(f"{PATH}{row.pk}/change/", {"owner": str(alice.pk)}).status_code == 403
    assert client.get(f"{PATH}add/").status_code == 403
    assert client.get(f"{PATH}{row.pk}/delete/").status_code == 404
    row.refresh_from_db()
    assert row.owner is None


def test_objects_are_forgotten_after_a_question(owner: User) -> None:
    row, other, client = store(), store(), visitor(owner)

    question = act(client, PATH, "forget", row, confirmed=False)
    assert "Forget these objects?" in text_of(question)
    assert RegisteredObject.objects.count() == 2
    done = act(client, PATH, "forget", row)
    assert notices(done) == ["1 registered object forgotten."]
    assert [left.pk for left in RegisteredObject.objects.all()] == [other.pk]
    entry = Entry.objects.get()
    assert (entry.action, entry.resource_type, entry.actor_id) == ("delete", "workspace", owner.pk)


# The service asks about each; a template-admin reads workspaces and deletes templates.
def test_only_what_may_be_deleted_is_forgotten(db: None) -> None:
    workspace, template, task = store(), store("template"), store("task")
    client = visitor(make_user("tessa", roles=["template-admin"]))

    page = text_of(client.get(PATH))
    assert (str(workspace.object_id) in page, str(task.object_id) in page) == (True, False)
    assert "Forget" not in client.get(f"{PATH}{workspace.pk}/change/").content.decode()
    assert "Forget" in client.get(f"{PATH}{template.pk}/change/").content.decode()
    act(client, PATH, "forget", workspace, template, task)
    assert {row.pk for row in RegisteredObject.objects.all()} == {workspace.pk, task.pk}


def test_organization_admin_sees_their_own_only(db: None) -> None:
    theirs = Organization.objects.create(name="theirs")
    own, foreign = store(organization=theirs), store(organization=default_organization())
    admin = make_user("otto", organization=theirs, organization_roles=["organization-admin"])
    shared = store(acl_users={str(admin.pk): ["read"]})
    client = visitor(admin)

    page = text_of(client.get(PATH))
    for row, is_seen in ((own, True), (shared, True), (foreign, False)):
        assert (str(row.object_id) in page) is is_seen
        status = 200 if is_seen else 302
        assert client.get(f"{PATH}{row.pk}/change/").status_code == status
    assert "Coder" not in page


def test_narrowed_key_sees_what_it_may_read_only(owner: User) -> None:
    row, other = store(), store()
    client = visitor(owner, allow_list=["organization:*", f"workspace:{row.object_id}"])

    page = text_of(client.get(PATH))
    assert (str(row.object_id) in page, str(other.object_id) in page) == (True, False)


# Every member may read some types of objects; that is no reason to let them in.
def test_members_stay_out(alice: User) -> None:
    store("oauth2_app", owner=alice)

    assert visitor(alice).get(PATH).status_code == 403


def test_backend_answers_by_the_type_of_the_row(owner: User, alice: User) -> None:
    row, upload = store(owner=alice), store("file", owner=alice)
    backend = DecisionBackend()
    for user, expected in ((alice, True), (make_user("mallory"), False), (owner, True)):
        user.caller = find_caller(make_key(user)[:10])
        for one in (row, upload):
            for verb in ("view", "change", "delete"):
                permission = f"scopes.{verb}_registeredobject"
                assert backend.has_perm(user, permission, one) is expected
        assert not backend.has_perm(user, "scopes.view_registeredobject")
        assert not backend.has_perm(user, "scopes.view_key", row)


@pytest.mark.parametrize("roles", [["owner"], ["auditor"]])
def test_list_costs_the_same_for_one_and_for_fifty(alice: User, roles: list[str]) -> None:
    visiting = make_user("rosa", roles=roles)
    client = visitor(visiting)
    store(owner=visiting)
    client.get(PATH)  # The key's use is noted once.
    with CaptureQueriesContext(connection) as few:
        client.get(PATH)
    rows = [store(owner=visiting, organization=default_organization()) for _ in range(45)]
    with CaptureQueriesContext(connection) as many:
        assert str(rows[-1].object_id) in text_of(client.get(PATH))
    assert len(few) == len(many)
