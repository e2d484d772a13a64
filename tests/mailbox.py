"""Mail that is written to files, and the passcode in it."""

import re
from pathlib import Path

from coderauth.tasks import task_claim, task_run
from tests.waiting import until

UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


def run_due_tasks() -> None:
    """Do what the worker does: mail what was asked for."""
    while (row := task_claim("tests")) is not None:
        task_run(row)


def mailed_passcode(folder: Path, email: str = "") -> str:
    """Return the only passcode that was mailed to an address, as soon as it was."""

    def found() -> set[str]:
        texts = [mail.read_text().replace("=\n", "") for mail in folder.glob("*.eml")]
        return {passcode for text in texts if email in text for passcode in UUID.findall(text)}

    until(lambda: bool(found()))
    (passcode,) = found()
    return passcode
