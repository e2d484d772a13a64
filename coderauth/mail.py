"""Mail as files, for an installation without a mail server."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


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
