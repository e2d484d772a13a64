"""Fixtures that every test may use: owner, alice (a member), mallory (a member who wants more)."""

import pytest
from django.db import connection
from hypothesis import settings

from accounts.models import User
from tests.people import Api, make_user, signed_in

# How long one example takes says how busy the machine is, not whether the code is right.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs real concurrency where the database has one writer."""
    if connection.vendor == "postgresql":
        return
    left_out = [item for item in items if item.get_closest_marker("postgres")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
