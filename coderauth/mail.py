"""How mail leaves: to a mail server, or as files for an installation without one."""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.headerregistry import Address
from functools import partial
from pathlib import Path
from smtplib import SMTP, SMTP_SSL, SMTPException, SMTPNotSupportedError
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import sanitize_address


class SmtpBackend(BaseEmailBackend):
    """Send by SMTP; raises what the mail server answers, and OSError.

    Django's own introduces itself by the name that this machine has for itself, which strict
    servers refuse, and writes `jürgen@…` as an address that there is not.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        with _connected() as server:
            for message in email_messages:
                _send(server, message)
        return len(email_messages)


class EmlFileBackend(BaseEmailBackend):
    """Write each message as an `.eml` file that any mail program opens; the default."""

    def __init__(self, fail_silently: bool = False, **kwargs: Any) -> None:
        super().__init__(fail_silently=fail_silently, **kwargs)
        self.folder = Path(settings.EMAIL_FILE_PATH)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for message in email_messages:
            name = uuid4().hex
            draft = self.folder / f".{name}.part"
            draft.touch(mode=0o600)
            draft.write_bytes(_content(message))
            draft.rename(self.folder / f"{name}.eml")
        return len(email_messages)


@contextmanager
def _connected() -> Iterator[SMTP]:
    context = ssl.create_default_context()
    connect = partial(SMTP_SSL, context=context) if settings.EMAIL_USE_SSL else SMTP
    server = connect(
        settings.EMAIL_HOST,
        settings.EMAIL_PORT,
        local_hostname=settings.EMAIL_HELLO,
        timeout=settings.EMAIL_TIMEOUT,
    )
    try:
        if settings.EMAIL_USE_TLS:
            server.starttls(context=context)
        if settings.EMAIL_HOST_USER:
            server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        yield server
        with suppress(SMTPException, OSError):  # What it has accepted, it has.
            server.quit()
    finally:
        server.close()


def _send(server: SMTP, message: EmailMessage) -> None:
    options = []
    if _is_international(message):
        server.ehlo_or_helo_if_needed()
        if not server.has_extn("smtputf8"):
            raise SMTPNotSupportedError("the mail server takes no addresses beyond ASCII")
        options = ["SMTPUTF8", "BODY=8BITMIME"]
    sender = sanitize_address(message.from_email, "utf-8")
    server.sendmail(sender, [*map(_mailbox, message.to)], _content(message), options)


def _content(message: EmailMessage) -> bytes:
    """Return the message as it is sent, an address beyond ASCII as it is (RFC 6532)."""
    built: Any = message.message()  # Django's own class, which takes a line ending.
    content: bytes = built.as_bytes(linesep="\r\n")
    if not _is_international(message):
        return content
    parsed: Any = message_from_bytes(content, policy=policy.SMTPUTF8)
    del parsed["To"]
    parts = [_mailbox(address).rpartition("@") for address in message.to]
    parsed["To"] = [Address(username=user.strip('"'), domain=domain) for user, _, domain in parts]
    return bytes(parsed)


def _is_international(message: EmailMessage) -> bool:
    """Say whether an address cannot be written in ASCII; a domain always can."""
    return not all(address.rpartition("@")[0].isascii() for address in message.to)


def _mailbox(address: str) -> str:
    user, _, domain = address.rpartition("@")
    return f"{user}@{domain if domain.isascii() else domain.encode('idna').decode()}"
