"""What happens at the same instant: real threads on PostgreSQL, each with its own connection."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

import accounts.passwords.proof
from accounts.models import Passcode, User
from accounts.passwords.hashing import hash_password, matches
from accounts.people.users import site_roles_replace
from coderauth.errors import DomainError
from scopes.callers import find_caller
from scopes.models import Key
from tests.accounts.passwords.vectors import TOMATO
from tests.expect import STRONG, audited, document
from tests.people import PASSWORD, Api, login, make_key, make_user, signed_in
from tests.threads import at_once, status

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
TIMEOUT = 30


def statuses(answers: Sequence[Any]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


# accounts.md H7
def test_of_two_first_users_one_is_made() -> None:
    def first(number: int) -> Callable[[], Any]:
        body = {
            "email": f"first{number}@example.test",
            "username": f"first{number}",
            "password": STRONG,
        }
        return lambda: Api().post("/users/first", body)

    assert statuses(at_once(*map(first, range(4)))) == [201, 409, 409, 409]
    assert User.objects.count() == 1


def test_a_passcode_works_once_even_at_once(alice: User) -> None:
    passcode = str(uuid4())
    Passcode.objects.create(
        user=alice,
        hashed_passcode=hash_password(passcode),
        expires_at=timezone.now() + timedelta(minutes=9),
    )

    def change(number: int) -> Callable[[], Any]:
        body = {
            "email": alice.email,
            "password": f"{STRONG}{number}",
            "one_time_passcode": passcode,
        }
        return lambda: Api().post("/users/otp/change-password", body)

    answers = at_once(*map(change, range(3)))
    assert statuses(answers) == [204, 400, 400]
    (winner,) = [number for number, answer in enumerate(answers) if answer.status_code == 204]
    assert login(password=f"{STRONG}{winner}").status_code == 201
    assert [status for _, _, status in audited(action="write")].count(204) == 1


@pytest.mark.parametrize(
    "fields", [{}, {"status": "dormant"}, {"password": TOMATO}], ids=["usual", "dormant", "moved"]
)
def test_ten_sign_ins_at_once_all_succeed(db: None, fields: dict[str, Any]) -> None:
    make_user("alice", **fields)
    password = "tomato" if "password" in fields else PASSWORD
    answers = at_once(*[lambda: login(password=password)] * 10)
    assert statuses(answers) == [201] * 10
    assert Key.objects.count() == 10
    tokens = {document(answer)["session_token"] for answer in answers}
    assert {Api(token).get("/users/me").status_code for token in tokens} == {200}
    assert len(audited(action="login")) == 10
    assert len(audited(action="write")) == ("status" in fields)


def test_a_sign_in_that_overlaps_a_password_change_leaves_no_session(
    alice: User, as_owner: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = matches

    def matches_then_change(password: str, encoded: str) -> bool:
        found = real(password, encoded)
        # The change happens after the comparison and before the session is made.
        assert as_owner.put("/users/alice/password", {"password": STRONG}).status_code == 204
        return found

    with monkeypatch.context() as patched:
        patched.setattr(accounts.passwords.proof, "matches", matches_then_change)
        assert login().status_code == 401
    assert not Key.objects.filter(user=alice).exists()
    assert login(password=STRONG).status_code == 201


def test_sign_ins_and_a_password_change_at_once_leave_no_old_session(
    alice: User, as_owner: Api
) -> None:
    answers = at_once(
        *[login] * 6, lambda: as_owner.put("/users/alice/password", {"password": STRONG})
    )
    assert answers[-1].status_code == 204
    assert not Key.objects.filter(user=alice).exists() or _all_newer(alice)
    old = [document(a)["session_token"] for a in answers[:-1] if a.status_code == 201]
    assert {Api(token).get("/users/me").status_code for token in old} <= {401}


def _all_newer(user: User) -> bool:
    user.refresh_from_db()
    return all(key.created_at > user.updated_at for key in Key.objects.filter(user=user))


# A stolen session must not outrun the password change that should end it.
def test_keys_made_while_the_password_changes_do_not_survive(alice: User) -> None:
    for number in range(4):
        Key.objects.all().delete()
        thief, victim = signed_in(alice), signed_in(alice)
        body = {
            "password": f"{STRONG}{number}",
            "old_password": f"{STRONG}{number - 1}" if number else PASSWORD,
        }
        made = at_once(
            *[partial(thief.post, "/users/me/keys")] * 5,
            partial(victim.put, "/users/me/password", body),
        )
        assert made[-1].status_code == 204
        assert {answer.status_code for answer in made[:-1]} <= {201, 401}
        assert not Key.objects.exists()


# Two orders of locking would end one of them with a deadlock.
def test_requests_and_a_password_change_at_once_do_not_deadlock(alice: User, as_owner: Api) -> None:
    for number in range(4):
        fresh = [signed_in(alice) for _ in range(5)]  # Each first use writes user and key.
        answers = at_once(
            *[partial(api.get, "/users/me") for api in fresh],
            partial(as_owner.put, "/users/alice/password", {"password": f"{STRONG}{number}"}),
        )
        assert answers[-1].status_code == 204
        assert {answer.status_code for answer in answers[:-1]} <= {200, 401}


def test_two_owners_who_demote_each_other_leave_one(db: None) -> None:
    first, second = (make_user(name, roles=["owner"]) for name in ("first", "second"))
    answers = at_once(
        lambda: signed_in(first).put("/users/second/roles", {"roles": []}),
        lambda: signed_in(second).put("/users/first/roles", {"roles": []}),
    )
    assert statuses(answers)[0] == 200
    assert statuses(answers)[1] in {400, 403}
    remaining = [user for user in User.objects.all() if user.is_owner]
    assert len(remaining) == 1


def test_of_two_owners_who_demote_each_other_one_does_although_a_third_stays(db: None) -> None:
    first, second, _ = (make_user(name, roles=["owner"]) for name in ("first", "second", "third"))
    answers = at_once(
        lambda: signed_in(first).put("/users/second/roles", {"roles": []}),
        lambda: signed_in(second).put("/users/first/roles", {"roles": []}),
    )
    assert statuses(answers)[0] == 200
    assert statuses(answers)[1] in {400, 403}
    assert len([user for user in User.objects.all() if user.is_owner]) == 2


def test_people_who_act_on_each_other_at_once_do_not_block_each_other(db: None) -> None:
    names = ("first", "second", "third")
    people = {name: signed_in(make_user(name, roles=["user-admin"])) for name in names}
    for _ in range(6):
        acts = [
            status(api, "PUT", f"/users/{other}/profile", {"username": other, "name": "N"})
            for name, api in people.items()
            for other in names
            if other != name
        ]
        acts += [status(api, "POST", "/users/me/keys/tokens", {}) for api in people.values()]
        assert {*at_once(*acts)} == {200, 201}


def test_an_owner_who_was_demoted_meanwhile_cannot_remove_the_last_one(db: None) -> None:
    first, second = (make_user(name, roles=["owner"]) for name in ("first", "second"))
    stale = find_caller(make_key(first).split("-")[0])
    assert stale is not None
    assert stale.subject
    User.objects.filter(pk=first.pk).update(site_roles=[])
    with pytest.raises(DomainError) as refusal:
        site_roles_replace(caller=stale, user=second, roles=[])
    assert refusal.value.code == "forbidden"
    User.objects.filter(pk=first.pk).update(site_roles=["owner"])
    assert site_roles_replace(caller=stale, user=second, roles=[]).site_roles == []


def test_of_two_users_with_one_name_one_is_made(as_owner: Api) -> None:
    nil = "00000000-0000-0000-0000-000000000000"

    def create(number: int) -> Callable[[], Any]:
        body = {
            "email": f"{'TWIN' if number % 2 else 'twin'}@example.test",
            "username": f"twin{number}",
            "password": STRONG,
            "organization_ids": [nil],
        }
        return lambda: as_owner.post("/users", body)

    assert statuses(at_once(*map(create, range(4)))) == [201, 409, 409, 409]


def test_one_password_changed_twice_at_once_is_changed_once(alice: User) -> None:
    def change(number: int) -> Callable[[], Any]:
        body = {"password": f"{STRONG}{number}", "old_password": PASSWORD}
        api = signed_in(alice)
        return lambda: api.put("/users/me/password", body)

    answers = at_once(*map(change, range(3)))
    assert statuses(answers).count(204) == 1
    assert set(statuses(answers)) <= {204, 400, 401}


def test_sign_outs_of_one_session_at_once_do_no_harm(alice: User) -> None:
    api = signed_in(alice)
    answers = at_once(*[lambda: api.post("/users/logout")] * 4)
    assert set(statuses(answers)) <= {200, 401}
    assert not Key.objects.exists()


def test_a_dormant_user_who_shows_up_twice_at_once_wakes_once(db: None) -> None:
    user = make_user("alice", status="dormant")
    api = signed_in(user)
    answers = at_once(*[lambda: api.get("/users/me")] * 4)
    assert statuses(answers) == [200] * 4
    assert audited(action="write") == [("write", "user", 200)]


def test_of_two_owners_that_delete_each_other_one_stays(db: None) -> None:
    one, other = make_user("one", roles=["owner"]), make_user("other", roles=["owner"])
    as_one, as_other = signed_in(one), signed_in(other)

    answers = at_once(lambda: as_one.delete("/users/other"), lambda: as_other.delete("/users/one"))

    assert statuses(answers) in ([200, 400], [200, 401])
    assert User.objects.living().count() == 1


def test_of_two_people_that_take_a_name_one_gets_it(alice: User, mallory: User) -> None:
    answers = at_once(
        *[
            partial(signed_in(user).put, "/users/me/profile", {"username": "carol"})
            for user in (alice, mallory)
        ]
    )

    assert statuses(answers) == [200, 409]


def test_a_key_made_while_its_user_is_deleted_does_not_survive(alice: User, as_owner: Api) -> None:
    as_alice = signed_in(alice)

    *made, deleted = at_once(
        *[partial(as_alice.post, "/users/me/keys")] * 5, partial(as_owner.delete, "/users/alice")
    )

    assert deleted.status_code == 200
    assert {answer.status_code for answer in made} <= {201, 400, 401}
    assert not Key.objects.filter(user=alice).exists()
