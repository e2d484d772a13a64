"""Sign-ins of a provider that overlap with something else: real threads on PostgreSQL."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.federation.conversion import conversion_begin
from accounts.federation.linking import Session
from accounts.models import Passcode, User, UserLink
from accounts.passwords.hashing import hash_password
from coderauth.errors import DomainError
from scopes.callers import find_caller
from scopes.models import Key
from tests.accounts.arrivals import OIDC, Elsewhere, arrive, somebody, whose
from tests.expect import STRONG
from tests.people import PASSWORD, Api, make_key, reset_password, signed_in
from tests.threads import at_once, start
from tests.waiting import PATIENCE, until

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

Outcome = Session | str


def coming(act: Callable[[], Session]) -> Callable[[], Outcome]:
    """Return the act with its refusal as an outcome."""

    def come() -> Outcome:
        try:
            return act()
        except DomainError as error:
            return error.code

    return come


def opened(outcomes: list[Any]) -> list[Session]:
    return [outcome for outcome in outcomes if isinstance(outcome, Session)]


def conversion(user: User) -> Callable[[], Outcome]:
    """Begin a conversion; return its arrival."""
    caller = find_caller(make_key(user)[:10])
    assert caller is not None
    begun = conversion_begin(caller=caller, user=caller, to_type="oidc", password=PASSWORD)
    identity = somebody(user.username)
    return coming(partial(arrive, identity, state=begun.state, conversion=begun.cookie))


def test_of_two_sign_ups_of_one_person_one_makes_the_account(owner: User) -> None:
    outcomes = at_once(*[coming(partial(arrive, somebody("ada")))] * 6)
    assert {whose(session).username for session in opened(outcomes)} == {"ada"}
    assert len(opened(outcomes)) == 6
    assert User.objects.filter(email="ada@example.test").count() == UserLink.objects.count() == 1


def test_people_who_want_one_username_at_once_all_get_one(owner: User) -> None:
    people = [somebody(f"ada{number}", username="ada") for number in range(5)]
    outcomes = at_once(*[coming(partial(arrive, person)) for person in people])
    names = [whose(session).username for session in opened(outcomes)]
    assert len(set(names)) == 5
    assert names.count("ada") == 1
    assert {name.split("-")[0] for name in names} == {"ada"}


def test_a_username_that_an_administrator_gives_away_meanwhile(owner: User) -> None:
    as_owner = signed_in(owner)
    new = {"username": "ada", "email": "other@example.test", "password": STRONG,
           "organization_ids": ["00000000-0000-0000-0000-000000000000"]}  # fmt: skip
    made, *outcomes = at_once(
        lambda: as_owner.post("/users", new), coming(partial(arrive, somebody("ada")))
    )
    assert len(opened(outcomes)) == 1
    assert made.status_code in {201, 409}


@pytest.mark.usefixtures("db")
def test_of_many_very_first_people_one_is_the_owner() -> None:
    closed = Elsewhere(allow_signups=False)
    outcomes = at_once(
        *[coming(partial(arrive, somebody(f"first{n}"), closed)) for n in range(4)],
        lambda: Api().post(
            "/users/first",
            {"email": "setup@example.test", "username": "setup", "password": STRONG},
        ),
    )
    assert User.objects.count() == 1
    assert User.objects.get().is_owner
    assert len(opened(outcomes)) + (outcomes[-1].status_code == 201) == 1
    assert set(outcomes[:-1]) - set(opened(outcomes)) <= {"signups_disabled"}


def test_of_two_callbacks_of_one_conversion_one_converts(alice: User) -> None:
    outcomes = at_once(*[conversion(alice)] * 4)
    assert [type(outcome) for outcome in outcomes].count(Session) == 1
    assert set(outcomes) - set(opened(outcomes)) == {"conversion_refused"}
    assert whose(opened(outcomes)[0]).login_type == "oidc"
    assert Key.objects.filter(user=alice).count() == UserLink.objects.count() == 1


def test_a_conversion_and_a_password_change_leave_one_way_in(alice: User) -> None:
    for _ in range(3):
        UserLink.objects.all().delete()
        Key.objects.all().delete()
        alice.login_type = "password"
        alice.set_password(PASSWORD)
        alice.save()
        body = {"password": STRONG, "old_password": PASSWORD}
        finish, thief = conversion(alice), signed_in(alice)
        outcome, changed, _ = at_once(
            finish,
            partial(signed_in(alice).put, "/users/me/password", body),
            partial(thief.post, "/users/me/keys"),
        )
        alice.refresh_from_db()
        assert changed.status_code in {204, 400, 401}
        kinds = [*Key.objects.filter(user=alice).values_list("login_type", flat=True)]
        if isinstance(outcome, Session):
            assert (alice.login_type, alice.password) == ("oidc", "")
            assert kinds == ["oidc"]
        else:  # The change came first, and ended the conversion.
            assert (outcome, changed.status_code) == ("conversion_refused", 204)
            assert (alice.login_type, alice.check_password(STRONG)) == ("password", True)
            assert kinds == []


def test_sign_ins_with_the_password_do_not_outlive_a_conversion(alice: User) -> None:
    login = partial(Api().post, "/users/login", {"email": alice.email, "password": PASSWORD})
    outcome, *answers = at_once(conversion(alice), *[login] * 4)
    assert isinstance(outcome, Session)
    assert {answer.status_code for answer in answers} <= {201, 401, 403}
    assert set(Key.objects.values_list("login_type", flat=True)) == {"oidc"}


@pytest.mark.parametrize("act", ["delete", "suspend"])
def test_a_conversion_and_the_end_of_the_account(alice: User, owner: User, act: str) -> None:
    as_owner = signed_in(owner)
    ends = {
        "delete": partial(as_owner.delete, "/users/alice"),
        "suspend": partial(as_owner.put, "/users/alice/status/suspend"),
    }
    outcome, ended = at_once(conversion(alice), ends[act])
    assert ended.status_code == 200
    if isinstance(outcome, Session):
        assert Api(outcome.secret).get("/users/me").status_code == 401
    else:
        assert outcome in {"conversion_email_mismatch", "provider_user_suspended"}
    alice.refresh_from_db()
    if act == "delete":
        assert not UserLink.objects.exists()
        assert not Key.objects.filter(user=alice).exists()


def test_a_sign_in_and_the_deletion_of_its_account_leave_no_link_of_the_dead(owner: User) -> None:
    ada = whose(arrive(somebody("ada")))
    as_owner = signed_in(owner)
    outcome, deleted = at_once(
        coming(partial(arrive, somebody("ada"))), partial(as_owner.delete, f"/users/{ada.pk}")
    )
    assert deleted.status_code == 200
    assert isinstance(outcome, Session)
    assert not UserLink.objects.filter(user__is_deleted=True).exists()
    # It came before the deletion and ended with it, or made a new account.
    assert Api(outcome.secret).get("/users/me").status_code in {200, 401}


@pytest.mark.parametrize("moved", ["address", "link"])
def test_an_account_that_changes_while_a_sign_in_waits_is_looked_up_again(
    owner: User, moved: str
) -> None:
    ada = whose(arrive(somebody("ada")))
    if moved == "address":  # An account without a link is found by its address.
        UserLink.objects.all().delete()
    with transaction.atomic():
        User.objects.select_for_update().get(pk=ada.pk)
        comes = start(partial(arrive, somebody("ada")))
        until(somebody_waits_for_a_lock)
        User.objects.filter(pk=ada.pk).update(email="moved@example.test")
        UserLink.objects.update(linked_id="another")

    assert whose(comes.result(PATIENCE)).pk != ada.pk


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def test_two_people_who_move_to_one_address_at_once(owner: User) -> None:
    for name in ("ada", "grace"):
        arrive(somebody(name))
    moving = [somebody(name, email="shared@example.test") for name in ("ada", "grace")]
    outcomes = at_once(*[coming(partial(arrive, person, OIDC)) for person in moving])
    assert len(opened(outcomes)) == 1
    assert "provider_email_taken" in outcomes


def passcode(user: User, *, to_password: bool = False) -> str:
    """Store a passcode for a user, as the mail would have it."""
    Passcode.objects.create(
        user=user,
        hashed_passcode=hash_password("passcode"),
        expires_at=timezone.now() + timedelta(minutes=9),
        to_password=to_password,
    )
    return "passcode"


def reset(user: User, code: str) -> Callable[[], Any]:
    return partial(reset_password, user.email, code, STRONG)


# Two orders of locking would end one of them with a deadlock.
def test_a_conversion_and_a_passcode_at_once_leave_one_way_in(alice: User) -> None:
    outcome, answer = at_once(conversion(alice), reset(alice, passcode(alice)))
    alice.refresh_from_db()
    if isinstance(outcome, Session):
        assert answer.status_code == 400
        assert (alice.login_type, alice.password) == ("oidc", "")
    else:  # The passcode came first, and ended the conversion.
        assert (outcome, answer.status_code) == ("conversion_refused", 204)
        assert (alice.login_type, alice.check_password(STRONG)) == ("password", True)
    assert not Passcode.objects.exists()


def test_a_way_back_and_a_sign_in_at_once_leave_one_way_in(owner: User) -> None:
    for _ in range(3):
        User.objects.exclude(pk=owner.pk).delete()
        ada = whose(arrive(somebody("ada")))
        code = passcode(ada, to_password=True)
        answer, outcome = at_once(reset(ada, code), coming(partial(arrive, somebody("ada"))))
        assert answer.status_code == 204
        assert isinstance(outcome, Session) or outcome == "other_login_type"
        ada.refresh_from_db()
        assert ada.login_type == "password"
        assert not Key.objects.filter(user=ada).exists()
        assert not UserLink.objects.exists()


def test_a_passcode_back_works_once_even_at_once(owner: User) -> None:
    ada = whose(arrive(somebody("ada")))
    answers = at_once(*[reset(ada, passcode(ada, to_password=True))] * 3)
    assert sorted(answer.status_code for answer in answers) == [204, 400, 400]
