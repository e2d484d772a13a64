"""Migrate a database, make one user with a session, and print the credentials as JSON.

A process of its own, because Django reads its settings once.
"""

import json
import secrets
import sys

import django
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.utils.module_loading import import_string

from coderauth import settings as service

NAMES = {name: getattr(service, name) for name in dir(service) if name.isupper()}
APPS = [*service.INSTALLED_APPS, "rest_framework.authtoken"]  # The token peer's table.
PASSWORD = "correct horse battery staple"


def main() -> None:
    settings.configure(**{**NAMES, "INSTALLED_APPS": APPS})
    django.setup()
    call_command("migrate", verbosity=0)
    json.dump(_people(), sys.stdout)


def _people() -> dict[str, str]:
    # What needs the settings cannot be imported before they are there.
    make_user, make_key = map(import_string, ("tests.people.make_user", "tests.people.make_key"))
    tokens = import_string("rest_framework.authtoken.models.Token").objects
    user = make_user("alice", name="Alice")
    user.set_password(PASSWORD)
    user.save()
    token = tokens.create(user=user, key=secrets.token_hex(20))
    with transaction.atomic():
        session = make_key(user)
    return {
        "email": user.email,
        "password": PASSWORD,
        "session": session,
        "drf_token": token.key,
    }


if __name__ == "__main__":
    main()
