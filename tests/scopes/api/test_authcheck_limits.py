"""Long, deep and senseless questions."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from tests.people import Api
from tests.queries import cost, used
from tests.scopes.questions import about, ask


# accounts.md H12: request bodies ≤ 1 MiB; ten thousand short questions fit, and cost no more
# queries than one.
def test_ten_thousand_checks_are_answered(alice: User) -> None:
    checks = {str(number): about("read", "user", owner_id="me") for number in range(10_000)}
    api = used(alice)

    assert ask(api, **checks) == dict.fromkeys(checks, True)
    assert len(cost(lambda: api.post("/authcheck", {"checks": checks}))) == 1


@pytest.mark.parametrize(("path", "maximum"), [("/authcheck", 10_000), ("/authcheck/explain", 500)])
def test_more_checks_than_a_request_may_have_are_refused(
    as_alice: Api, path: str, maximum: int
) -> None:
    checks = {str(number): about("read", "user", owner_id="me") for number in range(maximum)}

    most = as_alice.post(path, {"checks": checks})
    over = as_alice.post(path, {"checks": {**checks, "one more": checks["0"]}})

    assert (most.status_code, len(most.json())) == (200, maximum)
    assert over.status_code == 400
    assert over.json() == {
        "message": f"At most {maximum} checks can be asked in one request.",
        "detail": f"The request has {maximum + 1}; send them in several requests.",
    }


def test_body_above_one_mebibyte_is_refused(as_alice: Api) -> None:
    head = b'{"checks":{}, "pad":"'

    fits = as_alice("POST", "/authcheck", raw=head + b"x" * (2**20 - len(head) - 2) + b'"}')
    over = as_alice("POST", "/authcheck", raw=head + b"x" * (2**20 - len(head) - 1) + b'"}')

    assert fits.status_code == 200
    assert (over.status_code, over.json()["detail"]) == (400, "the body is larger than 1 MiB")


@pytest.mark.parametrize(
    "raw", [b"[" * 100_000, b'{"checks":' * 50_000, b'{"checks":{"a":' + b"[" * 900]
)
def test_deep_nesting_is_refused(as_alice: Api, raw: bytes) -> None:
    assert as_alice("POST", "/authcheck", raw=raw).status_code == 400


VALUE = st.none() | st.booleans() | st.integers() | st.text(max_size=10)
OBJECT = st.fixed_dictionaries(
    {},
    optional={
        "resource_type": st.sampled_from(["user", "workspace", "group", "*", "nonsense"]) | VALUE,
        "owner_id": st.just("me") | VALUE,
        "organization_id": st.just("00000000-0000-0000-0000-000000000000") | VALUE,
        "resource_id": st.uuids().map(str) | VALUE,
        "any_org": VALUE,
    },
)
CHECK = st.fixed_dictionaries({}, optional={"object": OBJECT | VALUE, "action": VALUE}) | VALUE


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    checks=st.dictionaries(st.text(max_size=5), CHECK, max_size=12) | VALUE, explained=st.booleans()
)
def test_no_question_is_an_internal_error(as_alice: Api, checks: Any, explained: bool) -> None:
    path = "/authcheck/explain" if explained else "/authcheck"

    assert as_alice.post(path, {"checks": checks}).status_code in {200, 400}
