"""Real threads on PostgreSQL: registering, replacing and forgetting one object at once."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from audit.models import Entry
from scopes.models import Membership, Organization, RegisteredObject
from tests.people import Api, make_user, signed_in
from tests.scopes.registry import store
from tests.threads import at_once, status

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def putting(api: Api, path: str, **content: Any) -> Callable[[], int]:
    return status(api, "PUT", path, content)


def test_one_of_four_makes_it_and_the_others_replace_it(as_owner: Api) -> None:
    for _ in range(6):
        path = f"/objects/workspace/{uuid4()}"
        answers = at_once(*[putting(as_owner, path)] * 4)
        assert sorted(answers) == [200, 200, 200, 201]
    assert RegisteredObject.objects.count() == 6
    actions = list(Entry.objects.values_list("action", flat=True))
    assert (actions.count("create"), actions.count("write")) == (6, 18)


# The loser of the race is judged as replacing the object, not as making it.
def test_the_second_of_two_needs_the_right_to_replace(as_owner: Api) -> None:
    alice, mallory = make_user("alice"), make_user("mallory")
    for _ in range(8):
        path = f"/objects/workspace/{uuid4()}"

        answers = at_once(
            *[putting(signed_in(one), path, owner_id="me") for one in (alice, mallory)]
        )

        assert sorted(answers) == [201, 404]
        winner = alice if answers[0] == 201 else mallory
        assert as_owner.get(path).json()["owner_id"] == str(winner.pk)


def test_the_second_by_another_type_needs_the_right_to_replace(as_owner: Api) -> None:
    alice, mallory = make_user("alice"), make_user("mallory")
    for _ in range(8):
        identifier = uuid4()
        answers = at_once(
            putting(signed_in(alice), f"/objects/workspace/{identifier}", owner_id="me"),
            putting(signed_in(mallory), f"/objects/workspace_dormant/{identifier}", owner_id="me"),
        )
        assert sorted(answers) == [201, 404]
        winner = alice if answers[0] == 201 else mallory
        assert RegisteredObject.objects.get(object_id=identifier).owner_id == winner.pk


def test_one_of_many_deletions_counts(as_owner: Api) -> None:
    path = f"/objects/workspace/{store().object_id}"

    assert sorted(at_once(*[status(as_owner, "DELETE", path)] * 5)) == [204, 404, 404, 404, 404]
    assert Entry.objects.filter(status_code=204).count() == 1


def test_putting_and_deleting_at_once_is_no_error(as_owner: Api) -> None:
    path = f"/objects/workspace/{uuid4()}"
    for _ in range(10):
        answers = at_once(*[putting(as_owner, path)] * 2, *[status(as_owner, "DELETE", path)] * 2)

        assert {*answers[:2]} <= {200, 201}
        assert {*answers[2:]} <= {204, 404}
    made, gone = (Entry.objects.filter(status_code=code).count() for code in (201, 204))
    assert made - gone == RegisteredObject.objects.count() in {0, 1}


# In whatever order they name them, the same ids are locked and made in one order.
def test_many_at_once_do_not_wait_for_each_other_in_a_circle(as_owner: Api) -> None:
    make_user("alice")
    people = [str(pk) for pk in User.objects.values_list("pk", flat=True)]
    for _ in range(4):
        entries = [
            {"type": kind, "id": str(uuid4()), "owner_id": people[number % 2]}
            for number in range(20)
            for kind in ("workspace", "template")
        ]

        answers = at_once(
            *[
                status(as_owner, "POST", "/objects/bulk", {"put": order})
                for order in (entries, entries[::-1]) * 2
            ]
        )

        assert answers == [200] * 4


def test_deleted_user_owns_no_workspace(as_owner: Api) -> None:
    for number in range(8):
        user = make_user(f"user{number}")

        made, deleted = at_once(
            putting(as_owner, f"/objects/workspace/{uuid4()}", owner_id=str(user.pk)),
            status(as_owner, "DELETE", f"/users/{user.pk}"),
        )

        assert (made, deleted) in {(201, 417), (400, 200)}
        user.refresh_from_db()
        assert user.is_deleted is (deleted == 200)


def test_organization_is_not_deleted_under_an_object(as_owner: Api) -> None:
    owner = User.objects.get(username="owner")
    for number in range(8):
        row = Organization.objects.create(name=f"tenant{number}")
        Membership.objects.create(user=owner, organization=row)

        made, deleted = at_once(
            putting(as_owner, f"/objects/workspace/{uuid4()}", organization_id=str(row.pk)),
            status(as_owner, "DELETE", f"/organizations/{row.pk}"),
        )

        assert (made, deleted) in {(201, 409), (400, 200)}
