"""Making, changing and deleting organizations (authorization.md 5.6, 7.8)."""

from typing import Any

import pytest

from accounts.models import User
from audit.models import Entry
from scopes.models import CustomRole, Group, Membership, Organization
from scopes.organizations.selectors import default_organization
from tests.expect import said
from tests.people import Api, make_user, signed_in
from tests.scopes.keyring import NOT_FOUND, narrowed
from tests.scopes.registry import store

PATH = "/organizations"
REFUSED = "Validation failed."


def make(api: Api, name: str = "third", **more: str) -> Any:
    answer = api.post(PATH, {"name": name, **more})
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_made_organization_has_its_maker_as_a_plain_member(as_owner: Api, owner: User) -> None:
    body = make(as_owner, description="Ours", icon="/emojis/1f4e6.png")

    assert (body["name"], body["display_name"], body["is_default"]) == ("third", "third", False)
    assert (body["description"], body["icon"]) == ("Ours", "/emojis/1f4e6.png")
    membership = Membership.objects.get(organization_id=body["id"])
    assert (membership.user, membership.roles) == (owner, [])
    entry = Entry.objects.get(resource_type="organization")
    assert (entry.action, entry.status_code, entry.resource_id) == ("create", 201, body["id"])
    assert make(as_owner, "fourth", display_name="The Fourth")["display_name"] == "The Fourth"


@pytest.mark.parametrize("role", ["user-admin", "template-admin", "auditor"])
def test_only_owners_make_organizations(db: None, role: str) -> None:
    api = signed_in(make_user("boss", roles=[role]))
    assert said(api.post(PATH, {"name": "third"})) == (403, "Forbidden.")
    User.objects.update(site_roles=["owner"])
    make(api)


def test_taken_name_is_a_conflict_in_any_case(as_owner: Api) -> None:
    make(as_owner, "Third")
    message = "Organization already exists with that name."
    assert said(as_owner.post(PATH, {"name": "tHIRD"})) == (409, message)
    make(as_owner, "Fourth")


@pytest.mark.parametrize("name", ["default", "DEFAULT"])
def test_name_of_the_default_organization_is_reserved(as_owner: Api, name: str) -> None:
    refusal = (400, f'Organization name "{name}" is reserved.')
    assert said(as_owner.post(PATH, {"name": name})) == refusal
    assert said(as_owner("PATCH", f"{PATH}/coder", {"name": name})) == refusal
    make(as_owner, f"{name}-1")


@pytest.mark.parametrize("name", ["new", "a b", "a_b", "x" * 33, "me", "0" * 32])
def test_name_that_cannot_be_addressed_is_refused(as_owner: Api, name: str) -> None:
    assert said(as_owner.post(PATH, {"name": name})) == (400, REFUSED)
    assert said(as_owner("PATCH", f"{PATH}/coder", {"name": name})) == (400, REFUSED)
    assert said(as_owner.post(PATH, {})) == (400, REFUSED)


def test_too_long_texts_are_refused(as_owner: Api) -> None:
    for field, most in (("display_name", 128), ("icon", 1024)):
        assert said(as_owner.post(PATH, {"name": "x", field: "x" * (most + 1)})) == (400, REFUSED)
        make(as_owner, field.replace("_", "-"), **{field: "x" * most})


def test_absent_fields_stay_as_they_are(as_owner: Api) -> None:
    made = make(as_owner, description="Ours", icon="i", display_name="Third")
    path = f"{PATH}/{made['id']}"

    for change in ({}, {"name": "", "display_name": ""}, {"description": None, "icon": None}):
        body = as_owner("PATCH", path, change).json()
        assert body | {"updated_at": ""} == made | {"updated_at": ""}
    body = as_owner("PATCH", path, {"description": "", "icon": "", "name": "Renamed"}).json()

    assert (body["description"], body["icon"], body["name"]) == ("", "", "Renamed")
    assert as_owner.get(f"{PATH}/renamed").status_code == 200
    entry = Entry.objects.filter(resource_type="organization").order_by("at").last()
    assert entry is not None
    assert entry.diff["name"] == {"old": "third", "new": "Renamed", "secret": False}


def test_name_of_another_organization_is_a_conflict(as_owner: Api) -> None:
    make(as_owner)
    message = 'Organization already exists with the name "Third".'
    assert said(as_owner("PATCH", f"{PATH}/coder", {"name": "Third"})) == (409, message)
    assert as_owner("PATCH", f"{PATH}/coder", {"name": "Coder"}).status_code == 200


def test_organization_admin_changes_and_deletes_their_own_only(db: None) -> None:
    for name in ("mine", "theirs"):
        Organization.objects.create(name=name)
    boss = make_user(
        "boss",
        organization=Organization.objects.get(name="mine"),
        organization_roles=["organization-admin"],
    )
    Membership.objects.create(user=boss, organization=Organization.objects.get(name="theirs"))
    api = signed_in(boss)
    change = {"description": "New"}

    assert api("PATCH", f"{PATH}/theirs", change).json() == NOT_FOUND
    assert api.delete(f"{PATH}/theirs").json() == NOT_FOUND
    assert api("PATCH", f"{PATH}/mine", change).status_code == 200
    assert api.delete(f"{PATH}/mine").status_code == 200


@pytest.mark.parametrize("reference", ["name", "id"])
def test_deleted_organization_is_gone_with_its_roles(as_owner: Api, reference: str) -> None:
    made = make(as_owner)
    CustomRole.objects.create(name="deployer", organization_id=made["id"])

    answer = as_owner.delete(f"{PATH}/{made[reference]}")

    assert said(answer) == (200, "Organization has been deleted.")
    assert as_owner.get(f"{PATH}/third").json() == NOT_FOUND
    assert CustomRole.objects.count() == 0
    assert as_owner.get("/users/me").json()["organization_ids"] == [str(default_organization().pk)]
    entry = Entry.objects.filter(resource_type="organization").order_by("at").last()
    assert entry is not None
    assert (entry.action, entry.diff["name"]["old"]) == ("delete", "third")


def test_default_organization_is_not_deleted(as_owner: Api) -> None:
    for reference in ("default", "coder"):
        answer = as_owner.delete(f"{PATH}/{reference}")
        assert said(answer) == (400, "Default organization cannot be deleted.")
    assert Entry.objects.filter(resource_type="organization", status_code=400).count() == 2
    make(as_owner)
    assert as_owner.delete(f"{PATH}/third").status_code == 200


def test_organization_in_use_is_not_deleted(as_owner: Api, alice: User) -> None:
    made = make(as_owner)
    membership = Membership.objects.create(user=alice, organization_id=made["id"])
    group = Group.objects.create(name="team", organization_id=made["id"])

    answer = as_owner.delete(f"{PATH}/third")

    assert said(answer) == (409, "Error deleting organization.")
    assert answer.json()["detail"] == "The organization still has 2 members, 1 group."
    membership.delete()
    assert as_owner.delete(f"{PATH}/third").status_code == 409
    group.delete()
    thing = store(organization_id=made["id"])
    refused = as_owner.delete(f"{PATH}/third")
    assert refused.json()["detail"] == "The organization still has 1 object."
    thing.delete()
    assert as_owner.delete(f"{PATH}/third").status_code == 200


def test_narrowed_key_of_an_owner_changes_nothing(owner: User) -> None:
    reader = narrowed(owner, "organization:read")
    assert reader.post(PATH, {"name": "third"}).status_code == 403
    assert reader("PATCH", f"{PATH}/coder", {"name": "mine"}).json() == NOT_FOUND
    make(narrowed(owner, "organization:*"))
