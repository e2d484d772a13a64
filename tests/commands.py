"""Run commands of `manage.py` in this process; as real processes: `tests/processes.py`."""

import io
import json
import sys
from typing import Any, NamedTuple

import pytest
from django.core.management import CommandError, call_command


class Ended(NamedTuple):
    """How a command ended, and what it wrote."""

    status: int
    out: str
    err: str


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


def run(
    *arguments: str,
    given: str | None = None,
    out: io.StringIO | None = None,
    err: io.StringIO | None = None,
) -> Ended:
    """Run a command; `given` is its input. Raises CommandError."""
    out, err, status = out or io.StringIO(), err or io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patched:
        if given is not None:
            patched.setattr(sys, "stdin", io.StringIO(given))
        try:
            call_command(*arguments, stdout=out, stderr=err)
        except SystemExit as end:
            status = int(str(end.code))
    return Ended(status, out.getvalue(), err.getvalue())


def ended(*arguments: str, given: str | None = None) -> Ended:
    """Run a command to its end, whatever that is, as a process would."""
    out, err = io.StringIO(), io.StringIO()
    try:
        return run(*arguments, given=given, out=out, err=err)
    except CommandError as error:
        return Ended(error.returncode, out.getvalue(), f"{err.getvalue()}{error}\n")


def printed(*arguments: str, given: str | None = None) -> str:
    """Return what a command that succeeds writes."""
    ended = run(*arguments, given=given)
    assert ended.status == 0, ended.err
    return ended.out


def result(*arguments: str) -> Any:
    """Return what a command says to programs: one object."""
    found = json.loads(printed(*arguments, "--json"))
    assert isinstance(found, dict)
    return found


def refusal(*arguments: str, status: int = 1, given: str | None = None) -> str:
    """Return why a command refuses."""
    with pytest.raises(CommandError) as caught:
        run(*arguments, given=given)
    assert caught.value.returncode == status
    return str(caught.value)
