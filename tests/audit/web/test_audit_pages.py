"""`/admin/audit`: what happened, in sentences."""

import csv
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from audit.records import record
from scopes.organizations.selectors import default_organization
from tests.pages import text_of, visitor
from tests.people import make_user, signed_in
from tests.queries import cost

LIST = "/admin/audit"


def test_acts_are_told_in_sentences_with_links(owner: User, alice: User) -> None:
    client = visitor(owner)
    client.post("/admin/people/alice/suspend")

    page = client.get(LIST)

    assert "owner suspended alice" in text_of(page)
    assert 'href="/admin/people/owner"' in page.content.decode()
    assert "/admin/people/alice/suspend" in text_of(page)


def test_what_was_refused_is_told_as_tried(owner: User, alice: User) -> None:
    signed_in(alice).put("/users/me/status/suspend")

    text = text_of(visitor(owner).get(LIST))
    assert "alice tried to change the account alice Refused" in text


def test_filters_live_in_the_address(owner: User, alice: User) -> None:
    about: dict[str, Any] = {"resource_type": "user", "resource_target": "alice"}
    record(action="delete", actor_id=alice.pk, **about)
    record(action="write", actor_id=owner.pk, organization_id=default_organization().pk, **about)

    def found(query: str) -> list[str]:
        page = visitor(owner).get(f"{LIST}?{query}")
        return [one["entry"].action for one in page.context["shown"]]

    today = timezone.now().date()
    assert found("person=alice") == ["delete"]
    assert found("action=write") == ["write"]
    assert found("type=user&target=ali") == ["write", "delete"]
    assert found(f"organization={default_organization().name}") == ["write"]
    assert found(f"since={today}") == ["write", "delete"]
    assert found(f"until={today - timedelta(days=1)}") == []
    assert found("since=yesterday") == []
    assert found("person=%00") == []


def test_the_person_filter_stays_in_the_address(owner: User) -> None:
    page = visitor(owner).get(f"{LIST}?person=owner")

    assert 'name="person" value="owner"' in page.content.decode()
    assert page.context["listing"].pills[0].words == "Person: owner"


def test_an_entry_shows_what_changed(owner: User, alice: User) -> None:
    visitor(owner).post("/admin/people/alice/roles", {"roles": ["auditor"]})
    entry = Entry.objects.get(action="write")

    text = text_of(visitor(owner).get(f"{LIST}/{entry.pk}"))

    assert "owner changed the site roles of alice" in text
    assert "rbac roles nothing auditor" in text


def test_entries_of_other_places_are_not_found(owner: User) -> None:
    auditor = make_user("aud", organization_roles=["organization-auditor"])
    ours = record(action="write", resource_type="group", organization_id=default_organization().pk)
    theirs = record(action="write", resource_type="user")

    assert visitor(auditor).get(f"{LIST}/{ours.pk}").status_code == 200
    assert visitor(auditor).get(f"{LIST}/{theirs.pk}").status_code == 404
    assert visitor(owner).get(f"{LIST}/{theirs.pk}").status_code == 200


def test_fifty_entries_cost_as_much_as_one(owner: User, alice: User) -> None:
    record(action="write", resource_type="user", actor_id=alice.pk)
    client = visitor(owner, last_used_at=timezone.now())
    one = cost(lambda: client.get(LIST))
    for _ in range(60):
        record(action="write", resource_type="user", actor_id=owner.pk)

    assert len(cost(lambda: client.get(LIST))) == len(one) <= 7


def test_the_audit_is_a_file_too(owner: User) -> None:
    record(action="write", resource_type="user", resource_target="=cmd", actor_id=owner.pk)

    answer = visitor(owner).get(f"{LIST}.csv?type=user")

    rows = [*csv.reader(b"".join(answer.streaming_content).decode().splitlines())]
    assert rows[0][0] == "at"
    assert [row[4] for row in rows[1:]] == ["'=cmd"]
    assert visitor(owner).get(f"{LIST}.csv?since=never").status_code == 404
