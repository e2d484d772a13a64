"""Addresses get their folded form in a database with people in it, and lose it again."""

import pytest
from django.core.management import CommandError
from django.db import IntegrityError, transaction

from tests.old_states import GetModel, migrate

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE = [("accounts", "0007_row_rules")]
AFTER = [("accounts", "0009_email_unique_folded")]


def fill(get: GetModel, *emails: str, is_deleted: bool = False) -> None:
    for number, email in enumerate(emails):
        get("accounts", "User").objects.create(
            username=f"user{number}{'x' * is_deleted}", email=email, is_deleted=is_deleted
        )


def test_people_keep_their_addresses_on_the_way_there_and_back(old: GetModel) -> None:
    emails = ["Ada@Example.test", "M\u00dcLLER@example.test", "v\u0130ctim@example.test"]
    fill(old, *emails)
    fill(old, "ada@example.test", is_deleted=True)

    for _ in range(2):
        users = migrate(AFTER)("accounts", "User").objects
        stored = users.filter(is_deleted=False).order_by("username")
        assert [row.email for row in stored] == emails
        assert [row.email_folded for row in stored] == [
            "ada@example.test", "m\u00fcller@example.test", "v\u0130ctim@example.test",
        ]  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            users.create(username="other", email="m\u00fcller@example.test")
        users = migrate(BEFORE)("accounts", "User").objects
        assert users.count() == 4


def test_accounts_that_share_an_address_are_named_and_left_alone(old: GetModel) -> None:
    try:
        fill(old, "m\u00fcller@example.test", "M\u00dcLLER@example.test", "ada@example.test")
    except IntegrityError:
        pytest.skip("this database has kept them apart all along")

    with pytest.raises(CommandError) as told:
        migrate(AFTER)

    assert "user0 <m\u00fcller@example.test>" in str(told.value)
    assert "user1 <M\u00dcLLER@example.test>" in str(told.value)
    assert "ada@example.test" not in str(told.value)
    users = old("accounts", "User").objects
    assert users.count() == 3

    users.filter(username="user1").update(is_deleted=True)
    assert migrate(AFTER)("accounts", "User").objects.filter(is_deleted=False).count() == 2
