"""The rules for rows reach a database with rows in it, and leave it again."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from audit.chain import verify
from coderauth.constraints import RowsBreakARule

pytestmark = pytest.mark.django_db(transaction=True)

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


def migrate(targets: list[tuple[str, str]]) -> Any:
    """Bring the database to a state and return the models of that state."""
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.fixture
def old() -> Iterator[Callable[[str, str], Any]]:
    """Provide the tables as an earlier version left them; the test's database ends as it was."""
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    models = migrate(BEFORE)
    try:
        yield models.get_model
    finally:
        for app, name in [("scopes", "Key"), ("accounts", "UserLink"), ("accounts", "User")]:
            models.get_model(app, name).objects.all().delete()
        migrate(latest)


def make_user(old: Callable[[str, str], Any], name: str = "ada", **fields: Any) -> Any:
    values = {"username": name, "email": f"{name}@example.test", "status": "active", **fields}
    return old("accounts", "User").objects.create(**values)


def make_key(old: Callable[[str, str], Any], user: Any, **fields: Any) -> Any:
    values = {
        "id": uuid4().hex[:10], "hashed_secret": bytes(32), "user_id": user.pk,
        "login_type": "token", "name": "ci", "lifetime_seconds": 60, "expires_at": NOW, **fields,
    }  # fmt: skip
    return old("scopes", "Key").objects.create(**values)


def test_rows_stay_on_the_way_there_and_back(old: Callable[[str, str], Any]) -> None:
    ada = make_user(old, site_roles=["owner"])
    key = make_key(old, ada, not_after=NOW, scopes=["user:read"])
    old("accounts", "UserLink").objects.create(user=ada, login_type="oidc", provider="oidc")
    for number in range(3):
        old("audit", "Entry").objects.create(
            action="write", resource_type="user", resource_target=str(number)
        )

    for state in (AFTER, BEFORE, AFTER):
        models = migrate(state)

        assert models.get_model("accounts", "User").objects.get().site_roles == ["owner"]
        stored = models.get_model("scopes", "Key").objects.get(pk=key.pk)
        assert (stored.scopes, stored.not_after) == (["user:read"], NOW)
        assert bytes(stored.hashed_secret) == bytes(32)
        assert models.get_model("accounts", "UserLink").objects.count() == 1
        assert models.get_model("audit", "Entry").objects.count() == 3
        assert verify().unsealed == 3


# SQLite builds a table anew to give it a constraint, and would lose what guards the audit.
def test_the_audit_stays_append_only_on_the_way(old: Callable[[str, str], Any]) -> None:
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


def test_rows_that_contradict_themselves_are_mended(old: Callable[[str, str], Any]) -> None:
    ada = make_user(old, github_com_user_id=0)
    late = make_key(old, ada, expires_at=NOW + timedelta(hours=1), not_after=NOW)
    nameless = make_key(old, ada, name="", lifetime_seconds=0)

    models = migrate(AFTER)

    assert models.get_model("accounts", "User").objects.get().github_com_user_id is None
    keys = models.get_model("scopes", "Key").objects
    assert keys.get(pk=late.pk).expires_at == NOW
    mended = keys.get(pk=nameless.pk)
    assert (mended.name, mended.lifetime_seconds) == (f"unnamed-{nameless.pk}", 86_400)


def test_rows_that_nobody_can_mend_are_named_and_left_alone(
    old: Callable[[str, str], Any],
) -> None:
    ada = make_user(old)
    short = [make_key(old, ada, name=str(n), hashed_secret=b"short") for n in range(7)]
    keys = old("scopes", "Key").objects

    with pytest.raises(RowsBreakARule, match=r"^scopes_key has rows .* 32 bytes.*, …\)") as told:
        migrate(AFTER)

    assert sum(key.pk in str(told.value) for key in short) == 5
    assert keys.count() == 7

    keys.all().delete()
    models = migrate(AFTER)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_key(models.get_model, ada, hashed_secret=b"short")
