"""Mail to people."""

from collections.abc import Sequence
from datetime import timedelta
from email.utils import make_msgid
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string

from accounts.models import User


def send_passcode(user: User, passcode: str, *, to_password: bool = False) -> None:
    """Mail a passcode and the link that uses it; raises what the mail server raises.

    With `to_password` it says that the account will not be the provider's any more.
    """
    query = urlencode({"otp": passcode, "email": user.email})
    context = {
        "user": user,
        "passcode": passcode,
        "link": f"{settings.ACCESS_URL}/reset-password/change?{query}",
        "validity_minutes": max(settings.ONE_TIME_PASSCODE_TTL // timedelta(minutes=1), 1),
        "access_url": settings.ACCESS_URL,
        "to_password": to_password,
    }
    message = EmailMultiAlternatives(
        subject="Sign in with a password" if to_password else "Reset your password",
        body=render_to_string("accounts/mail/passcode.txt", context),
        to=[user.email],
        headers={
            "Auto-Submitted": "auto-generated",
            # Named after the service: Django would ask the DNS for, and publish, the host's name.
            "Message-ID": make_msgid(domain=urlsplit(settings.ACCESS_URL).hostname),
        },
    )
    message.attach_alternative(
        render_to_string("accounts/mail/passcode.html", context), "text/html"
    )
    message.send()


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
            content: Any = message.message()  # Django's own class, which takes a line ending.
            draft.write_bytes(content.as_bytes(linesep="\r\n"))
            draft.rename(self.folder / f"{name}.eml")
        return len(email_messages)
