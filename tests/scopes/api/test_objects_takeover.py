"""An id belongs to whoever registered it first: no stranger's other type answers for it."""

from typing import Any

import pytest

from accounts.models import User
from audit.models import Entry
from scopes.engine.policy import RESOURCES
from scopes.models import Organization, RegisteredObject
from scopes.objects.types import REGISTRABLE
from scopes.organizations.selectors import default_organization
from tests.expect import refused
from tests.people import Api, make_user, signed_in
from tests.scopes.registry import put, store

NOT_FOUND = "Resource not found or you do not have access to this resource"
SIBLINGS = [("workspace", "workspace_dormant"), ("workspace_dormant", "workspace")]


@pytest.fixture
def intruder(db: None) -> Api:
    """Return somebody of another organization."""
    other = Organization.objects.create(name="other")
    return signed_in(make_user("intruder", organization=other))


def may(api: Api, kind: str, identifier: str, action: str) -> bool:
    check = {"object": {"resource_type": kind, "resource_id": identifier}, "action": action}
    return bool(api.post("/authcheck", {"checks": {"c": check}}).json()["c"])


@pytest.mark.parametrize(("first", "second"), SIBLINGS)
def test_a_stranger_cannot_claim_somebodys_id_by_another_type(
    as_alice: Api, intruder: Api, first: str, second: str
) -> None:
    made = put(as_alice, first, owner_id="me")
    assert made.status_code == 201
    identifier = made.json()["id"]

    refused(put(intruder, second, identifier, owner_id="me"), 404, NOT_FOUND)
    bulk = {"put": [{"type": second, "id": identifier, "owner_id": "me"}]}
    assert intruder.post("/objects/bulk", bulk).status_code == 404
    refused(intruder.delete(f"/objects/{second}/{identifier}"), 404, NOT_FOUND)

    assert may(as_alice, "workspace", identifier, "delete")
    assert not may(intruder, "workspace", identifier, "read")
    assert put(intruder, second, owner_id="me").status_code == 201  # An id of their own.


# One by one over the wire, so that the next type that answers for another is found here.
@pytest.mark.long
def test_no_type_answers_for_an_id_of_another_owner(
    as_alice: Api, intruder: Api, as_owner: Api, alice: User
) -> None:
    for kind in REGISTRABLE:
        identifier = str(store(kind, owner=alice).object_id)
        before = _answers(as_alice, as_owner, identifier)
        for other in REGISTRABLE:
            put(intruder, other, identifier, owner_id="me")
        assert _answers(as_alice, as_owner, identifier, kind) == {
            name: answer for name, answer in before.items() if name[1] == kind
        }, kind


def _answers(
    alice: Api, owner: Api, identifier: str, *kinds: str
) -> dict[tuple[str, str, str], bool]:
    return {
        (name, kind, action): may(api, kind, identifier, action)
        for name, api in (("alice", alice), ("owner", owner))
        for kind in kinds or REGISTRABLE
        for action in ("read", "delete")
        if action in RESOURCES[kind]
    }


@pytest.mark.parametrize(("first", "second"), SIBLINGS)
def test_its_owner_changes_the_type(as_owner: Api, alice: User, first: str, second: str) -> None:
    made = put(as_owner, first, owner_id=str(alice.pk))
    identifier = made.json()["id"]

    changed = put(as_owner, second, identifier, owner_id=str(alice.pk))

    assert changed.status_code == 200
    assert [row.type for row in RegisteredObject.objects.all()] == [second]
    refused(as_owner.get(f"/objects/{first}/{identifier}"), 404, NOT_FOUND)
    assert as_owner.get(f"/objects/{second}/{identifier}").status_code == 200
    diff = Entry.objects.filter(action="write").get().diff
    assert diff["type"] == {"old": first, "new": second, "secret": False}


def test_a_person_it_is_shared_with_does_not_change_the_type(
    as_owner: Api, as_alice: Api, alice: User
) -> None:
    shared: dict[str, Any] = {
        "organization_id": str(default_organization().pk),
        "acl_user_list": {str(alice.pk): ["read", "update"]},
    }
    identifier = put(as_owner, "workspace", **shared).json()["id"]

    assert put(as_alice, "workspace", identifier, **shared).status_code == 200
    assert put(as_alice, "workspace_dormant", identifier, **shared).status_code == 403
    assert put(as_owner, "workspace_dormant", identifier, **shared).status_code == 200


def test_one_request_puts_it_by_one_type_and_forgets_the_other(as_owner: Api) -> None:
    identifier = put(as_owner, "workspace").json()["id"]
    here = {"type": "workspace_dormant", "id": identifier}
    gone = {"type": "workspace", "id": identifier}

    answer = as_owner.post("/objects/bulk", {"put": [here], "delete": [gone]})

    assert answer.status_code == 200
    assert [row.type for row in RegisteredObject.objects.all()] == ["workspace_dormant"]


def test_one_request_does_not_put_both_types_of_an_id(as_owner: Api) -> None:
    identifier = put(as_owner, "workspace").json()["id"]
    both = [{"type": kind, "id": identifier} for kind in ("workspace", "workspace_dormant")]

    assert as_owner.post("/objects/bulk", {"put": both}).status_code == 400
    assert as_owner.post("/objects/bulk", {"put": both[:1]}).status_code == 200
