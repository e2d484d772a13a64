"""`GET /users/{user}/organizations[/{name}]` (accounts.md 2.18)."""

import pytest

from accounts.models import User
from scopes.models import Membership, Organization
from scopes.organizations.selectors import default_organization
from tests.expect import NOT_FOUND, document, refused, unknown_user
from tests.people import Api, make_key, make_user, signed_in


def test_a_member_sees_the_one_organization(as_alice: Api) -> None:
    default = default_organization()
    (found,) = document(as_alice.get("/users/me/organizations"))
    assert found["id"] == str(default.pk)
    assert (found["name"], found["display_name"], found["is_default"]) == ("coder", "Coder", True)
    assert set(found) == {
        "id", "name", "display_name", "icon", "description", "created_at", "updated_at",
        "is_default",
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/users/me/organizations", "/users/me/organizations/"])
def test_the_slash_does_not_matter(as_alice: Api, path: str) -> None:
    assert as_alice.get(path).status_code == 200


def test_nobody_in_an_organization_is_an_empty_list(db: None) -> None:
    loner = signed_in(make_user("loner", joins=False))
    assert document(loner.get("/users/me/organizations")) == []


def test_the_list_is_the_targets_and_what_the_caller_may_read(as_owner: Api, alice: User) -> None:
    other = Organization.objects.create(name="other")
    Membership.objects.create(user=alice, organization=other)
    names = [row["name"] for row in document(as_owner.get("/users/alice/organizations"))]
    assert names == ["coder", "other"]
    # An organization administrator reads people, but no foreign organization.
    actor = signed_in(make_user("actor", organization_roles=["organization-admin"]))
    names = [row["name"] for row in document(actor.get("/users/alice/organizations"))]
    assert names == ["coder"]


def test_hidden_people_have_no_organizations(as_mallory: Api, alice: User) -> None:
    unknown_user(as_mallory.get("/users/alice/organizations"), "alice")
    unknown_user(as_mallory.get("/users/alice/organizations/coder"), "alice")


@pytest.mark.parametrize("name", ["coder", "CODER", "Coder"])
def test_one_is_found_by_its_name_in_any_case(as_alice: Api, name: str) -> None:
    default_organization()
    found = document(as_alice.get(f"/users/me/organizations/{name}"))
    assert found["name"] == "coder"


@pytest.mark.parametrize(
    "name", ["missing", "%00", "%FF", "default", "cod%25r", "c_der", "x" * 999]
)
def test_an_unknown_name_is_not_found(as_alice: Api, name: str) -> None:
    refused(as_alice.get(f"/users/me/organizations/{name}"), 404, NOT_FOUND)


def test_an_id_is_no_name(as_alice: Api) -> None:
    identifier = default_organization().pk
    refused(as_alice.get(f"/users/me/organizations/{identifier}"), 404, NOT_FOUND)


def test_a_foreign_organization_looks_like_a_missing_one(as_alice: Api, as_owner: Api) -> None:
    Organization.objects.create(name="secret")
    refused(as_alice.get("/users/me/organizations/secret"), 404, NOT_FOUND)
    # The membership of `{user}` is not asked about.
    assert as_owner.get("/users/me/organizations/secret").status_code == 200


def test_a_narrowed_key_reads_no_organization(alice: User) -> None:
    key = Api(make_key(alice, login_type="token", name="x", scopes=["user:read"]))
    assert document(key.get("/users/me/organizations")) == []
    refused(key.get("/users/me/organizations/coder"), 404, NOT_FOUND)
