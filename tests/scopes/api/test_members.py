from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from scopes.models import Membership, Organization
from scopes.organizations.selectors import default_organization
from tests.expect import NIL
from tests.people import Api, make_user, signed_in
from tests.scopes.keyring import NOT_FOUND, narrowed

PATH = "/organizations/default/members"


def rows(api: Api, path: str = PATH) -> list[dict[str, Any]]:
    answer = api.get(path)
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()
    return found


def usernames(api: Api, path: str = PATH) -> list[str]:
    return sorted(row["username"] for row in rows(api, path))


# authorization.md 5.4: list elements; stored roles only; empty name and avatar are left out.
def test_member_on_the_wire(as_owner: Api, owner: User) -> None:
    auditor = make_user("auditor", roles=["auditor"], organization_roles=["organization-admin"])
    home = str(default_organization().pk)

    shown = {row["username"]: row for row in rows(as_owner)}

    assert set(shown["auditor"]) == {
        "user_id", "organization_id", "created_at", "updated_at", "roles", "username", "email",
        "global_roles",
    }  # fmt: skip
    assert shown["auditor"]["user_id"] == str(auditor.pk)
    assert shown["auditor"]["roles"] == [
        {
            "name": "organization-admin",
            "display_name": "Organization Admin",
            "organization_id": home,
        }
    ]
    assert shown["auditor"]["global_roles"] == [{"name": "auditor", "display_name": "Auditor"}]
    assert (shown["owner"]["name"], shown["owner"]["roles"]) == ("The Owner", [])


# authorization.md 5.4: rows the caller may read (a plain member sees only themself).
def test_member_sees_themself_only(as_alice: Api, mallory: User) -> None:
    assert usernames(as_alice) == ["alice"]


@pytest.mark.parametrize("role", ["owner", "user-admin", "template-admin", "auditor"])
def test_site_role_sees_every_member(alice: User, role: str) -> None:
    assert usernames(signed_in(make_user("boss", roles=[role]))) == ["alice", "boss"]


# authorization.md 7.8: members list contains both users for an organization-admin.
@pytest.mark.parametrize(
    "role", ["organization-admin", "organization-user-admin", "organization-auditor"]
)
def test_organization_role_sees_every_member_of_its_own(alice: User, role: str) -> None:
    other = Organization.objects.create(name="other")
    make_user("far", organization=other)
    boss = signed_in(make_user("boss", organization_roles=[role]))

    assert usernames(boss) == ["alice", "boss"]
    refused = boss.get("/organizations/other/members")
    assert (refused.status_code, refused.json()) == (404, NOT_FOUND)


def test_role_in_one_organization_does_not_show_the_other_to_which_one_belongs(
    alice: User,
) -> None:
    other = Organization.objects.create(name="other")
    make_user("far", organization=other)
    boss = make_user("boss", organization_roles=["organization-admin"])
    Membership.objects.create(user=boss, organization=other)

    assert usernames(signed_in(boss), "/organizations/other/members") == ["boss"]
    assert usernames(signed_in(boss)) == ["alice", "boss"]


def test_deleted_member_is_not_listed(as_owner: Api, alice: User) -> None:
    assert usernames(as_owner) == ["alice", "owner"]
    User.objects.filter(pk=alice.pk).update(is_deleted=True)

    assert usernames(as_owner) == ["owner"]


def test_suspended_member_is_listed(as_owner: Api, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(status="suspended")

    assert usernames(as_owner) == ["alice", "owner"]


# organization_member:read is no public scope: a narrowed key sees nobody, not even itself.
def test_narrowed_key_sees_no_member(alice: User) -> None:
    assert rows(narrowed(alice, "organization:read", "user:read")) == []
    assert narrowed(alice, "user:read").get(PATH).status_code == 404
    listed = narrowed(alice, "coder:all", allow_list=("organization:*", "organization_member:*"))
    assert usernames(listed) == ["alice"]


# authorization.md 7.8 (H): `q` finds one by the user's id or by the id at GitHub.
def test_members_are_searched(as_owner: Api, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(github_com_user_id=7)

    for q, expected in {
        "": ["alice", "owner"],
        f"user_id:{alice.pk}": ["alice"],
        f"USER_ID:{str(alice.pk).upper()}": ["alice"],
        f"user_id:{NIL}": ["alice", "owner"],
        f"user_id:{uuid4()}": [],
        "github_user_id:7": ["alice"],
        "github_user_id:8": [],
        "include_system:true": ["alice", "owner"],
    }.items():
        assert usernames(as_owner, f"{PATH}?q={q}") == expected, q


def test_a_search_shows_no_member_that_the_list_hides(as_alice: Api, mallory: User) -> None:
    assert usernames(as_alice, f"{PATH}?q=user_id:{mallory.pk}") == []
    assert usernames(signed_in(mallory), f"{PATH}?q=user_id:{mallory.pk}") == ["mallory"]


@pytest.mark.parametrize(
    ("q", "field", "detail"),
    [
        ("user_id:me", "user_id", 'Query param "user_id" must be a valid uuid'),
        ("alice", "search", '"search" is not a valid query param'),
        ("role:owner", "role", '"role" is not a valid query param'),
        ("user_id:", "q", "Query element \"user_id:\" cannot start or end with ':'"),
        (
            "github_user_id:x",
            "github_user_id",
            (
                'Query param "github_user_id" must be a valid 64-bit integer: '
                'strconv.ParseInt: parsing "x": invalid syntax'
            ),
        ),
    ],
)
def test_a_search_for_something_else_is_refused(
    as_owner: Api, q: str, field: str, detail: str
) -> None:
    answer = as_owner.get(f"{PATH}?q={q}")

    assert (answer.status_code, answer.json()) == (
        400,
        {
            "message": "Invalid organization member search query.",
            "validations": [{"field": field, "detail": detail}],
        },
    )
