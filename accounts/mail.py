"""Mail to people."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string

from accounts.models import User


def send_passcode(user: User, passcode: str) -> None:
    """Mail a passcode and the link that uses it; raises what the mail server raises."""
    query = urlencode({"otp": passcode, "email": user.email})
    context = {
        "user": user,
        "passcode": passcode,
        "link": f"{settings.ACCESS_URL}/reset-password/change?{query}",
        "validity": settings.ONE_TIME_PASSCODE_TTL,
        "access_url": settings.ACCESS_URL,
    }
    message = EmailMultiAlternatives(
        subject="Reset your password",
        body=render_to_string("accounts/mail/passcode.txt", context),
        to=[user.email],
        headers={"Auto-Submitted": "auto-generated"},
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

    def send_messages(self, email_messages: list[EmailMessage]) -> int:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for message in email_messages:
            name = uuid4().hex
            draft = self.folder / f".{name}.part"
            draft.touch(mode=0o600)
            draft.write_bytes(message.message().as_bytes(linesep="\r\n"))
            draft.rename(self.folder / f"{name}.eml")
        return len(email_messages)
