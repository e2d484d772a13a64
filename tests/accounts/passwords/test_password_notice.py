"""Whose password another sets is told so by mail; who sets their own is not."""

from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command

from accounts.models import User
from tests.expect import STRONG
from tests.mailbox import run_due_tasks
from tests.people import PASSWORD, Api, make_user, signed_in


@pytest.mark.parametrize("actor", ["user-admin", "owner"])
def test_a_reset_by_another_is_mailed_to_the_owner_of_the_account(alice: User, actor: str) -> None:
    api = signed_in(make_user("uma", roles=[actor]))

    assert api.put("/users/alice/password", {"password": STRONG}).status_code == 204
    run_due_tasks()

    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([alice.email], "Your password was changed")
    assert "uma has set a new password for your account alice" in sent.body
    assert STRONG not in str(sent.message())


def test_a_reset_by_the_operator_is_mailed_too(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(f"{STRONG}\n"))
    call_command("reset_password", "alice", "--password-stdin", "--yes", stdout=StringIO())
    run_due_tasks()

    (sent,) = mail.outbox
    assert "The operator of the service has set a new password" in sent.body


def test_ones_own_change_is_not_mailed(as_alice: Api) -> None:
    body = {"password": STRONG, "old_password": PASSWORD}

    assert as_alice.put("/users/me/password", body).status_code == 204
    run_due_tasks()

    assert mail.outbox == []


def test_a_refused_reset_is_not_mailed(as_mallory: Api, alice: User) -> None:
    assert as_mallory.put("/users/alice/password", {"password": STRONG}).status_code >= 400
    run_due_tasks()

    assert mail.outbox == []
