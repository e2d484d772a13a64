"""Only a double is told as taken."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from coderauth.errors import Conflict
from coderauth.uniqueness import taken_means
from scopes.models import GroupMembership, Organization

pytestmark = pytest.mark.django_db


def make_organization(name: str) -> None:
    with taken_means(Conflict("organization_exists")), transaction.atomic():
        Organization.objects.create(name=name)


def test_a_name_that_somebody_has_is_taken() -> None:
    make_organization("Acme")

    make_organization("other")
    with pytest.raises(Conflict):
        make_organization("acme")


def test_an_id_that_a_row_has_is_taken() -> None:
    row = Organization.objects.create(name="acme")

    with (
        pytest.raises(Conflict),
        taken_means(Conflict("organization_exists")),
        transaction.atomic(),
    ):
        Organization.objects.create(pk=row.pk, name="other")


def test_a_row_that_breaks_another_rule_is_not_called_taken() -> None:
    with pytest.raises(IntegrityError):
        make_organization("")


@pytest.mark.django_db(transaction=True)
def test_a_row_that_refers_to_nothing_is_not_called_taken() -> None:
    with (
        pytest.raises(IntegrityError),
        taken_means(Conflict("group_exists", name="x")),
        transaction.atomic(),
    ):
        GroupMembership.objects.create(group_id=uuid4(), user_id=uuid4())
