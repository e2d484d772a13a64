"""One-time passcodes: `/users/otp/…` (accounts.md 2.2, 2.3)."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoAssertNumQueries, Settings

import accounts.passwords.passcodes
from accounts.models import Passcode, User
from audit.models import Entry
from scopes.models import Key
from tests.expect import (
    INCORRECT,
    PASSWORDS_OFF,
    STRONG,
    WEAK,
    WEAK_DETAIL,
    audited,
    invalid,
    last_entry,
    refused,
    unreadable,
)
from tests.people import PASSWORD, Api, login, make_key, make_user, reset_password, signed_in

WRONG = "Incorrect email or one-time passcode."

Mailbox = list[tuple[str, str]]


@pytest.fixture
def mailbox(db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    """Run tasks at once and keep what would be mailed, as (address, passcode)."""
    sent: Mailbox = []
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    monkeypatch.setattr(
        accounts.passwords.passcodes,
        "send_passcode",
        lambda user, code, **_: sent.append((user.email, code)),
    )
    return sent


def ask(email: str = "alice@example.test") -> Any:
    return Api().post("/users/otp/request", {"email": email})


def change(passcode: object, email: str = "alice@example.test", password: str = STRONG) -> Any:
    return reset_password(email, passcode, password)


def signs_in(password: str, email: str = "alice@example.test") -> bool:
    answer = login(email, password)
    if answer.status_code != 201:
        refused(answer, 401, INCORRECT)  # accounts.md T049
    return bool(answer.status_code == 201)


# accounts.md T040
def test_the_mailed_passcode_sets_a_new_password(alice: User, mailbox: Mailbox) -> None:
    answer = ask()
    assert (answer.status_code, answer.content) == (204, b"")
    ((address, passcode),) = mailbox
    assert address == alice.email
    assert str(UUID(passcode, version=4)) == passcode
    assert not signs_in(STRONG)
    answer = change(passcode)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "coder_session_token" not in answer.cookies
    assert signs_in(STRONG)
    assert not signs_in(PASSWORD)


def test_only_a_hash_is_stored(alice: User, mailbox: Mailbox) -> None:
    ask()
    row = Passcode.objects.get()
    assert mailbox[0][1] not in row.hashed_passcode
    assert row.hashed_passcode.startswith("argon2$argon2id$")
    assert timedelta(minutes=9) < row.expires_at - timezone.now() <= timedelta(minutes=10)


# accounts.md T041
def test_a_passcode_works_once(alice: User, mailbox: Mailbox) -> None:
    ask()
    assert change(mailbox[0][1]).status_code == 204
    refused(change(mailbox[0][1], password=STRONG + "2"), 400, WRONG)
    assert signs_in(STRONG)


# accounts.md T042
def test_a_passcode_expires(alice: User, mailbox: Mailbox, settings: Settings) -> None:
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False) as clock:
        ask()
        clock.shift(10 * 60 + 0.001)
        refused(change(mailbox[0][1]), 400, WRONG)
        assert signs_in(PASSWORD)
        clock.shift(-0.001)  # Valid up to its last instant.
        assert change(mailbox[0][1]).status_code == 204


# accounts.md T043
def test_without_a_request_no_passcode_works(alice: User) -> None:
    refused(change(uuid4()), 400, WRONG)
    assert signs_in(PASSWORD)


# accounts.md T044
def test_another_passcode_does_not_work(alice: User, mailbox: Mailbox) -> None:
    ask()
    refused(change(uuid4()), 400, WRONG)
    refused(change(mailbox[0][1].upper()), 400, WRONG)
    assert signs_in(PASSWORD)
    assert change(mailbox[0][1]).status_code == 204


# accounts.md T045
def test_an_empty_passcode_is_a_failed_validation(alice: User, mailbox: Mailbox) -> None:
    ask()
    invalid(change(""), one_time_passcode=("required", ""))


# accounts.md T046
def test_a_weak_password_neither_uses_nor_probes_the_passcode(
    alice: User, mailbox: Mailbox
) -> None:
    ask()
    for passcode, email in ((mailbox[0][1], alice.email), (uuid4(), "nobody@example.test")):
        refused(
            change(passcode, email, WEAK),
            400,
            "Invalid password.",
            validations={"password": WEAK_DETAIL},
        )
    assert signs_in(PASSWORD)
    assert change(mailbox[0][1]).status_code == 204


# accounts.md T047
def test_a_passcode_is_for_its_user_only(alice: User, mallory: User, mailbox: Mailbox) -> None:
    ask(mallory.email)
    refused(change(mailbox[0][1], alice.email), 400, WRONG)
    ask(alice.email)
    refused(change(mailbox[0][1], alice.email), 400, WRONG)
    assert signs_in(PASSWORD, alice.email)
    assert signs_in(PASSWORD, mallory.email)
    assert change(mailbox[0][1], mallory.email).status_code == 204


# accounts.md T048
def test_an_unknown_address_gets_the_same_answer_and_no_mail(alice: User, mailbox: Mailbox) -> None:
    known, unknown = ask(), ask("nobody@example.test")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert [address for address, _ in mailbox] == [alice.email]
    assert audited() == [("request_password_reset", "user", 204)]


@pytest.mark.parametrize("email", ["alice@example.test", "nobody@example.test", "bot@example.test"])
def test_the_request_does_the_same_for_everybody(
    alice: User, email: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_user("bot", login_type="none")
    ask("warm@example.test")
    # One look-up, one task; whatever depends on the account is the task's work.
    with django_assert_num_queries(2):
        assert ask(email).status_code == 204
    task = DBTaskResult.objects.order_by("enqueued_at").last()
    assert task is not None
    assert email not in str(task.args_kwargs)
    assert not Passcode.objects.exists()


def test_what_the_task_holds_is_no_secret(alice: User) -> None:
    ask()
    stored = str(DBTaskResult.objects.get().args_kwargs)
    assert str(alice.pk) in stored
    assert "passcode" not in stored


def test_the_newest_passcode_replaces_the_earlier(alice: User, mailbox: Mailbox) -> None:
    ask()
    ask("ALICE@example.test")
    first, second = (passcode for _, passcode in mailbox)
    refused(change(first), 400, WRONG)
    assert change(second).status_code == 204


# accounts.md H3
def test_wrong_tries_of_a_stranger_void_nothing(alice: User, mailbox: Mailbox) -> None:
    ask()
    for _ in range(12):
        refused(change(uuid4()), 400, WRONG)
    assert signs_in(PASSWORD)
    assert change(mailbox[0][1]).status_code == 204


# accounts.md H3
def test_one_mailbox_gets_few_mails_an_hour_and_the_newest_stays_good(
    alice: User, mailbox: Mailbox
) -> None:
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False) as clock:
        for _ in range(12):
            ask()
            clock.shift(20)
        assert len(mailbox) == 5
        clock.shift(120)
        refused(change(mailbox[0][1]), 400, WRONG)
        assert change(mailbox[4][1]).status_code == 204
        clock.shift(3600)
        ask()
        assert len(mailbox) == 6


# accounts.md H3
@pytest.mark.parametrize("login_type", ["oidc", "github", "none"])
def test_other_login_types_get_no_passcode_and_use_none(
    alice: User, mailbox: Mailbox, login_type: str
) -> None:
    ask()
    User.objects.filter(pk=alice.pk).update(login_type=login_type)
    refused(change(mailbox[0][1]), 400, WRONG)
    assert ask().status_code == 204
    assert len(mailbox) == 1
    User.objects.filter(pk=alice.pk).update(login_type="password")
    assert change(mailbox[0][1]).status_code == 204


def test_a_suspended_user_may_reset_but_not_sign_in(alice: User, mailbox: Mailbox) -> None:
    User.objects.filter(pk=alice.pk).update(status="suspended")
    ask()
    assert change(mailbox[0][1]).status_code == 204
    assert login(alice.email, STRONG).status_code == 401
    User.objects.filter(pk=alice.pk).update(status="active")
    assert signs_in(STRONG)


def test_a_deleted_user_gets_nothing(alice: User, mailbox: Mailbox) -> None:
    ask()
    User.objects.filter(pk=alice.pk).update(is_deleted=True)
    refused(change(mailbox[0][1]), 400, WRONG)
    assert ask().status_code == 204
    assert len(mailbox) == 1


def test_the_new_password_must_differ_and_the_passcode_stays(alice: User, mailbox: Mailbox) -> None:
    ask()
    for _ in range(6):  # It is no failed try either.
        refused(
            change(mailbox[0][1], password=PASSWORD),
            400,
            "New password cannot match old password.",
        )
    assert change(mailbox[0][1]).status_code == 204


def test_sameness_is_told_only_to_the_holder_of_the_passcode(alice: User, mailbox: Mailbox) -> None:
    ask()
    refused(change(uuid4(), password=PASSWORD), 400, WRONG)


def test_every_key_of_the_user_ends_and_no_other(
    alice: User, as_owner: Api, mailbox: Mailbox
) -> None:
    session, token = signed_in(alice), Api(make_key(alice, login_type="token", name="ci"))
    ask()
    assert session.get("/users/me").status_code == 200
    change(mailbox[0][1])
    assert not Key.objects.filter(user=alice).exists()
    assert [client.get("/users/me").status_code for client in (session, token)] == [401, 401]
    assert as_owner.get("/users/me").status_code == 200


def test_the_audit_knows_request_failure_and_success(alice: User, mailbox: Mailbox) -> None:
    ask()
    change(uuid4())
    change(mailbox[0][1], password=PASSWORD)
    change(mailbox[0][1])
    change(mailbox[0][1], "nobody@example.test")
    assert audited(actor_id=alice.pk) == [
        ("request_password_reset", "user", 204),
        ("write", "user", 400),
        ("write", "user", 400),
        ("write", "user", 204),
    ]
    assert Entry.objects.get(status_code=204, action="write").diff == {
        "hashed_password": {"old": "", "new": "", "secret": True}
    }
    unknown = last_entry()
    assert (unknown.actor_id, unknown.resource_id, unknown.resource_target) == (None, "", "")


# Checked before the body is read.
@pytest.mark.parametrize("path", ["/users/otp/request", "/users/otp/change-password"])
def test_disabled_passwords_have_no_passcodes(
    anonymous: Api, alice: User, settings: Settings, path: str
) -> None:
    settings.PASSWORD_AUTH_ENABLED = False
    refused(anonymous("POST", path, raw=b"not json"), 403, PASSWORDS_OFF)
    settings.PASSWORD_AUTH_ENABLED = True
    unreadable(anonymous("POST", path, raw=b"not json"))


def test_each_failing_field_is_named(anonymous: Api) -> None:
    invalid(anonymous.post("/users/otp/request", {}), email=("required", ""))
    invalid(anonymous.post("/users/otp/request", {"email": "x"}), email=("email", "x"))
    invalid(
        anonymous.post("/users/otp/change-password", {}),
        email=("required", ""),
        password=("required", ""),
        one_time_passcode=("required", ""),
    )


def test_a_mail_server_that_fails_does_not_show(
    alice: User, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise OSError("no route to the mail server")

    monkeypatch.setattr(accounts.passwords.passcodes, "send_passcode", broken)
    assert ask().status_code == 204
