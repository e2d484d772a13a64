"""The mint rule: a key never issues, widens or extends a key beyond itself (authorization.md 2.7).

`issuer` is the narrowed key of an attack; each refusal stands beside the same wish within the key.
"""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from audit.models import Entry
from scopes.engine.catalog import PUBLIC, canonical, expand
from scopes.engine.policy import expand_pattern
from scopes.models import Key
from tests.people import Api, make_key, make_user
from tests.scopes.keyring import at, narrowed, row_of, token

TOKENS = "/users/me/keys/tokens"
BASE = ("user:read", "api_key:create")
HOUR = 3_600 * 10**9
ONE, TWO = str(uuid4()), str(uuid4())


def beyond_itself(answer: Any, reason: str = "") -> None:
    """Hold an answer to be the refusal of the mint rule, with its exact text."""
    assert answer.status_code == 403, answer.content
    body = answer.json()
    assert body["message"] == "Failed to create API key."
    assert body["detail"].startswith("A key cannot issue a key beyond itself: ")
    if reason:
        assert body["detail"] == f"A key cannot issue a key beyond itself: {reason}"


def test_narrowed_key_issues_within_itself(alice: User) -> None:
    secret = token(narrowed(alice, *BASE), scopes=["user:read"])

    assert row_of(secret).scopes == ["user:read"]
    assert Api(secret).get("/users/me").status_code == 200


def test_key_without_the_right_to_create_issues_nothing(alice: User) -> None:
    answer = narrowed(alice, "user:read").post(TOKENS, {"scope": "user:read"})

    assert (answer.status_code, answer.json()["detail"]) == (
        403,
        "You may not create keys for this user.",
    )
    assert Key.objects.filter(login_type="token").count() == 0


# No scope at all means the full scope: a narrowed key must not get it by saying nothing.
@pytest.mark.parametrize(
    "wish",
    [
        {}, {"scope": ""}, {"scope": None}, {"scopes": []}, {"scope": "all"}, {"scopes": ["all"]},
        {"scope": "coder:all"}, {"scopes": ["user:read", "coder:all"]},
        {"scope": "user:read", "scopes": ["all"]},
    ],
)  # fmt: skip
def test_full_scope_is_beyond_a_narrowed_key(alice: User, wish: dict[str, Any]) -> None:
    issuer = narrowed(alice, *BASE, "api_key:*", "user:*", "workspace:*", "template:*")

    beyond_itself(issuer.post(TOKENS, wish), "it does not hold coder:all.")
    assert narrowed(alice, "coder:all").post(TOKENS, wish).status_code == 201


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        ("workspace:read", "workspace:update"),
        ("workspace:read", "template:read"),
        ("api_key:read api_key:update api_key:delete", "api_key:*"),  # tomorrow's actions too
        ("coder:application_connect", "workspace:read"),
        ("workspace:application_connect", "coder:workspaces.access"),
        ("workspace:read", "coder:workspaces.operate"),
        ("coder:workspaces.operate", "workspace:*"),
        ("coder:workspaces.create", "coder:workspaces.delete"),
        ("workspace:*", "coder:workspaces.create"),  # it also reads templates
    ],
)
def test_scope_that_is_not_held_is_refused(alice: User, held: str, wanted: str) -> None:
    issuer = narrowed(alice, *BASE, *held.split())

    beyond_itself(issuer.post(TOKENS, {"scope": wanted}), f"it does not hold {wanted}.")
    beyond_itself(issuer.post(TOKENS, {"scopes": [*BASE, wanted]}), f"it does not hold {wanted}.")
    assert narrowed(alice, *BASE, wanted).post(TOKENS, {"scope": wanted}).status_code == 201


# A composite and its parts are the same permissions: either covers the other.
@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        ("workspace:*", "workspace:read workspace:ssh workspace:*"),
        ("workspace:*", "coder:workspaces.operate coder:workspaces.access"),
        ("coder:workspaces.create", "template:read template:use workspace:create"),
        ("template:read template:use workspace:create workspace:read workspace:update",
         "coder:workspaces.create"),
        ("coder:workspaces.access", "application_connect"),
        ("workspace:application_connect", "coder:application_connect"),
        ("coder:application_connect", "workspace:application_connect"),
        ("coder:apikeys.manage_self", "api_key:read api_key:delete"),
    ],
)  # fmt: skip
def test_what_the_key_holds_in_other_words_is_issued(alice: User, held: str, wanted: str) -> None:
    secret = token(narrowed(alice, *BASE, *held.split()), scopes=wanted.split())

    assert row_of(secret).scopes == [canonical(name) for name in wanted.split()]


# Allow lists: `type:*`, `*:id`, no list at all (which means everything).
@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        (["user:*", "api_key:*"], None),
        (["user:*", "api_key:*"], []),
        (["user:*", "api_key:*"], ["*:*"]),
        (["user:*", "api_key:*"], ["workspace:*"]),
        (["user:*", "api_key:*"], ["user:*", f"workspace:{ONE}"]),
        (["user:*", "api_key:*"], [f"*:{ONE}"]),
        (["user:*", "api_key:*", f"workspace:{ONE}"], ["workspace:*"]),
        (["user:*", "api_key:*", f"workspace:{ONE}"], [f"workspace:{TWO}"]),
        (["user:*", "api_key:*", f"*:{ONE}"], [f"*:{TWO}"]),
        (["user:*", "api_key:*", f"*:{ONE}"], ["workspace:*"]),
    ],
)
def test_wider_allow_list_is_refused(alice: User, held: list[str], wanted: Any) -> None:
    issuer = narrowed(alice, "coder:all", allow_list=tuple(held))

    for scopes in (["user:read"], ["all"]):
        beyond_itself(
            issuer.post(TOKENS, {"scopes": scopes, "allow_list": wanted}),
            "its allow list is narrower than the new one.",
        )
    wider = narrowed(alice, "coder:all")
    assert wider.post(TOKENS, {"scope": "user:read", "allow_list": wanted}).status_code == 201


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        (["user:*", "api_key:*"], ["user:*"]),
        (["user:*", "api_key:*"], [f"user:{ONE}", "api_key:*"]),
        (["user:*", "api_key:*", f"*:{ONE}"], [f"*:{ONE}", f"workspace:{ONE}", f"template:{ONE}"]),
        (["user:*", "api_key:*", f"workspace:{ONE}"], [f"workspace:{ONE.upper()}"]),
    ],
)
def test_narrower_allow_list_is_issued(alice: User, held: list[str], wanted: list[str]) -> None:
    secret = token(narrowed(alice, "coder:all", allow_list=tuple(held)), allow_list=wanted)

    assert row_of(secret).allow_list == sorted(entry.lower() for entry in wanted)


def test_allow_list_that_does_not_list_keys_issues_none(alice: User) -> None:
    confined = narrowed(alice, "coder:all", allow_list=(f"user:{alice.pk}",))

    answer = confined.post(TOKENS, {"allow_list": [f"user:{alice.pk}"]})

    assert (answer.status_code, answer.json()["message"]) == (403, "Failed to create API key.")


# A key outlived by its children would be extended by them.
def test_default_lifetime_ends_with_the_key_that_issued_it(alice: User) -> None:
    with time_machine.travel(at(2026, 1, 1), tick=False):
        issuer = narrowed(alice, *BASE, lifetime=timedelta(days=1))
        child = row_of(token(issuer, scope="user:read"))
        full = row_of(token(Api(make_key(alice, lifetime=timedelta(days=1))), scope="user:read"))

    assert child.expires_at == child.not_after == at(2026, 1, 2)
    assert (full.expires_at, full.not_after) == (at(2026, 1, 8), None)


def test_explicit_lifetime_beyond_the_key_is_refused(alice: User) -> None:
    with time_machine.travel(at(2026, 1, 1), tick=False):
        issuer = narrowed(alice, *BASE, lifetime=timedelta(days=1))

        for lifetime in (24 * HOUR + 1000, 48 * HOUR):
            beyond_itself(
                issuer.post(TOKENS, {"scope": "user:read", "lifetime": lifetime}),
                "it expires before the new one would.",
            )
        child = row_of(token(issuer, scope="user:read", lifetime=24 * HOUR))
    assert child.expires_at == at(2026, 1, 2)


def test_use_never_carries_a_child_past_its_limit(alice: User) -> None:
    with time_machine.travel(at(2026, 1, 1), tick=False):
        issuer = narrowed(alice, *BASE, lifetime=timedelta(days=1))
        child = Api(token(issuer, scope="user:read"))
    for hour in range(2, 24, 3):
        with time_machine.travel(at(2026, 1, 1, hour), tick=False):
            assert child.get("/users/me").status_code == 200
            assert issuer.get("/users/me").status_code == 200
    with time_machine.travel(at(2026, 1, 2, 0, 1), tick=False):
        assert child.get("/users/me").status_code == 401
        assert issuer.get("/users/me").status_code == 200


def test_grandchildren_stay_within_their_grandparent(alice: User) -> None:
    with time_machine.travel(at(2026, 1, 1), tick=False):
        parent = narrowed(alice, *BASE, "workspace:*", lifetime=timedelta(days=1))
        child = Api(token(parent, scopes=[*BASE, "workspace:read"], lifetime=10 * HOUR))
    with time_machine.travel(at(2026, 1, 1, 2), tick=False):
        beyond_itself(child.post(TOKENS, {"scope": "workspace:*"}), "it does not hold workspace:*.")
        beyond_itself(child.post(TOKENS, {}), "it does not hold coder:all.")
        beyond_itself(child.post(TOKENS, {"scope": "user:read", "lifetime": 23 * HOUR}))
        grandchild = row_of(token(child, scopes=[*BASE, "workspace:read"]))
        again = row_of(token(Api(make_key(alice)), scope="user:read"))

    assert grandchild.not_after is not None
    assert grandchild.not_after <= at(2026, 1, 2)
    assert grandchild.expires_at <= grandchild.not_after
    assert again.not_after is None


# Owner keys reach other people, so the rule must hold there as well.
def test_rule_holds_for_keys_of_other_people(owner: User, alice: User) -> None:
    issuer = narrowed(owner, *BASE)

    beyond_itself(issuer.post("/users/alice/keys/tokens", {}))
    beyond_itself(issuer.post("/users/alice/keys/tokens", {"scope": "workspace:read"}))
    beyond_itself(issuer.post("/users/alice/keys"))
    secret = token(issuer, "/users/alice", scope="user:read")
    assert (row_of(secret).user_id, row_of(secret).scopes) == (alice.pk, ["user:read"])
    assert row_of(secret).not_after == row_of(issuer.token).expires_at


def test_refusal_is_the_same_whether_the_other_user_may_be_given_keys(alice: User) -> None:
    admin = make_user("admin", roles=["user-admin"])

    answer = narrowed(admin, *BASE).post("/users/alice/keys/tokens", {"scope": "user:read"})

    assert (answer.status_code, answer.json()["detail"]) == (
        403,
        "You may not create keys for this user.",
    )


def test_refusals_leave_no_key_and_no_entry(alice: User) -> None:
    issuer = narrowed(alice, *BASE)

    beyond_itself(issuer.post(TOKENS, {}))
    beyond_itself(issuer.post("/users/me/keys"))

    assert Key.objects.filter(user=alice).count() == 1
    assert Entry.objects.filter(resource_type="api_key").count() == 0


def pairs(scopes: list[str]) -> set[tuple[str, str]]:
    return {
        pair
        for name in scopes
        for permission in expand(name).permissions
        for pair in expand_pattern(permission.resource, permission.action)
    }


NAMES = st.lists(st.sampled_from(PUBLIC), min_size=1, max_size=4)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(held=NAMES, wanted=NAMES, use_list=st.booleans())
def test_issued_key_never_holds_more(
    alice: User, held: list[str], wanted: list[str], use_list: bool
) -> None:
    holding = [canonical(name) for name in held]
    issuer = narrowed(alice, *BASE, *holding)
    wish = {"scopes": wanted} if use_list else {"scope": wanted[0]}

    answer = issuer.post(TOKENS, wish)

    asked = wanted if use_list else wanted[:1]
    within = pairs(asked) <= pairs([*BASE, *holding])
    assert answer.status_code in ({201, 403} if within else {403})
    if answer.status_code == 201:
        child = row_of(answer.json()["key"])
        assert pairs(child.scopes) <= pairs([*BASE, *holding])
        parent = row_of(issuer.token)
        assert child.expires_at <= parent.expires_at or "coder:all" in holding
