"""A passcode reaches its owner whatever the mail server does; strangers learn nothing."""

import re
import stat
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from accounts.models import Passcode, User
from audit.models import Entry
from coderauth.tasks import FIRST_PAUSE, LEASE, task_claim, tasks_reclaim
from tests.leaks import dump
from tests.mail_server import (
    HOST,
    MailServer,
    accept,
    certificate,
    link_of,
    serving,
    text_of,
)
from tests.mailbox import run_due_tasks
from tests.people import PASSWORD, Api, make_user, may_sign_in, reset_password

NEW_PASSWORD = "An0ther-Str0ng-Passw0rd!"
UNKNOWN = "nobody@example.test"


@pytest.fixture
def smtp(settings: Settings) -> MailServer:
    """Point the settings at a mail server that is not there yet."""
    server = MailServer()
    settings.EMAIL_BACKEND = "coderauth.mail.SmtpBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = HOST, server.port
    settings.EMAIL_TIMEOUT = 2
    return server


def request_passcode(email: str) -> None:
    answer = Api().post("/users/otp/request", {"email": email})
    assert (answer.status_code, answer.content) == (204, b"")


def passcode_in(message: EmailMessage) -> str:
    return parse_qs(urlsplit(link_of(message)).query)["otp"][0]


def change_password(user: User, passcode: str, password: str = NEW_PASSWORD) -> int:
    return int(reset_password(user.email, passcode, password).status_code)


def test_the_mail_has_a_passcode_that_works_once(alice: User, smtp: MailServer) -> None:
    with serving(smtp):
        request_passcode(alice.email)
        run_due_tasks()
    [message] = smtp.received
    assert message["To"] == alice.email
    assert message["From"] == "coderauth@localhost"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"]
    assert message["Message-ID"].endswith("@127.0.0.1>")
    passcode = passcode_in(message)
    assert passcode not in dump()
    assert may_sign_in(alice.email, PASSWORD)

    assert change_password(alice, passcode) == 204
    assert may_sign_in(alice.email, NEW_PASSWORD)
    assert not may_sign_in(alice.email, PASSWORD)
    assert change_password(alice, passcode, PASSWORD) == 400


def test_both_bodies_say_what_to_do(alice: User, smtp: MailServer) -> None:
    with serving(smtp):
        request_passcode(alice.email)
        run_due_tasks()
    [message] = smtp.received
    plain, html = text_of(message), text_of(message, "html")
    for body in (plain, html):
        assert "somebody, hopefully you, has asked" in body
        assert "for 10 minutes" in body
        assert passcode_in(message) in body
        assert "If it was not you" in body
    link = link_of(message)
    assert link.startswith("http://127.0.0.1:3000/reset-password/change?otp=")
    assert link.endswith("&email=alice%40example.test")
    assert link.replace("&", "&amp;") in html
    assert not re.search(r"<img|<script|<link|<style|src=", html)


def test_names_are_escaped_in_html_and_plain_in_text(db: None, smtp: MailServer) -> None:
    eve = make_user("eve", name="<b>Eve & Co</b>")
    with serving(smtp):
        request_passcode(eve.email)
        run_due_tasks()
    [message] = smtp.received
    assert "<b>Eve & Co</b>" in text_of(message)
    assert "&lt;b&gt;Eve &amp; Co&lt;/b&gt;" in text_of(message, "html")


def test_only_the_newest_passcode_works(alice: User, smtp: MailServer) -> None:
    with serving(smtp):
        request_passcode(alice.email)
        run_due_tasks()
        request_passcode(alice.email)
        run_due_tasks()
    older, newer = map(passcode_in, smtp.received)
    assert change_password(alice, older) == 400
    assert change_password(alice, newer) == 204


def test_a_server_that_is_down_gets_the_mail_when_it_is_back(alice: User, smtp: MailServer) -> None:
    with time_machine.travel(timezone.now()) as clock:
        request_passcode(alice.email)
        run_due_tasks()
        assert DBTaskResult.objects.get().status == "READY"
        with serving(smtp):
            run_due_tasks()
            assert smtp.received == []
            clock.shift(FIRST_PAUSE)
            run_due_tasks()
        [message] = smtp.received
        assert change_password(alice, passcode_in(message)) == 204
    assert Entry.objects.filter(action="request_password_reset").count() == 1


@pytest.mark.parametrize("refusal", ["550 not wanted:", "451 try again later:"])
def test_a_server_that_refuses_gets_the_mail_when_it_accepts(
    alice: User, smtp: MailServer, refusal: str, caplog: pytest.LogCaptureFixture
) -> None:
    smtp.refusal = refusal
    with time_machine.travel(timezone.now()) as clock, serving(smtp):
        request_passcode(alice.email)
        assert smtp.sessions == 0
        run_due_tasks()
        assert smtp.sessions == 1
        assert smtp.received == []
        assert "otp=" not in dump()
        assert "otp=" not in caplog.text
        assert alice.email not in caplog.text
        smtp.refusal = ""
        clock.shift(FIRST_PAUSE)
        run_due_tasks()
        [message] = smtp.received
        assert change_password(alice, passcode_in(message)) == 204


def test_a_server_that_is_slow_does_not_slow_the_request(alice: User, smtp: MailServer) -> None:
    smtp.pause = 1.0
    with serving(smtp):
        request_passcode(alice.email)
        request_passcode(UNKNOWN)
        assert smtp.sessions == 0
        run_due_tasks()
    assert len(smtp.received) == 1


def test_a_server_slower_than_the_timeout_is_tried_again(
    alice: User, smtp: MailServer, settings: Settings
) -> None:
    settings.EMAIL_TIMEOUT = 0.3
    smtp.pause = 1.0
    with time_machine.travel(timezone.now()) as clock, serving(smtp):
        request_passcode(alice.email)
        run_due_tasks()
        assert DBTaskResult.objects.get().status == "READY"
        smtp.pause = 0
        clock.shift(FIRST_PAUSE)
        run_due_tasks()
        assert DBTaskResult.objects.get().status == "SUCCESSFUL"
    assert smtp.received


def test_a_late_mail_does_not_end_the_passcode_of_a_newer_one(
    alice: User, smtp: MailServer
) -> None:
    with time_machine.travel(timezone.now()) as clock:
        request_passcode(alice.email)
        run_due_tasks()
        clock.shift(timedelta(seconds=1))
        with serving(smtp):
            request_passcode(alice.email)
            run_due_tasks()
            [message] = smtp.received
            clock.shift(FIRST_PAUSE)
            run_due_tasks()
        assert smtp.received == [message]
        assert change_password(alice, passcode_in(message)) == 204


def test_a_request_is_recorded_even_if_the_first_worker_was_killed(
    alice: User, mail_folder: Path
) -> None:
    request_passcode(alice.email)
    assert task_claim("killed") is not None
    DBTaskResult.objects.update(started_at=timezone.now() - LEASE * 2)
    tasks_reclaim()
    run_due_tasks()
    assert Entry.objects.filter(action="request_password_reset", actor_id=alice.pk).count() == 1
    assert len(list(mail_folder.glob("*.eml"))) == 1


@pytest.fixture
def secured(smtp: MailServer, settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """Run a mail server that wants STARTTLS and a password; yield its certificate."""
    public, context = certificate(tmp_path)
    settings.EMAIL_USE_TLS = True
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "coderauth", "mail-password"
    options = {"require_starttls": True, "tls_context": context, "auth_required": True}
    with serving(smtp, authenticator=accept("coderauth", "mail-password"), **options):
        yield public


def test_starttls_and_a_password_are_used(
    alice: User, smtp: MailServer, secured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(secured))
    request_passcode(alice.email)
    run_due_tasks()
    assert len(smtp.received) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(
    alice: User, smtp: MailServer, secured: Path, caplog: pytest.LogCaptureFixture
) -> None:
    request_passcode(alice.email)
    run_due_tasks()
    assert smtp.received == []
    assert "certificate verify failed" in caplog.text
    assert DBTaskResult.objects.get().status == "READY"


def test_a_wrong_password_for_the_mail_server_is_told_without_the_password(
    alice: User,
    smtp: MailServer,
    secured: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(secured))
    settings.EMAIL_HOST_PASSWORD = "wrong-canary"
    request_passcode(alice.email)
    run_due_tasks()
    assert "SMTPAuthenticationError 535" in caplog.text
    assert "wrong-canary" not in caplog.text + dump()


def test_without_a_mail_server_mails_are_private_files(alice: User, mail_folder: Path) -> None:
    request_passcode(alice.email)
    run_due_tasks()
    [file] = mail_folder.iterdir()
    assert file.suffix == ".eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(mail_folder.stat().st_mode) == 0o700
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert message["Message-ID"]
    assert message["Date"]
    passcode = passcode_in(message)
    assert passcode not in dump()
    assert change_password(alice, passcode) == 204


def test_accounts_without_a_password_and_strangers_get_no_mail(db: None, mail_folder: Path) -> None:
    oidc = make_user("oidc", login_type="oidc")
    deleted = make_user("gone", is_deleted=True)
    for email in (oidc.email, deleted.email, UNKNOWN):
        request_passcode(email)
    run_due_tasks()
    assert not mail_folder.exists()
    assert not Passcode.objects.exists()
    assert set(DBTaskResult.objects.values_list("status", flat=True)) == {"SUCCESSFUL"}

    suspended = make_user("sus", status="suspended")
    request_passcode(suspended.email)
    run_due_tasks()
    assert len(list(mail_folder.iterdir())) == 1


def shapes(email: str) -> list[str]:
    """Return the statements of a request without their values."""
    with CaptureQueriesContext(connection) as context:
        request_passcode(email)
    texts = [re.sub(r"'[^']*'|\b[0-9a-f]{32}\b", "?", query["sql"]) for query in context]
    return [re.sub(r"\d+", "#", text) for text in texts]


def test_known_unknown_suspended_and_oidc_addresses_cost_the_same(
    alice: User, settings: Settings
) -> None:
    make_user("sus", status="suspended")
    make_user("oidc", login_type="oidc")
    known = shapes(alice.email)
    assert len(known) == 2
    assert shapes(UNKNOWN) == known
    assert shapes("sus@example.test") == known
    assert shapes("oidc@example.test") == known
    assert shapes("ALICE@Example.test") == known
