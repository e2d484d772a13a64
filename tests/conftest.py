"""Fixtures that every test may use: owner, alice (a member), mallory (a member who wants more)."""

import pytest

from accounts.models import User
from tests.people import Api, make_user, signed_in


@pytest.fixture
def owner(db: None) -> User:
    return make_user("owner", roles=["owner"], name="The Owner")


@pytest.fixture
def alice(db: None) -> User:
    return make_user("alice")


@pytest.fixture
def mallory(db: None) -> User:
    return make_user("mallory")


@pytest.fixture
def as_owner(owner: User) -> Api:
    return signed_in(owner)


@pytest.fixture
def as_alice(alice: User) -> Api:
    return signed_in(alice)


@pytest.fixture
def as_mallory(mallory: User) -> Api:
    return signed_in(mallory)


@pytest.fixture
def anonymous(db: None) -> Api:
    return Api()
