"""The views can be described without a request."""

import sys

from tests.programs import run_program

PROGRAM = "from django.core.management import execute_from_command_line as run; run(['', '{}'])"


def test_a_project_can_be_described() -> None:
    done = run_program(
        sys.executable,
        "-c",
        PROGRAM.format("spectacular"),
        DJANGO_SETTINGS_MODULE="tests.sdk.django.project",
    )
    assert done.returncode == 0, done.stderr
    assert "/workspaces/{id}/start:" in done.stdout
