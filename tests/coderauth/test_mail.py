"""Mail reaches strict servers and addresses beyond ASCII, and nothing is smuggled into it."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from smtplib import SMTPHeloError, SMTPNotSupportedError

import pytest
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import BadHeaderError
from pytest_django import Settings

from accounts.passwords.passcodes import passcode_request
from coderauth.tasks import task_claim, task_run
from tests.mail_server import HOST, MailServer, serving
from tests.people import make_user

JUERGEN = "jürgen@example.test"


@pytest.fixture
def smtp(settings: Settings) -> MailServer:
    """Point the settings at a mail server that is not there yet."""
    server = MailServer()
    settings.EMAIL_BACKEND = "coderauth.mail.SmtpBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = HOST, server.port
    settings.EMAIL_TIMEOUT = 5
    return server


@pytest.fixture
def international(smtp: MailServer) -> Iterator[MailServer]:
    with serving(smtp, enable_SMTPUTF8=True):
        yield smtp


@pytest.fixture
def ascii_only(smtp: MailServer) -> Iterator[MailServer]:
    with serving(smtp, enable_SMTPUTF8=False):
        yield smtp


def send(to: str, subject: str = "Grüße") -> None:
    message = EmailMultiAlternatives(subject=subject, body="Straße", to=[to])
    message.attach_alternative("<p>Straße</p>", "text/html")
    assert message.send() == 1


def test_a_strict_server_is_greeted_by_a_full_name(
    international: MailServer, settings: Settings
) -> None:
    international.is_strict = True
    settings.EMAIL_HELLO = "auth.example.org"
    send("ada@example.test")
    assert international.greetings == ["auth.example.org"]
    settings.EMAIL_HELLO = "shortname"
    with pytest.raises(SMTPHeloError):
        send("ada@example.test")
    settings.EMAIL_HELLO = "[127.0.0.1]"
    send("ada@example.test")
    assert len(international.received) == 2


def test_an_address_beyond_ascii_is_written_as_it_is(international: MailServer) -> None:
    send(JUERGEN)
    assert international.recipients == [JUERGEN]
    [message] = international.received
    assert message["To"] == JUERGEN
    assert f"To: {JUERGEN}\r\n".encode() in international.raw[0]
    assert message["Subject"] == "Grüße"
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().strip() == "Straße"


def test_a_server_that_takes_only_ascii_is_sent_no_other_address(ascii_only: MailServer) -> None:
    with pytest.raises(SMTPNotSupportedError):
        send(JUERGEN)
    assert ascii_only.recipients == []
    send("juergen@example.test")
    assert ascii_only.recipients == ["juergen@example.test"]


def test_a_domain_beyond_ascii_needs_no_extension(ascii_only: MailServer) -> None:
    send("ada@bücher.example")
    assert ascii_only.recipients == ["ada@xn--bcher-kva.example"]
    assert ascii_only.received[0]["To"] == "ada@xn--bcher-kva.example"


@pytest.mark.parametrize("address", ['"a b"@example.test', "o'brien+x@example.test", "ada@corp"])
def test_unusual_addresses_are_mailed_as_they_are(ascii_only: MailServer, address: str) -> None:
    send(address)
    assert ascii_only.recipients == [address]


def test_mail_that_the_server_cannot_take_is_recorded_and_tried_again(
    db: None, ascii_only: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    make_user("juergen", email=JUERGEN)
    passcode_request(email=JUERGEN)
    row = task_claim("worker")
    assert row is not None
    task_run(row)
    row.refresh_from_db()
    assert row.status == "READY"
    assert "SMTPNotSupportedError: the mail server takes no addresses beyond ASCII" in row.traceback
    assert "attempt 2 follows" in caplog.text
    assert JUERGEN not in caplog.text


def test_what_a_server_has_accepted_counts_as_sent_whatever_it_says_afterwards(
    international: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def rude(*arguments: object) -> str:
        return "500 what?"

    monkeypatch.setattr(international, "handle_QUIT", rude, raising=False)
    send("ada@example.test")
    assert len(international.received) == 1


def test_a_file_keeps_an_address_beyond_ascii_as_it_is(settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "coderauth.mail.EmlFileBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    send(JUERGEN)
    [file] = tmp_path.iterdir()
    assert message_from_bytes(file.read_bytes(), policy=policy.default)["To"] == JUERGEN


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        ("ada@example.test\r\nBcc: eve@example.test", "x"),
        ("jürgen@example.test\nBcc: eve@example.test", "x"),
        ("ada@example.test", "x\r\nBcc: eve@example.test"),
    ],
)
def test_nothing_is_smuggled_into_a_header(
    international: MailServer, to: str, subject: str
) -> None:
    with pytest.raises(BadHeaderError):
        send(to, subject)
    assert international.recipients == []
