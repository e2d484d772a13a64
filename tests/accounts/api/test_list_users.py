"""`GET /users`: who is listed, searched and paged (accounts.md 1.16, 1.17, 2.8, 6.9)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from scopes.models import Membership, Organization
from tests.expect import document, refused
from tests.people import Api, make_key, make_user, signed_in

NEVER = "0001-01-01T00:00:00Z"


def found(api: Api, q: str = "", **page: Any) -> list[str]:
    return [user["username"] for user in listed(api, q, **page)["users"]]


def listed(api: Api, q: str = "", **page: Any) -> Any:
    asked = {"q": q, **page}
    answer = api.get("/users?" + "&".join(f"{key}={quote(str(asked[key]))}" for key in asked))
    assert answer.status_code == 200, answer.content
    return document(answer)


# accounts.md T120
def test_everybody_is_listed_with_their_organizations(as_owner: Api, alice: User) -> None:
    other = Organization.objects.create(name="other")
    Membership.objects.create(user=alice, organization=other)
    make_user("nowhere", joins=False)

    shown = document(as_owner.get("/users"))

    assert shown["count"] == 3
    by_name = {user["username"]: user for user in shown["users"]}
    assert list(by_name) == ["alice", "nowhere", "owner"]
    assert len(by_name["alice"]["organization_ids"]) == 2
    assert by_name["nowhere"]["organization_ids"] == []
    for name, user in by_name.items():
        assert user == document(as_owner.get(f"/users/{name}"))
    assert document(as_owner.get("/users/")) == shown


# accounts.md T075
def test_a_user_without_requests_was_never_seen(as_owner: Api, alice: User) -> None:
    shown = {user["username"]: user["last_seen_at"] for user in listed(as_owner)["users"]}

    assert shown["alice"] == NEVER
    seen = datetime.fromisoformat(shown["owner"])
    assert timezone.now() - seen < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("role", "everybody"),
    [("owner", True), ("user-admin", True), ("template-admin", True), ("auditor", True),
     ("", False)],
)  # fmt: skip
def test_members_see_themselves_only(alice: User, role: str, everybody: bool) -> None:
    actor = signed_in(make_user("actor", roles=[role] if role else []))

    shown = listed(actor)

    names = ["actor", "alice"] if everybody else ["actor"]
    assert [user["username"] for user in shown["users"]] == names
    assert shown["count"] == len(names)
    assert found(actor, "alice") == (["alice"] if everybody else [])


@pytest.mark.parametrize("role", ["organization-admin", "organization-user-admin"])
def test_organization_admins_see_everybody(alice: User, role: str) -> None:
    actor = signed_in(make_user("actor", organization_roles=[role]))

    assert found(actor) == ["actor", "alice"]


def test_a_narrowed_key_lists_what_it_may_read(owner: User, alice: User) -> None:
    def key(**fields: Any) -> Api:
        return Api(make_key(owner, login_type="token", name=str(uuid4()), **fields))

    assert found(key(scopes=["workspace:read"])) == []
    assert found(key(scopes=["user:read"])) == ["alice", "owner"]
    assert found(key(scopes=["user:read"], allow_list=[f"user:{alice.pk}"])) == ["alice"]
    assert found(key(scopes=["user:read"], allow_list=[f"workspace:{alice.pk}"])) == []


def test_the_deleted_are_not_listed(as_owner: Api, alice: User) -> None:
    assert found(as_owner) == ["alice", "owner"]
    as_owner.delete("/users/alice")
    assert listed(as_owner)["count"] == 1


def make_crowd() -> None:
    now = timezone.now()
    day = timedelta(days=1)
    make_user("Ida", roles=["auditor", "user-admin"], last_seen_at=now - 2 * day)
    make_user("ivan", status="suspended", created_at=now - 30 * day, last_seen_at=now - 20 * day)
    make_user("robot", login_type="none", status="dormant", created_at=now - 10 * day)
    make_user("bob_1", login_type="github", github_com_user_id=123, email="bob@GMail.test")
    make_user("olga", login_type="oidc", roles=["owner"])


# accounts.md T121 to T124
@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("", "bob_1 Ida ivan olga owner robot"),
        ("i", "bob_1 Ida ivan"),
        ("I", "bob_1 Ida ivan"),
        ("gmail", "bob_1"),
        ("@example.test", "Ida ivan olga owner robot"),
        ("status:active", "bob_1 Ida olga owner"),
        ("status:ACTIVE", "bob_1 Ida olga owner"),
        ("status:suspended,dormant", "ivan robot"),
        ("role:owner", "olga owner"),
        ("Role:OWNER", "olga owner"),
        ("role:user-admin", "Ida"),
        ("role:admin", ""),
        ("role:auditor,owner", "Ida olga owner"),
        ("role:member", "bob_1 Ida ivan olga owner robot"),
        ("role:member,auditor", "Ida"),
        ("role:nobody", ""),
        ("i role:auditor status:active", "Ida"),
        ("i role:auditor status:suspended", ""),
        ("login_type:none", "robot"),
        ("login_type:none,github", "bob_1 robot"),
        ("login_type:none status:suspended", ""),
        ("login_type:oidc", "olga"),
        ("login_type:token", ""),
        ("github_com_user_id:123", "bob_1"),
        ("github_com_user_id:124", ""),
        ("_", "bob_1"),
        ("%", ""),
        ("\\", ""),
        ('search:"bob_1"', "bob_1"),
        ('"bob_1"', ""),
        ("bob_1\x00", ""),
    ],
)
def test_searches(as_owner: Api, q: str, expected: str) -> None:
    make_crowd()

    shown = listed(as_owner, q)

    assert [user["username"] for user in shown["users"]] == expected.split()
    assert shown["count"] == len(expected.split())


def days_ago(days: float) -> str:
    return (timezone.now() - timedelta(days=days)).isoformat().replace("+00:00", "Z")


def test_searches_by_time(as_owner: Api) -> None:
    make_crowd()

    assert found(as_owner, f'last_seen_after:"{days_ago(7)}"') == ["Ida", "owner"]
    before = found(as_owner, f'last_seen_before:"{days_ago(1)}"')
    assert before == ["bob_1", "Ida", "ivan", "olga", "robot"]
    window = f'last_seen_after:"{days_ago(7)}" last_seen_before:"{days_ago(1)}"'
    assert found(as_owner, window) == ["Ida"]
    assert found(as_owner, f'created_before:"{days_ago(5)}"') == ["ivan", "robot"]
    assert found(as_owner, f'created_after:"{days_ago(5)}"') == ["bob_1", "Ida", "olga", "owner"]
    both = f'created_after:"{days_ago(15)}" created_before:"{days_ago(5)}"'
    assert found(as_owner, both) == ["robot"]


def test_times_have_zones_and_bounds_count_in(as_owner: Api) -> None:
    make_user("ada", created_at=datetime(2023, 1, 14, 12, tzinfo=UTC))

    assert found(as_owner, 'created_before:"2023-01-14T13:00:00+01:00"') == ["ada"]
    assert found(as_owner, 'created_before:"2023-01-14T12:00:00+01:00"') == []
    assert "ada" in found(as_owner, 'created_after:"2023-01-14T12:00:00Z"')


# accounts.md T125
def test_a_page_says_how_many_there_are(as_owner: Api, alice: User) -> None:
    pages: list[tuple[dict[str, Any], int, int]] = [
        ({}, 2, 2),
        ({"limit": 1}, 1, 2),
        ({"offset": 1}, 1, 2),
        ({"limit": 1, "offset": 1}, 1, 2),
        ({"limit": 2}, 2, 2),
        ({"limit": 0}, 2, 2),
        ({"offset": 3}, 0, 0),
        ({"limit": 1, "offset": 3}, 0, 0),
    ]
    for page, users, count in pages:
        shown = listed(as_owner, **page)
        assert (len(shown["users"]), shown["count"]) == (users, count), page


# accounts.md T126
@pytest.mark.parametrize("size", [3, 5, 7, 10])
@pytest.mark.parametrize("q", ["", "gmail", "specialuser"])
def test_both_ways_of_paging_see_the_same(as_owner: Api, size: int, q: str) -> None:
    for number in range(50):
        name = ("User", "uSeR", "specialuser", "SpecialUser")[number % 4]
        domain = "gmail" if number % 3 else "mail"
        make_user(f"{name}{number}", email=f"user{number}@{domain}.test", joins=False)
    everybody = listed(as_owner, q)["users"]
    names = [user["username"] for user in everybody]
    assert names == sorted(names, key=str.lower)
    assert len(names) == {"": 51, "gmail": 33, "specialuser": 24}[q]

    cursor, pages = "", []
    for offset in range(0, len(names), size):
        by_offset = listed(as_owner, q, limit=size, offset=offset)
        by_cursor = listed(as_owner, q, limit=size, after_id=cursor)
        assert by_cursor["users"] == by_offset["users"]
        assert by_offset["count"] == len(names)
        assert by_cursor["count"] == len(names) - offset
        pages += by_cursor["users"]
        cursor = pages[-1]["id"]
    assert pages == everybody
    assert listed(as_owner, q, limit=size, after_id=cursor) == {"users": [], "count": 0}


# accounts.md T129
def test_a_page_begins_after_whoever_it_was(as_owner: Api, alice: User, mallory: User) -> None:
    for change in ({"status": "suspended"}, {"is_deleted": True}):
        User.objects.filter(pk=mallory.pk).update(**change)
        assert found(as_owner, "status:active", after_id=mallory.pk) == ["owner"]
    assert found(as_owner, after_id=alice.pk, offset=1) == []
    assert found(as_owner, after_id=uuid4()) == []
    assert len(found(as_owner, after_id="00000000-0000-0000-0000-000000000000")) == 2


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("x", 'strconv.ParseInt: parsing "x": invalid syntax'),
        ("1.5", 'strconv.ParseInt: parsing "1.5": invalid syntax'),
        ("-1", "value is negative"),
        ("2147483648", 'strconv.ParseInt: parsing "2147483648": value out of range'),
    ],
)
@pytest.mark.parametrize("key", ["limit", "offset"])
def test_a_page_is_counted_in_numbers(as_owner: Api, key: str, page: str, reason: str) -> None:
    refused(
        as_owner.get(f"/users?{key}={page}"),
        400,
        "Query parameters have invalid values.",
        validations={key: f'Query param "{key}" must be a valid 32-bit positive integer: {reason}'},
    )
    assert as_owner.get(f"/users?{key}=2147483647").status_code == 200


def test_every_bad_key_of_a_page_is_told(as_owner: Api) -> None:
    refused(
        as_owner.get("/users?limit=1&limit=2&offset=-1&after_id=me&limits=x"),
        400,
        "Query parameters have invalid values.",
        validations={
            "limit": 'Query param "limit" provided more than once, found 2 times. '
            "Only provide 1 instance of this query param.",
            "offset": 'Query param "offset" must be a valid 32-bit positive integer: '
            "value is negative",
            "after_id": 'Query param "after_id" must be a valid uuid',
        },
    )
    assert as_owner.get("/users?limit=&offset=&after_id=&limits=x").status_code == 200


def test_a_bad_search_is_told_before_a_bad_page(as_owner: Api) -> None:
    refused(
        as_owner.get("/users?q=foo:bar&limit=x"),
        400,
        "Invalid user search query.",
        validations={"foo": '"foo" is not a valid query param'},
    )
