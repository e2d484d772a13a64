"""What `check_oidc` finds."""

import json
from io import StringIO
from typing import Any

from django.core.management import CommandError, call_command


def examine(*arguments: str) -> dict[str, dict[str, Any]]:
    """Return the findings of the only provider by what was tested."""
    status, out = 0, StringIO()
    try:
        call_command("check_oidc", "--json", *arguments, stdout=out)
    except CommandError as error:
        status = error.returncode
    (result,) = json.loads(out.getvalue())["providers"]
    assert status == (0 if result["ok"] else 1)
    return {finding["check"]: finding for finding in result["checks"]}
