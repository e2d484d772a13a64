"""`GET /users/{user}` and what `{user}` may be (accounts.md 1.12, 2.10)."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from scopes.organizations.selectors import default_organization
from tests.expect import NOT_FOUND, document, refused, unknown_user
from tests.people import Api, make_key, make_user, signed_in


# accounts.md T114, T240
def test_me_an_id_and_a_name_are_the_same_person(as_alice: Api, alice: User) -> None:
    me = document(as_alice.get("/users/me"))
    assert me["organization_ids"] == [str(default_organization().pk)]
    for reference in (str(alice.pk), "alice", "ALICE", "me/"):
        assert document(as_alice.get(f"/users/{reference}")) == me


# accounts.md T114
@pytest.mark.parametrize("form", ["{0}", "{0.hex}", "%7B{0}%7D", "urn:uuid:{0}"])
@pytest.mark.parametrize("upper", [False, True])
def test_an_id_may_be_written_in_four_forms(
    as_alice: Api, alice: User, form: str, upper: bool
) -> None:
    reference = form.format(alice.pk)
    answer = as_alice.get(f"/users/{reference.upper() if upper else reference}")
    assert document(answer)["id"] == str(alice.pk)


def test_the_document_is_whole(owner: User, as_owner: Api) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 120_000, UTC)
    user = make_user(
        "bob",
        name="Bob B",
        avatar_url="https://example.test/b.png",
        roles=["auditor", "gone"],
        created_at=at,
        updated_at=at,
    )
    assert document(as_owner.get("/users/bob")) == {
        "id": str(user.pk),
        "username": "bob",
        "name": "Bob B",
        "avatar_url": "https://example.test/b.png",
        "email": "bob@example.test",
        "created_at": "2026-01-02T03:04:05.12Z",
        "updated_at": "2026-01-02T03:04:05.12Z",
        "last_seen_at": "0001-01-01T00:00:00Z",
        "status": "active",
        "login_type": "password",
        "organization_ids": [str(default_organization().pk)],
        "roles": [
            {"name": "auditor", "display_name": "Auditor"},
            {"name": "gone", "display_name": ""},
        ],
    }


def test_empty_names_are_left_out_and_no_organization_is_an_empty_list(as_owner: Api) -> None:
    make_user("bob", joins=False)
    found = document(as_owner.get("/users/bob"))
    assert "name" not in found
    assert "avatar_url" not in found
    assert found["organization_ids"] == []


# accounts.md T240
@pytest.mark.parametrize(
    "reference",
    ["nobody", "alice@example.test", "ME", "Me", "-", "x" * 5000, "%F0%9F%91%8B", "%FF", "a%0Ab"],
)
def test_nobody_is_a_bad_request(as_owner: Api, alice: User, reference: str) -> None:
    answer = as_owner.get(f"/users/{reference}")
    assert answer.status_code == 400
    assert document(answer)["message"] == '"user" must be an existing uuid or username.'


def test_the_refusal_repeats_what_was_asked(as_owner: Api) -> None:
    missing = str(uuid4())
    unknown_user(as_owner.get("/users/nobody"), "nobody")
    unknown_user(as_owner.get(f"/users/{missing}"), missing)
    unknown_user(as_owner.get("/users/%00"), "\x00")


# accounts.md T240: 400 and not 404, for unknown and for hidden users alike.
@pytest.mark.parametrize("by", ["name", "id"])
def test_a_member_cannot_tell_the_hidden_from_the_missing(
    as_mallory: Api, alice: User, by: str
) -> None:
    hidden = alice.username if by == "name" else str(alice.pk)
    missing = "nobody" if by == "name" else str(uuid4())
    unknown_user(as_mallory.get(f"/users/{hidden}"), hidden)
    unknown_user(as_mallory.get(f"/users/{missing}"), missing)


@pytest.mark.parametrize("reference", ["alice", "nobody"])
def test_the_hidden_and_the_missing_cost_the_same_queries(
    as_mallory: Api,
    alice: User,
    django_assert_num_queries: DjangoAssertNumQueries,
    reference: str,
) -> None:
    as_mallory.get("/users/me")
    with django_assert_num_queries(2):
        assert as_mallory.get(f"/users/{reference}").status_code == 400


def test_me_costs_the_one_query_that_verifies_the_key(
    as_alice: Api, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    as_alice.get("/users/me")
    with django_assert_num_queries(1):
        assert as_alice.get("/users/me").status_code == 200


@pytest.mark.parametrize("role", ["owner", "user-admin", "auditor", "template-admin"])
def test_site_roles_that_read_everybody(alice: User, role: str) -> None:
    assert signed_in(make_user("actor", roles=[role])).get("/users/alice").status_code == 200


@pytest.mark.parametrize("role", ["organization-admin", "organization-user-admin"])
def test_organization_roles_that_read_everybody(alice: User, role: str) -> None:
    actor = signed_in(make_user("actor", organization_roles=[role]))
    assert actor.get("/users/alice").status_code == 200


def test_a_deleted_user_is_found_by_id_only(as_owner: Api, as_mallory: Api, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_deleted=True)
    assert document(as_owner.get(f"/users/{alice.pk}"))["username"] == "alice"
    unknown_user(as_owner.get("/users/alice"), "alice")
    unknown_user(as_mallory.get(f"/users/{alice.pk}"), str(alice.pk))


def test_a_freed_name_means_its_new_holder(as_owner: Api, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_deleted=True)
    heir = make_user("Alice")
    assert document(as_owner.get("/users/alice"))["id"] == str(heir.pk)


def test_a_name_that_reads_as_an_id_is_an_id(as_owner: Api) -> None:
    impostor = make_user("0" * 31 + "1")
    assert as_owner.get(f"/users/{impostor.username}").status_code == 400
    assert as_owner.get(f"/users/{impostor.pk}").status_code == 200
    real = make_user("real", id=UUID(int=1))
    assert document(as_owner.get(f"/users/{impostor.username}"))["id"] == str(real.pk)


# accounts.md T240 (restricted scope): `me` is hidden by 404, others by 400.
def test_a_key_for_apps_cannot_read_anybody(alice: User) -> None:
    key = Api(make_key(alice, login_type="token", name="x", scopes=["coder:application_connect"]))
    refused(key.get("/users/me"), 404, NOT_FOUND)
    unknown_user(key.get("/users/alice"), "alice")
    wider = make_key(alice, login_type="token", name="y", scopes=["user:read"])
    assert Api(wider).get("/users/me").status_code == 200
    assert Api(wider).get("/users/alice").status_code == 200


def test_somebody_named_like_a_route_is_found_by_id_only(as_owner: Api) -> None:
    user = make_user("login")
    assert as_owner.get("/users/login").status_code != 200
    assert document(as_owner.get(f"/users/{user.pk}"))["username"] == "login"
