"""On PostgreSQL, a backup is the business of PostgreSQL's own tools."""

import pytest

from tests.commands import refusal


@pytest.mark.postgres
@pytest.mark.parametrize("command", ["backup", "restore"])
def test_postgresql_is_left_to_its_own_tools(db: None, command: str) -> None:
    assert "pg_dump" in refusal(command, "copy.tar")
