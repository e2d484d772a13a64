"""What becomes of two objects of one id, which an older version let in."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from tests.people import make_user

BEFORE, AFTER = [("scopes", "0003_key_tokens")], [("scopes", "0005_one_object_an_id")]


@pytest.mark.django_db(transaction=True)
def test_one_object_of_an_id_stays_and_the_way_back_is_open() -> None:
    alice, mallory = make_user("alice"), make_user("mallory")
    try:
        rows = _migrated(BEFORE).get_model("scopes", "RegisteredObject").objects
        slept, claimed, first = uuid4(), uuid4(), uuid4()
        now = timezone.now()
        for kind, identifier, owner, age in (
            ("workspace", slept, alice, 3),
            ("workspace_dormant", slept, alice, 2),
            ("workspace", claimed, alice, 3),
            ("workspace_dormant", claimed, mallory, 2),
            ("workspace", first, mallory, 2),
            ("workspace_dormant", first, alice, 3),
            ("template", slept, mallory, 1),
        ):
            created_at = now - timedelta(days=age)
            rows.create(type=kind, object_id=identifier, owner_id=owner.pk, created_at=created_at)

        rows = _migrated(AFTER).get_model("scopes", "RegisteredObject").objects

        kept = {(row.type, row.object_id, row.owner_id) for row in rows.all()}
        assert kept == {
            ("workspace_dormant", slept, alice.pk),
            ("workspace", claimed, alice.pk),
            ("workspace_dormant", first, alice.pk),
            ("template", slept, mallory.pk),
        }
        rows = _migrated(BEFORE).get_model("scopes", "RegisteredObject").objects
        assert rows.count() == 4
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())


def _migrated(targets: list[tuple[str, str]]) -> Any:
    executor = MigrationExecutor(connection)
    return executor.migrate(targets).apps
