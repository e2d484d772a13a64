"""Making a token with nothing around it: the same rows in a transaction of the same shape."""

import json
from functools import cache
from hashlib import sha256
from uuid import uuid4

from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone
from django.utils.crypto import get_random_string

CALLER = (
    "SELECT k.user_id, k.hashed_secret, u.status FROM scopes_key k "
    "JOIN accounts_user u ON u.id = k.user_id WHERE k.id = %s"
)
HELD = {"sqlite": "", "postgresql": " FOR SHARE"}
ENTRY = (
    "INSERT INTO audit_entry (id, at, actor_id, key_id, ip_address, user_agent, request_id, action,"
    " resource_type, resource_id, resource_target, diff, status_code, additional_fields,"
    " previous_hash, hash) VALUES (%s, %s, %s, %s, '127.0.0.1', '', %s, 'create', 'api_key', %s,"
    " %s, %s, 201, '{}', '', '')"
)
NOTICE = (
    "INSERT INTO accounts_notice (user_id, kind, facts, created_at)"
    " VALUES (%s, 'full_access_key', %s, %s)"
)


@cache
def copied() -> str:
    """Return the columns of a key that a new one has as the caller's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM scopes_key LIMIT 0")
        names = [column[0] for column in cursor.description]
    return ", ".join(set(names) - {"id", "hashed_secret"})


def make(request: HttpRequest) -> JsonResponse:
    caller, identifier, now = request.headers["Coder-Session-Token"][:10], uuid4(), timezone.now()
    key_id, secret = get_random_string(10), get_random_string(22)
    as_stored = identifier.hex if connection.vendor == "sqlite" else identifier
    digest, diff = sha256(secret.encode()).digest(), json.dumps(json.loads(request.body))
    with connection.cursor() as cursor:
        cursor.execute(CALLER, [caller])
        user = cursor.fetchone()[0]
        with transaction.atomic():
            held = f"SELECT id FROM accounts_user WHERE id = %s{HELD[connection.vendor]}"
            cursor.execute(held, [user])
            cursor.execute(CALLER, [caller])
            cursor.execute(
                f"INSERT INTO scopes_key (id, hashed_secret, {copied()})"
                f" SELECT %s, %s, {copied()} FROM scopes_key WHERE id = %s",
                [key_id, digest, caller],
            )
            entry = [as_stored, now, user, caller, str(identifier), str(user), key_id, diff]
            cursor.execute(ENTRY, entry)
            cursor.execute(NOTICE, [user, diff, now])
    return JsonResponse({"key": f"{key_id}-{secret}"}, status=201)


urlpatterns = [path("make", make)]
