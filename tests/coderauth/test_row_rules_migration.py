"""The rules for rows reach a database with rows in it, and leave it again."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from audit.chain import verify
from coderauth.constraints import RowsBreakARule
from tests.old_states import GetModel, migrate

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]

BEFORE = [
    ("coderauth", "0001_initial"),
    ("audit", "0002_chain"),
    ("scopes", "0005_one_object_an_id"),
    ("accounts", "0006_passcode_without_attempts"),
]
AFTER = [
    ("coderauth", "0002_row_rules"),
    ("audit", "0003_row_rules"),
    ("scopes", "0006_row_rules"),
    ("accounts", "0007_row_rules"),
]
NOW = timezone.now()


def make_user(old: GetModel, name: str = "ada", **fields: Any) -> Any:
    values = {"username": name, "email": f"{name}@example.test", "status": "active", **fields}
    return old("accounts", "User").objects.create(**values)


def make_key(old: GetModel, user: Any, **fields: Any) -> Any:
    values = {
        "id": uuid4().hex[:10], "hashed_secret": bytes(32), "user_id": user.pk,
        "login_type": "token", "name": "ci", "lifetime_seconds": 60, "expires_at": NOW, **fields,
    }  # fmt: skip
    return old("scopes", "Key").objects.create(**values)


def test_rows_stay_on_the_way_there_and_back(old: GetModel) -> None:
    ada = make_user(old, site_roles=["owner"])
    key = make_key(old, ada, not_after=NOW, scopes=["user:read"])
    old("accounts", "UserLink").objects.create(user=ada, login_type="oidc", provider="oidc")
    for number in range(3):
        old("audit", "Entry").objects.create(
            action="write", resource_type="user", resource_target=str(number)
        )

    for state in (AFTER, BEFORE, AFTER):
        get = migrate(state)

        assert get("accounts", "User").objects.get().site_roles == ["owner"]
        stored = get("scopes", "Key").objects.get(pk=key.pk)
        assert (stored.scopes, stored.not_after) == (["user:read"], NOW)
        assert bytes(stored.hashed_secret) == bytes(32)
        assert get("accounts", "UserLink").objects.count() == 1
        assert get("audit", "Entry").objects.count() == 3
        assert verify().unsealed == 3


# SQLite builds a table anew to give it a constraint, and would lose what guards the audit.
def test_the_audit_stays_append_only_on_the_way(old: GetModel) -> None:
    old("audit", "Entry").objects.create(action="write", resource_type="user")
    for state in (BEFORE, AFTER, BEFORE, AFTER):
        migrate(state)
        for change in ("action = 'x'", "status_code = 400"):
            with (
                pytest.raises(DatabaseError, match="append-only"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(f"UPDATE audit_entry SET {change}")


def test_rows_that_contradict_themselves_are_mended(old: GetModel) -> None:
    ada = make_user(old, github_com_user_id=0)
    late = make_key(old, ada, expires_at=NOW + timedelta(hours=1), not_after=NOW)
    nameless = make_key(old, ada, name="", lifetime_seconds=0)

    get = migrate(AFTER)

    assert get("accounts", "User").objects.get().github_com_user_id is None
    keys = get("scopes", "Key").objects
    assert keys.get(pk=late.pk).expires_at == NOW
    mended = keys.get(pk=nameless.pk)
    assert (mended.name, mended.lifetime_seconds) == (f"unnamed-{nameless.pk}", 86_400)


def test_rows_that_nobody_can_mend_are_named_and_left_alone(
    old: GetModel,
) -> None:
    ada = make_user(old)
    short = [make_key(old, ada, name=str(n), hashed_secret=b"short") for n in range(7)]
    keys = old("scopes", "Key").objects

    with pytest.raises(RowsBreakARule, match=r"^scopes_key has rows .* 32 bytes.*, …\)") as told:
        migrate(AFTER)

    assert sum(key.pk in str(told.value) for key in short) == 5
    assert keys.count() == 7

    keys.all().delete()
    get = migrate(AFTER)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_key(get, ada, hashed_secret=b"short")
