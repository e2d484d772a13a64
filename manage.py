#!/usr/bin/env python
"""Run coderauth's commands: `python manage.py help`."""

import os
import sys

try:
    from django.core.management import execute_from_command_line

    from coderauth.management.trouble import trouble
except ModuleNotFoundError as error:
    sys.exit(
        f"The package {error.name} is not installed for {sys.executable}. "
        "Run `make install`, then start .venv/bin/python manage.py."
    )


def main() -> None:
    """Run the command; what its user can put right is one sentence, not a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coderauth.settings")
    try:
        execute_from_command_line(sys.argv)
        sys.stdout.flush()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # Whoever read the output has read enough, as `head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        told = None if "--traceback" in sys.argv else trouble(error)
        if told is None:
            raise
        sys.exit(told)


if __name__ == "__main__":
    main()
