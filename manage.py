#!/usr/bin/env python
"""Run coderauth's commands: `python manage.py help`."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError, ProgrammingError

DATABASE_TROUBLE = """\
The database cannot be used: {error}
Check CODERAUTH_DATABASE_URL, that the database server runs, and `manage.py migrate`."""


def main() -> None:
    """Run the command; what its user can put right is one sentence, not a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coderauth.settings")
    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, OperationalError, ProgrammingError) as error:
        if "--traceback" in sys.argv:
            raise
        text = str(error).strip()
        is_setting = isinstance(error, ImproperlyConfigured)
        sys.exit(text if is_setting else DATABASE_TROUBLE.format(error=text))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
