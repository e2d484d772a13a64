"""Mail to people."""

from collections.abc import Sequence
from datetime import timedelta
from email.utils import make_msgid
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from accounts.models import User


def send_passcode(user: User, passcode: str, *, to_password: bool = False) -> None:
    """Mail a passcode and the link that uses it; raises what the mail server raises.

    With `to_password` it says that the account will no longer be the provider's.
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
    subject = "Sign in with a password" if to_password else "Reset your password"
    _send(subject, "passcode", context)


def send_notices(user: User, messages: Sequence[Any], *, more: int = 0) -> None:
    """Mail one notice or a digest of several; raises what the mail server raises.

    A message has a title, a text and an advice; `more` is how many are left out.
    """
    several = f"{len(messages) + more} notices about your account"
    subject = messages[0].title if len(messages) == 1 else several
    context = {
        "user": user,
        "subject": subject,
        "messages": messages,
        "more": more,
        "access_url": settings.ACCESS_URL,
    }
    _send(subject, "notices", context)


def _send(subject: str, template: str, context: dict[str, Any]) -> None:
    message = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string(f"accounts/mail/{template}.txt", context),
        to=[context["user"].email],
        headers={
            "Auto-Submitted": "auto-generated",
            # Named after the service: Django would look up this host's name, and publish it.
            "Message-ID": make_msgid(domain=urlsplit(settings.ACCESS_URL).hostname),
        },
    )
    html = render_to_string(f"accounts/mail/{template}.html", context)
    message.attach_alternative(html, "text/html")
    message.send()
