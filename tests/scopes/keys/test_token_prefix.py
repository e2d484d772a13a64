"""Tokens with a prefix and a checksum."""

import re

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from coderauth.addresses import PREFIX
from scopes.keys.tokens import checksum
from tests.expect import SIGNED_OUT, refused
from tests.people import Api, is_good, login, make_key
from tests.places import ROOT
from tests.scopes.keyring import token

# As docs/keys.md has it for scanners.
SHAPE = re.compile((ROOT / "docs/keys.md").read_text().split("```text\n")[1].split("\n")[0])


@pytest.fixture
def prefixed(settings: Settings) -> None:
    settings.TOKEN_PREFIX = "acme_"


def plain(secret: str) -> str:
    return secret.removeprefix("acme_")[:-6]


def test_every_new_token_has_the_prefix_and_a_checksum(
    prefixed: None, alice: User, as_alice: Api
) -> None:
    session = login().json()["session_token"]
    made = token(as_alice)
    rotated = as_alice.post(f"/users/me/keys/{plain(made)[:10]}/rotate", {}).json()["key"]
    for secret in (session, made, rotated, as_alice.post("/users/me/keys").json()["key"]):
        assert SHAPE.fullmatch(secret)
        assert secret.endswith(checksum(secret[:-6]))
        assert is_good(Api(secret))


def test_tokens_are_good_with_and_without_it(alice: User, settings: Settings) -> None:
    older = make_key(alice)
    settings.TOKEN_PREFIX = "acme_"
    newer = make_key(alice)
    assert is_good(Api(older))
    assert is_good(Api(newer))
    assert is_good(Api(plain(newer)))


def test_a_wrong_checksum_is_refused_before_the_database_is_asked(
    prefixed: None, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    secret = make_key(alice)
    swapped = "b" if secret[-1] == "a" else "a"
    for wrong in (secret[:-1] + swapped, secret[:-7], "acme_", f"acme_{plain(secret)}"):
        answer = Api(wrong).get("/users/me")
        refused(answer, 401, SIGNED_OUT,
                detail="Invalid API key format: its checksum is wrong")  # fmt: skip
        with django_assert_num_queries(0):
            Api(wrong).get("/users/me")


def test_another_prefix_is_none(prefixed: None, alice: User) -> None:
    secret = make_key(alice)
    assert not is_good(Api(f"other_{secret[5:]}"))


def test_the_checksum_is_a_crc_in_base_62() -> None:
    assert checksum("") == "000000"
    assert checksum("acme_0123456789-0123456789012345678901") == "1gwBKZ"
    assert len({checksum(f"{number}") for number in range(1000)}) == 1000


@pytest.mark.parametrize("value", ["acme", "a-b_", "_", "x" * 16 + "_", "ä_"])
def test_a_prefix_that_could_not_be_told_from_a_token_is_refused(value: str) -> None:
    assert not PREFIX.accepts(value)
    assert PREFIX.accepts("acme_")
