"""Which attempts are recorded: refusals about unknown users would let strangers fill the audit."""

from typing import Any
from uuid import uuid4

import pytest

from audit.records import attempt
from coderauth.errors import NotFound
from tests.expect import audited

pytestmark = pytest.mark.django_db

SOMEBODY = uuid4()


@pytest.mark.parametrize(
    ("about", "recorded"),
    [
        ({}, []),
        ({"actor_id": SOMEBODY}, [("login", "api_key", 404)]),
        ({"by_anybody": True}, [("login", "api_key", 404)]),
    ],
    ids=["nobody known", "somebody", "whoever it is"],
)
def test_refusal_is_recorded_of_somebody_known_or_of_anybody_only(
    about: dict[str, Any], recorded: list[tuple[str, str, int]]
) -> None:
    with pytest.raises(NotFound), attempt("login", "api_key", **about):
        raise NotFound("not_found")

    assert audited() == recorded


def test_refusal_is_recorded_of_whom_the_act_found_out_about() -> None:
    with pytest.raises(NotFound):  # noqa: SIM117, PT012 (the act finds out, then refuses)
        with attempt("login", "api_key") as act:
            act.actor_id = SOMEBODY
            raise NotFound("not_found")

    assert audited(actor_id=SOMEBODY) == [("login", "api_key", 404)]


def test_success_is_recorded_once_even_of_nobody_known() -> None:
    with attempt("login", "api_key") as act:
        act.succeed()

    assert audited() == [("login", "api_key", 200)]
