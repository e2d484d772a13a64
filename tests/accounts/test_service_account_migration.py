"""Service accounts have no address; an earlier version finds one with each of them."""

import pytest
from django.db import IntegrityError, transaction

from tests.old_states import GetModel, migrate

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE = [("accounts", "0009_email_unique_folded")]
AFTER = [("accounts", "0010_service_accounts")]


def test_people_stay_who_they_are_and_service_accounts_get_an_address(old: GetModel) -> None:
    migrate(BEFORE)("accounts", "User").objects.create(
        username="ada", email="ada@example.test", email_folded="ada@example.test"
    )

    users = migrate(AFTER)("accounts", "User").objects
    for name in ("ci", "backup"):
        users.create(username=name, is_service_account=True, login_type="none")
    with pytest.raises(IntegrityError), transaction.atomic():
        users.create(username="grace", email="ada@example.test", email_folded="ada@example.test")

    users = migrate(BEFORE)("accounts", "User").objects
    assert users.get(username="ada").email == "ada@example.test"
    addresses = {users.get(username=name).email for name in ("ci", "backup")}
    assert all(address.endswith("@service-account.invalid") for address in addresses)
    assert len(addresses) == 2
    assert migrate(AFTER)("accounts", "User").objects.filter(is_service_account=True).count() == 0
