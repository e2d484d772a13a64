"""One folding of addresses, the same in Python and both databases, maps no two people to one."""

import sys

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.addresses import is_as_written
from accounts.models import User
from coderauth.folding import fold
from tests.people import make_user

# As somebody with the address on the left would be written by software that folds too much.
OTHERS = [
    ("victim@example.test", "v\u0130ctim@example.test"),  # I with a dot above
    ("victim@example.test", "vi\u0307ctim@example.test"),  # what Python makes of it
    ("victim@example.test", "v\u0131ctim@example.test"),  # i without one
    ("kirk@example.test", "\u212airk@example.test"),  # Kelvin sign
    ("kirk@example.test", "kir\u212a@example.test"),
    ("\u00e5sa@example.test", "\u212bsa@example.test"),  # Angstrom sign
    ("strasse@example.test", "stra\u00dfe@example.test"),  # sharp s
    ("stra\u00dfe@example.test", "stra\u1e9ee@example.test"),  # capital sharp s
    ("\u03bd\u03b9\u03ba\u03bf\u03c3@example.test", "\u03bd\u03b9\u03ba\u03bf\u03c2@example.test"),
    ("sam@example.test", "\u017fam@example.test"),  # long s
    ("victim@example.test", "\uff56ictim@example.test"),  # fullwidth
    ("victim@example.test", "victim@example\uff0etest"),
    ("m\u00fcller@example.test", "mu\u0308ller@example.test"),  # a combining mark
    ("office@example.test", "o\ufb03ce@example.test"),  # a ligature
    ("victim@example.test", "victim\u200d@example.test"),  # a joiner that nobody sees
]
SAME = [
    ("victim@example.test", "VICTIM@Example.TEST"),
    ("m\u00fcller@example.test", "M\u00dcLLER@example.test"),
    ("\u03bd\u03b9\u03ba\u03bf\u03c3@example.test", "\u039d\u0399\u039a\u039f\u03a3@example.test"),
    ("\u043c\u0430\u0448\u0430@example.test", "\u041c\u0410\u0428\u0410@example.test"),
]


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_another_letter_is_another_address(one: str, other: str) -> None:
    assert fold(one) != fold(other)
    assert not is_as_written(one, other)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_cases_of_a_letter_are_one_address(one: str, other: str) -> None:
    assert fold(one) == fold(other)
    assert is_as_written(one, other) == one.isascii()
    assert is_as_written(one, one)


def test_no_letter_beyond_ascii_is_folded_into_it() -> None:
    strangers = map(chr, range(128, sys.maxunicode + 1))

    assert [letter for letter in strangers if fold(letter).isascii()] == []


@pytest.mark.long
def test_of_all_letters_at_most_two_are_folded_into_one_and_those_are_its_cases() -> None:
    folded: dict[str, list[str]] = {}
    for letter in map(chr, range(sys.maxunicode + 1)):
        folded.setdefault(fold(letter), []).append(letter)

    shared = [letters for letters in folded.values() if len(letters) > 1]
    assert shared
    for letters in shared:
        upper, lower = letters if letters[0].lower() == letters[1] else reversed(letters)
        assert (upper.lower(), lower.upper()) == (lower, upper)


@given(st.text(), st.text())
def test_folding_goes_letter_by_letter_and_once(one: str, other: str) -> None:
    assert fold(one + other) == fold(one) + fold(other)
    assert fold(fold(one)) == fold(one)
    assert len(fold(one)) == len(one)


@pytest.mark.django_db
@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_the_database_keeps_people_apart(one: str, other: str) -> None:
    first, second = make_user("first", email=one), make_user("second", email=other)

    assert User.objects.with_email(one).get() == first
    assert User.objects.with_email(other).get() == second


@pytest.mark.django_db
@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_database_holds_an_address_once_among_the_living(one: str, other: str) -> None:
    first = make_user("first", email=one)
    assert User.objects.with_email(other).get() == first
    with (
        pytest.raises(IntegrityError, match=r"user_email_unique|email_folded"),
        transaction.atomic(),
    ):
        make_user("second", email=other)

    User.objects.filter(pk=first.pk).update(is_deleted=True)
    second = make_user("second", email=other)

    assert User.objects.with_email(one).get() == second
    assert set(User.objects.ever_with_email(one)) == {first, second}


@pytest.mark.django_db
def test_the_folding_follows_the_address_however_a_row_is_written() -> None:
    user = make_user("ada", email="ADA@example.test")
    assert User.objects.get().email_folded == "ada@example.test"

    user.email = "Grace@example.test"
    user.save(update_fields=["email"])
    assert User.objects.get().email_folded == "grace@example.test"

    User.objects.update(email="M\u00dcLLER@example.test")
    assert User.objects.get().email_folded == "m\u00fcller@example.test"

    User.objects.all().delete()
    User.objects.bulk_create([User(username="eve", email="EVE@example.test")])
    assert User.objects.get().email_folded == "eve@example.test"


@pytest.mark.django_db
@pytest.mark.parametrize("other", ["\u212airk", "k\u0131rk", "kir\u212a", "k\u0130rk", "\uff4birk"])
def test_a_username_is_found_in_any_case_of_ascii_only(other: str) -> None:
    kirk = make_user("kirk")

    assert User.objects.with_username("KIRK").get() == kirk
    assert not User.objects.with_username(other).exists()
