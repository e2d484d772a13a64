"""Add people, each with a token, to a seeded database up to a number; alice is an owner.

    python -m bench.crowd NUMBER

A process of its own, because Django reads its settings once.
"""

import sys
from datetime import timedelta
from typing import Any

import django
from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string

BATCH = 2_000  # Rows; PostgreSQL takes 65,535 values in a prepared statement.
LIFETIME = 604_800


def token_of(keys: Any, user: Any) -> Any:
    """Return a token that nobody can use, because no secret has this hash."""
    return keys(
        id=user.pk.hex[:10],
        hashed_secret=bytes(32),
        user=user,
        login_type="token",
        name="ci",
        scopes=["coder:all"],
        allow_list=["*:*"],
        lifetime_seconds=LIFETIME,
        expires_at=timezone.now() + timedelta(seconds=LIFETIME),
    )


def main(wanted: int) -> None:
    django.setup()
    # Models cannot be imported before the settings are there.
    users = import_string("accounts.models.User").objects
    membership = import_string("scopes.models.Membership")
    home = import_string("scopes.organizations.selectors.default_organization")()
    users.filter(username="alice").update(site_roles=["owner"])
    made = [
        users.model(username=f"user{number}", email=f"user{number}@example.test", status="active")
        for number in range(users.count(), wanted)
    ]
    users.bulk_create(made, batch_size=BATCH)
    membership.objects.bulk_create(
        [membership(user=user, organization=home) for user in made], batch_size=BATCH
    )
    keys = import_string("scopes.models.Key")
    keys.objects.bulk_create([token_of(keys, user) for user in made], batch_size=BATCH)
    # Autovacuum does this some minutes after that many new rows; without it the planner guesses.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")


if __name__ == "__main__":
    main(int(sys.argv[1]))
