"""`/objects/{type}/{id}`: what is stored, what comes back, and what is recorded of it."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from accounts.models import User
from audit.models import Entry
from scopes.engine.policy import RESOURCES
from scopes.models import RegisteredObject
from scopes.objects.types import KEPT_HERE, REGISTRABLE
from scopes.organizations.selectors import default_organization
from tests.people import Api
from tests.queries import cost, used
from tests.scopes.keyring import NOT_FOUND
from tests.scopes.registry import path_of, put, store, wrong

ID = "8d3f5a86-0d0b-4f5e-a8a1-6b8a2f4f9a10"


def test_document_is_what_was_put(as_owner: Api, alice: User, home: str) -> None:
    content = {
        "owner_id": str(alice.pk),
        "organization_id": home,
        "acl_user_list": {str(alice.pk): ["read", "update"]},
        "acl_group_list": {home: ["read"]},
    }

    made = put(as_owner, "workspace", ID, **content)

    document = dict(made.json())
    assert made.status_code == 201
    assert document.pop("created_at") == document.pop("updated_at")
    assert document == {"type": "workspace", "id": ID, **content}
    assert as_owner.get(f"/objects/workspace/{ID}").json() == made.json()


def test_second_put_replaces_all(as_owner: Api, alice: User, home: str) -> None:
    acl = {str(alice.pk): ["read"]}
    first = put(as_owner, "workspace", ID, owner_id="me", organization_id=home, acl_user_list=acl)

    second = put(as_owner, "workspace", ID, organization_id=home)

    assert (first.status_code, second.status_code) == (201, 200)
    document = second.json()
    assert (document["owner_id"], document["organization_id"]) == ("", home)
    assert (document["acl_user_list"], document["acl_group_list"]) == ({}, {})
    assert document["created_at"] == first.json()["created_at"]
    assert document["updated_at"] > first.json()["updated_at"]
    assert RegisteredObject.objects.count() == 1


def test_put_is_idempotent(as_owner: Api, alice: User, mallory: User, home: str) -> None:
    content: dict[str, Any] = {
        "owner_id": str(alice.pk),
        "organization_id": home,
        "acl_user_list": {str(mallory.pk): ["read"]},
    }
    put(as_owner, "template", ID, **content)
    # What is stored already is not asked about again, so that a nightly sync goes on.
    User.objects.update(is_deleted=True)
    User.objects.filter(username="owner").update(is_deleted=False)

    assert put(as_owner, "template", ID, **content).status_code == 200
    assert put(as_owner, "template", uuid4(), **content).status_code == 400


def test_same_id_of_another_type_is_another_object(as_owner: Api) -> None:
    for kind in ("workspace", "template"):
        assert put(as_owner, kind, ID).status_code == 201
    assert as_owner.delete(f"/objects/workspace/{ID}").status_code == 204
    assert as_owner.get(f"/objects/template/{ID}").status_code == 200


def test_me_is_the_caller(as_alice: Api, alice: User) -> None:
    assert put(as_alice, owner_id="me").json()["owner_id"] == str(alice.pk)


@pytest.mark.parametrize("form", [ID, ID.upper(), ID.replace("-", ""), f"urn:uuid:{ID}"])
def test_id_may_be_written_in_each_form_of_a_uuid(as_owner: Api, form: str) -> None:
    assert put(as_owner, "workspace", form).json()["id"] == ID
    assert as_owner.get(f"/objects/workspace/{form}").json()["id"] == ID


@pytest.mark.parametrize("identifier", ["x", "me", str(UUID(int=0))])
def test_what_is_no_id_is_refused(as_owner: Api, identifier: str) -> None:
    answer = put(as_owner, "workspace", identifier)

    assert (answer.status_code, [*wrong(answer)]) == (400, ["id"])
    for method in ("GET", "DELETE"):
        missing = as_owner(method, f"/objects/workspace/{identifier}")
        assert (missing.status_code, missing.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("owner_id", "alice"),
        ("acl_user_list", {"alice": ["read"]}),
        ("acl_user_list", {ID: "read"}),
        ("acl_user_list", {ID: [1]}),
        ("acl_group_list", {ID: None}),
        ("acl_group_list", {str(UUID(int=number)): ["read"] for number in range(1, 1002)}),
    ],
)
def test_malformed_field_is_named(as_owner: Api, field: str, value: Any) -> None:
    answer = put(as_owner, **{field: value})

    assert (answer.status_code, answer.json()["message"]) == (400, "Validation failed.")
    assert [name.partition(".")[0] for name in wrong(answer)] == [field]


@pytest.mark.parametrize("field", ["organization_id", "acl_user_list"])
def test_field_of_another_kind_is_no_json(as_owner: Api, field: str) -> None:
    answer = put(as_owner, **{field: "x"})

    assert answer.json()["message"] == "Request body must be valid JSON."
    assert field in answer.json()["detail"]


def test_action_must_be_one_of_the_type(as_owner: Api, alice: User) -> None:
    answer = put(as_owner, "template", acl_user_list={str(alice.pk): ["ssh", "read"]})

    assert wrong(answer) == {
        f"acl_user_list.{alice.pk}": "A template has no action ssh; it has create, delete, read, "
        "update, use, view_insights, *."
    }
    assert put(as_owner, "workspace", acl_user_list={str(alice.pk): ["ssh"]}).status_code == 201


def test_access_list_is_stored_in_one_form(as_owner: Api, alice: User, mallory: User) -> None:
    sent = {
        alice.pk.hex: ["update", "read", "read"],
        str(alice.pk): ["delete"],
        str(mallory.pk): [],
    }

    made = put(as_owner, acl_user_list=sent)

    assert made.json()["acl_user_list"] == {str(alice.pk): ["delete", "read", "update"]}


# Kept here, or of no use: the refusal says what can be registered.
@pytest.mark.parametrize(
    "kind", [*sorted(KEPT_HERE), "replicas", "workspace_agent_devcontainers", "nonsense", "*"]
)
def test_type_that_cannot_be_registered_says_which_can(as_owner: Api, kind: str) -> None:
    answers = [
        put(as_owner, kind, ID),
        as_owner.get(f"/objects/{kind}/{ID}"),
        as_owner.get(f"/objects/{kind}"),
        as_owner.delete(f"/objects/{kind}/{ID}"),
    ]

    for answer in answers:
        document = answer.json()
        assert answer.status_code == 400
        assert document["message"] == f'Objects of type "{kind}" cannot be registered.'
        assert "template, " in document["detail"]


@pytest.mark.parametrize("kind", REGISTRABLE)
def test_every_other_type_can_be_registered(as_owner: Api, owner: User, kind: str) -> None:
    assert {"create", "read"} <= {*RESOURCES[kind]}
    if kind == "usage_event":  # Nobody's role lets them make one.
        assert put(as_owner, kind, ID).status_code == 404
        return

    assert put(as_owner, kind, ID, owner_id="me").status_code == 201
    assert put(as_owner, kind, ID, owner_id="me").status_code == 200
    assert as_owner.get(f"/objects/{kind}").json()["objects"][0]["id"] == ID
    assert as_owner.delete(f"/objects/{kind}/{ID}").status_code == 204


def test_owner_and_organization_must_exist(as_owner: Api, mallory: User) -> None:
    nobody = str(uuid4())
    User.objects.filter(pk=mallory.pk).update(is_deleted=True)

    answer = put(as_owner, owner_id=nobody, organization_id=nobody)
    deleted = put(as_owner, owner_id=str(mallory.pk))

    assert answer.status_code == deleted.status_code == 400
    assert wrong(answer) == {
        "owner_id": f"There is no user with the id {nobody}.",
        "organization_id": f"There is no organization with the id {nobody}.",
    }
    assert [*wrong(deleted)] == ["owner_id"]
    User.objects.filter(pk=mallory.pk).update(is_deleted=False)
    assert put(as_owner, owner_id=str(mallory.pk)).status_code == 201


def test_deleted_object_is_gone(as_owner: Api) -> None:
    row = store()

    assert as_owner.delete(path_of(row)).status_code == 204
    for method in ("GET", "DELETE"):
        answer = as_owner(method, path_of(row))
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


def test_each_act_is_one_entry_of_the_audit(as_owner: Api, owner: User, home: str) -> None:
    put(as_owner, "workspace", ID, owner_id="me")
    put(as_owner, "workspace", ID, owner_id="me", organization_id=home)
    as_owner.delete(f"/objects/workspace/{ID}")

    created, written, deleted = Entry.objects.order_by("at")
    for entry in (created, written, deleted):
        about = (entry.resource_type, entry.resource_id, entry.actor_id)
        assert about == ("workspace", ID, owner.pk)
    assert (created.action, created.status_code) == ("create", 201)
    assert created.diff["owner_id"] == {"old": None, "new": str(owner.pk), "secret": False}
    assert (written.action, written.status_code) == ("write", 200)
    assert written.diff == {"organization_id": {"old": "", "new": home, "secret": False}}
    assert str(written.organization_id) == str(deleted.organization_id) == home
    assert (deleted.action, deleted.status_code) == ("delete", 204)
    assert deleted.diff["owner_id"]["old"] == str(owner.pk)


def test_refused_act_is_recorded(as_mallory: Api, mallory: User) -> None:
    row = store(organization=default_organization())

    assert as_mallory.delete(path_of(row)).status_code == 404

    entry = Entry.objects.get()
    assert (entry.action, entry.resource_type, entry.status_code) == ("delete", "workspace", 404)
    assert (entry.resource_id, entry.actor_id) == (str(row.object_id), mallory.pk)


# The key, two for the transaction, owner, organization, people, object; the row and its entry.
def test_put_costs_a_handful(owner: User, alice: User, home: str) -> None:
    api = used(owner)
    content = {"owner_id": "me", "organization_id": home, "acl_user_list": {str(alice.pk): ["*"]}}

    for _ in range(2):
        assert len(cost(lambda: put(api, "workspace", ID, **content))) <= 13
    assert len(cost(lambda: api.get(f"/objects/workspace/{ID}"))) == 2
