"""`GET /audit` (accounts.md 1.18): who reads what, and how it is searched."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from audit import selectors as audit_selectors
from audit.models import Entry
from audit.records import record
from scopes.models import Organization
from scopes.organizations.selectors import default_organization
from tests.audit.entries import make_entries
from tests.expect import NIL
from tests.people import Api, make_key, make_user, signed_in
from tests.scopes.keyring import narrowed


def found(api: Api, q: str = "", **query: Any) -> dict[str, Any]:
    answer = api.get(f"/audit?{urlencode({'q': q, **query})}")
    assert answer.status_code == 200, answer.content
    page: dict[str, Any] = json.loads(answer.content)
    return page


def targets(api: Api, q: str = "", **query: Any) -> list[str]:
    return [entry["resource_target"] for entry in found(api, q, **query)["audit_logs"]]


def test_entry_says_who_did_what_from_where(owner: User, as_owner: Api, alice: User) -> None:
    as_owner.put(f"/users/{alice.pk}/roles", {"roles": ["auditor"]}, user_agent="curl/8")

    page = found(as_owner, "resource_type:user action:write")

    assert page["count"] == 1
    (entry,) = page["audit_logs"]
    stored = Entry.objects.get(pk=entry["id"])
    assert entry == {
        "id": str(stored.pk),
        "request_id": stored.request_id,
        "time": entry["time"],
        "ip": "127.0.0.1",
        "user_agent": "curl/8",
        "resource_type": "user",
        "resource_id": str(alice.pk),
        "resource_target": "alice",
        "resource_icon": "",
        "resource_link": "",
        "is_deleted": False,
        "organization_id": NIL,
        "action": "write",
        "diff": {"rbac_roles": {"old": [], "new": ["auditor"], "secret": False}},
        "status_code": 200,
        "additional_fields": {},
        "description": "{user} updated user {target}",
        "user": {"id": str(owner.pk), "username": "owner", "name": "The Owner"},
    }


@pytest.mark.parametrize(
    ("roles", "sees"),
    [(["owner"], True), (["auditor"], True), (["user-admin"], False), ([], False)],
)
def test_site_roles_that_may_read_the_audit_see_everything(
    db: None, roles: list[str], sees: bool
) -> None:
    make_entries(1, resource_target="x")

    assert ("x" in targets(signed_in(make_user("u", roles=roles)))) is sees


@pytest.mark.parametrize(
    ("role", "sees"), [("organization-auditor", ["here"]), ("organization-user-admin", [])]
)
def test_organization_auditors_see_their_organization(db: None, role: str, sees: list[str]) -> None:
    other = Organization.objects.create(name="other")
    make_entries(1, resource_target="here", organization_id=default_organization().pk)
    make_entries(1, resource_target="there", organization_id=other.pk)
    make_entries(1, resource_target="site")

    assert targets(signed_in(make_user("u", organization_roles=[role]))) == sees


def test_key_of_an_owner_needs_the_scope(owner: User) -> None:
    make_entries(1)

    assert found(narrowed(owner, "user:read"))["audit_logs"] == []
    assert found(narrowed(owner, "audit_log:read"))["audit_logs"] != []


def test_filters_find_what_they_name(as_owner: Api, owner: User, alice: User) -> None:
    home = default_organization()
    person = {"actor_id": alice.pk, "resource_id": str(alice.pk)}
    make_entries(1, resource_target="one", action="create", **person)
    make_entries(1, resource_target="two", action="delete", organization_id=home.pk)
    make_entries(1, resource_target="three", resource_type="group", actor_id=owner.pk)
    searches = {
        "action:create": ["one"],
        "action:create,delete": ["two", "one"],
        "action:create action:delete": ["two", "one"],
        "resource_type:group": ["three"],
        f"resource_id:{alice.pk}": ["one"],
        "username:ALICE": ["one"],
        "username:me resource_type:group": ["three"],
        "username:nobody": [],
        "email:alice@example.test": ["one"],
        "organization:coder": ["two"],
        f"organization:{home.pk}": ["two"],
        "organization:unknown": [],
        "resource_target:tw": ["two"],
        "thre": ["three"],
        "resource_target:a\x00b": [],
    }

    for q, expected in searches.items():
        assert targets(as_owner, q) == expected, q


def test_dates_bound_whole_days_and_include_both(as_owner: Api) -> None:
    for day in (4, 5, 6, 7):
        at = datetime(2026, 1, day, 23, 59, tzinfo=UTC)
        Entry.objects.create(at=at, action="write", resource_type="user", resource_target=str(day))

    assert targets(as_owner, "date_from:2026-01-05 date_to:2026-01-06") == ["6", "5"]


def test_the_calendars_last_day_ends_no_search(as_owner: Api) -> None:
    make_entries(1, resource_target="one")

    answer = as_owner.get(f"/audit?{urlencode({'q': 'date_to:9999-12-31'})}")

    assert answer.status_code == 400
    told = 'Query param "date_to" must be a date before 9999-12-31'
    assert answer.json()["validations"] == [{"field": "date_to", "detail": told}]
    assert targets(as_owner, "date_from:0001-01-01 date_to:9999-12-30") == ["one"]
    assert targets(as_owner, "date_from:9999-12-31") == []


def test_request_id_finds_what_one_request_did(as_owner: Api, alice: User) -> None:
    as_owner.put(f"/users/{alice.pk}/roles", {"roles": ["auditor"]})
    record(action="write", resource_type="user", resource_target="other")
    request_id = Entry.objects.get(resource_target="alice").request_id

    assert targets(as_owner, f"request_id:{request_id}") == ["alice"]


@pytest.mark.parametrize(
    ("q", "field", "detail"),
    [
        ("colour:red", "colour", '"colour" is not a valid query param'),
        ("action:", "q", "Query element \"action:\" cannot start or end with ':'"),
        ("action:a:b", "q", "Query element \"action:a:b\" can only contain 1 ':'"),
        (
            "action:explode",
            "action",
            'Query param "action" has invalid values: "explode" is not a valid value',
        ),
        (
            "date_from:yesterday",
            "date_from",
            (
                'Query param "date_from" must be a valid date format (2006-01-02): '
                'cannot parse "yesterday"'
            ),
        ),
        (
            "username:a username:b",
            "username",
            (
                'Query param "username" provided more than once, found 2 times. '
                "Only provide 1 instance of this query param."
            ),
        ),
    ],
)
def test_wrong_search_is_refused(as_owner: Api, q: str, field: str, detail: str) -> None:
    answer = as_owner.get(f"/audit?{urlencode({'q': q})}")

    assert answer.status_code == 400
    assert json.loads(answer.content) == {
        "message": "Invalid audit search query.",
        "validations": [{"field": field, "detail": detail}],
    }


def test_pages_follow_each_other_and_count_the_whole(as_owner: Api) -> None:
    make_entries(5)

    first = found(as_owner, "person", limit=2)
    second = found(as_owner, "person", limit=2, offset=2)

    assert [row["resource_target"] for row in first["audit_logs"]] == ["person4", "person3"]
    assert [row["resource_target"] for row in second["audit_logs"]] == ["person2", "person1"]
    assert (first["count"], second["count"]) == (5, 5)
    assert as_owner.get("/audit?limit=-1").status_code == 400


@pytest.mark.parametrize("rows", [1, 50])
def test_page_costs_the_same_for_one_row_and_for_fifty(owner: User, rows: int) -> None:
    for number in range(rows):
        make_entries(1, actor_id=make_user(f"user{number}").pk)
    api = Api(make_key(owner, last_used_at=timezone.now()))

    with CaptureQueriesContext(connection) as queries:
        found(api)

    assert len(queries) == 4


def test_entry_names_its_organization_and_whoever_acted_even_if_deleted(
    as_owner: Api, alice: User
) -> None:
    home = default_organization()
    make_entries(1, resource_target="here", organization_id=home.pk, actor_id=alice.pk)
    make_entries(1, resource_target="nobody")
    User.objects.filter(pk=alice.pk).update(is_deleted=True)

    rows = {row["resource_target"]: row for row in found(as_owner)["audit_logs"]}

    assert rows["here"]["organization_id"] == str(home.pk)
    assert rows["here"]["organization"] == {
        "id": str(home.pk),
        "name": home.name,
        "display_name": home.display_name,
        "icon": home.icon,
    }
    assert rows["here"]["user"] == {"id": str(alice.pk), "username": "alice"}
    assert rows["nobody"]["organization_id"] == NIL
    assert "organization" not in rows["nobody"]
    assert rows["nobody"]["user"] is None


# A single id that is not a UUID makes Coder's own client refuse the whole page.
def test_every_id_is_a_uuid(as_owner: Api, alice: User) -> None:
    home = default_organization()
    role = {"name": "deployer", "display_name": "Deployer"}
    assert as_owner.post(f"/organizations/{home.pk}/members/roles", role).status_code == 200
    assert as_owner.post("/users/me/keys/tokens", {"token_name": "ci"}).status_code == 201
    make_entries(1, resource_target="command")

    rows = found(as_owner)["audit_logs"]

    assert {"custom_role", "api_key", "user"} <= {row["resource_type"] for row in rows}
    for row in rows:
        for name in ("id", "request_id", "resource_id", "organization_id"):
            UUID(row[name])
    (custom,) = [row for row in rows if row["resource_type"] == "custom_role"]
    assert (custom["resource_id"], custom["resource_target"]) == (NIL, "deployer")


def test_an_entry_says_whether_what_it_is_about_is_gone(as_owner: Api, alice: User) -> None:
    other = Organization.objects.create(name="other")
    assert as_owner.put(f"/users/{alice.pk}/status/suspend").status_code == 200
    assert as_owner("PATCH", f"/organizations/{other.pk}", {"icon": "/x.png"}).status_code == 200

    def gone() -> set[tuple[str, bool]]:
        rows = found(as_owner, "action:write")["audit_logs"]
        return {(row["resource_type"], row["is_deleted"]) for row in rows}

    assert gone() == {("user", False), ("organization", False)}
    assert as_owner.delete(f"/users/{alice.pk}").status_code == 200
    assert as_owner.delete(f"/organizations/{other.pk}").status_code == 200
    assert gone() == {("user", True), ("organization", True)}


def test_refusal_says_that_it_was_one(as_owner: Api, as_mallory: Api, owner: User) -> None:
    secret = make_key(owner, login_type="token", name="ci")
    assert as_mallory.delete(f"/users/me/keys/{secret[:10]}").status_code == 404
    as_owner.delete(f"/users/me/keys/{secret[:10]}")

    done, refused = found(as_owner, "action:delete resource_type:api_key")["audit_logs"]

    assert (refused["status_code"], refused["diff"]) == (404, {})
    assert refused["description"] == "{user} unsuccessfully attempted to delete api key {target}"
    assert refused["user"]["username"] == "mallory"
    assert (done["status_code"], done["description"]) == (204, "{user} deleted api key {target}")
    assert {done["resource_id"], refused["resource_id"]} == {str(owner.pk)}
    assert set(done["diff"]) >= {"user_id", "expires_at", "created_at"}
    assert secret[11:] not in json.dumps([done, refused])


def test_page_without_a_limit_has_an_end(as_owner: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_selectors, "DEFAULT_LIMIT", 2)
    monkeypatch.setattr(audit_selectors, "MOST", 4)
    make_entries(5)

    for limit, rows in (("", 2), (0, 2), (3, 3), (4, 4), (5, 4)):
        assert len(targets(as_owner, limit=limit)) == rows
