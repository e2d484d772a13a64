"""Several counts in one statement, none of them further than people read."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coderauth.counting import MOST, count_each, in_words
from tests.people import make_user

pytestmark = pytest.mark.django_db


def people(*names: str) -> None:
    for name in names:
        make_user(name)


def test_sets_are_counted_with_one_statement() -> None:
    people("ann", "bob", "cy")
    rows = {
        "all": User.objects.all(),
        "some": User.objects.filter(username__in=["ann", "bob"]),
        "empty": User.objects.filter(username="nobody"),
        "impossible": User.objects.none(),
    }
    with CaptureQueriesContext(connection) as statements:
        found = count_each(rows)
    assert found == {"all": 3, "some": 2, "empty": 0, "impossible": 0}
    assert len(statements) == 1


def test_nothing_is_counted_without_a_statement() -> None:
    with CaptureQueriesContext(connection) as statements:
        assert count_each({"impossible": User.objects.none()}) == {"impossible": 0}
    assert len(statements) == 0


def test_a_count_ends_where_it_is_told_to() -> None:
    people("ann", "bob", "cy")
    assert count_each({"all": User.objects.all()}, most=2) == {"all": 2}
    assert count_each({"all": User.objects.all()}, most=None) == {"all": 3}


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0"), (1234, "1,234"), (MOST, "10,000"), (MOST + 1, "10,000+")]
)
def test_counts_are_told_in_words(count: int, words: str) -> None:
    assert in_words(count) == words
