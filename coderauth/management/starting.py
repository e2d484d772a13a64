"""Check what must hold before the server starts; each failure is one sentence."""

import redis
from django.conf import settings
from django.core.management.base import CommandError
from django.db.migrations.loader import MigrationLoader


def require_redis() -> None:
    """Raise CommandError if limits are counted in a Redis that does not answer."""
    if not settings.REDIS_URL:
        return
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
    try:
        client.ping()
    except redis.RedisError as error:
        raise CommandError(
            f"Redis cannot be used: {str(error).rstrip('.')}. Check CODERAUTH_REDIS_URL, or leave "
            "it out and limits are counted in the database."
        ) from error
    finally:
        client.close()


def refuse_newer_database(loader: MigrationLoader) -> None:
    """Raise CommandError if a newer version has changed the tables."""
    replaced = {name for one in loader.disk_migrations.values() for name in one.replaces}
    unknown = [
        ".".join(name)
        for name in sorted(loader.applied_migrations)
        if name[0] in loader.migrated_apps
        and name not in loader.disk_migrations
        and name not in replaced
    ]
    if unknown:
        raise CommandError(
            f"A newer version of coderauth has changed this database ({unknown[-1]} is not known "
            "here). Start that version, or go back to a copy of the database from before."
        )
