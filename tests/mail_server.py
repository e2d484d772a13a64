"""A real SMTP server in a thread, which does right, or goes wrong in a chosen way."""

import asyncio
import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.servers import free_port

HOST = "127.0.0.1"


@dataclass
class MailServer:
    """What arrived, and how the server is to behave."""

    port: int = field(default_factory=free_port)
    refusal: str = ""
    pause: float = 0.0
    sessions: int = 0
    # Wants to be greeted by the full name of a host, or by an address, as strict servers do.
    is_strict: bool = False
    greetings: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    received: list[EmailMessage] = field(default_factory=list)

    async def handle_EHLO(  # noqa: N802 (the name that aiosmtpd calls)
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, answers: list[str]
    ) -> list[str]:
        self.sessions += 1
        session.host_name = hostname
        self.greetings.append(hostname)
        if self.is_strict and "." not in hostname:
            return [await self.handle_HELO(server, session, envelope, hostname)]
        return answers

    async def handle_HELO(  # noqa: N802 (the name that aiosmtpd calls)
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str
    ) -> str:
        return "504 5.5.2 Helo command rejected: need fully-qualified hostname"

    async def handle_DATA(  # noqa: N802 (the name that aiosmtpd calls)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        await asyncio.sleep(self.pause)
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        if self.refusal:
            # Filters quote what they do not like: the address and the link.
            return f"{self.refusal} {envelope.rcpt_tos[0]} {link_of(message)}"
        self.received.append(message)
        self.recipients += envelope.rcpt_tos
        self.raw.append(content)
        return "250 accepted"


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def link_of(message: EmailMessage) -> str:
    return next(line for line in text_of(message).splitlines() if "otp=" in line).strip()


@contextmanager
def serving(server: MailServer, **options: Any) -> Iterator[MailServer]:
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # What it hears is not our log.
    controller = Controller(server, hostname=HOST, port=server.port, **options)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


def accept(username: str, password: str) -> Any:
    """Return an authenticator that accepts one user."""

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = LoginPassword(username.encode(), password.encode())
        return AuthResult(success=data == right, handled=False)

    return check


def certificate(folder: Path, *names: str) -> tuple[Path, ssl.SSLContext]:
    """Make a certificate that vouches for itself; return its file and a context that shows it.

    It is for this machine, and for hosts of these names.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "coderauth tests")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.IPAddress(ip_address(HOST)), *map(x509.DNSName, names)]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "certificate.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context
