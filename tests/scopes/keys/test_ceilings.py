"""Ceilings: what a token may be, whoever makes it and by whichever door (decision D24)."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from audit.models import Entry
from coderauth.errors import Forbidden
from scopes.callers import Caller, find_caller
from scopes.keys.ceiling_changes import CeilingWish, ceiling_set
from scopes.keys.ceilings import ceiling_of, strictest
from scopes.keys.issuing import token_issue
from scopes.keys.minting import TokenWish
from scopes.keys.review import keys_above_ceilings
from scopes.models import Key, KeyCeiling, Membership, Organization
from scopes.organizations.selectors import default_organization
from tests.pages import visitor
from tests.people import Api, make_key, make_user, signed_in
from tests.scopes.keyring import token
from tests.threads import at_once

DAY = 86_400
NANOSECONDS = 10**9
READ = ["workspace:read"]


def deployment(name: str, value: Any) -> Callable[[Settings], str]:
    def limit(settings: Settings) -> str:
        setattr(settings, name, value)
        return f"CODERAUTH_{name}"

    return limit


def role(**fields: Any) -> Callable[[Settings], str]:
    def limit(_: Settings) -> str:
        KeyCeiling.objects.create(role="member", **fields)
        return "The site role Member"

    return limit


def place(**fields: Any) -> Callable[[Settings], str]:
    def limit(_: Settings) -> str:
        KeyCeiling.objects.create(organization=default_organization(), **fields)
        return "The organization coder"

    return limit


# A ceiling, a wish above it, and the same below it.
CEILINGS: dict[str, tuple[Callable[[Settings], str], dict[str, Any], dict[str, Any]]] = {
    "no full access": (
        deployment("FORBID_FULL_ACCESS_KEYS", value=True), {}, {"scopes": READ},
    ),
    "no full access for a role": (role(forbids_full_access=True), {}, {"scopes": READ}),
    "no full access in a place": (place(forbids_full_access=True), {}, {"scopes": READ}),
    "few scopes": (
        deployment("KEY_SCOPES", READ), {"scopes": ["task:read"]}, {"scopes": READ},
    ),
    "few scopes for a role": (role(scopes=READ), {"scopes": ["workspace:*"]}, {"scopes": READ}),
    "few scopes, all asked": (place(scopes=READ), {}, {"scopes": READ}),
    "a short life": (
        role(max_lifetime_seconds=DAY),
        {"lifetime": (DAY + 1) * NANOSECONDS}, {"lifetime": DAY * NANOSECONDS},
    ),
    "fixed ends": (
        deployment("FIXED_KEY_ENDS", value=True), {"renews": True}, {"renews": False},
    ),
    "fixed ends in a place": (place(fixed_ends=True), {"renews": True}, {}),
}  # fmt: skip


@pytest.mark.parametrize("name", CEILINGS)
def test_the_api_refuses_what_is_above_and_names_the_ceiling(
    alice: User, settings: Settings, name: str
) -> None:
    limit, above, below = CEILINGS[name]
    source = limit(settings)
    api = signed_in(alice)

    answer = api.post("/users/me/keys/tokens", {"token_name": "ci", **above})

    assert answer.status_code == 403
    assert answer.json()["message"] == "This key would be above a ceiling."
    assert source in answer.json()["detail"]
    assert not Key.objects.tokens().exists()
    assert api.post("/users/me/keys/tokens", {"token_name": "ci", **below}).status_code == 201


# Whoever makes it, the person who gets the token has the ceiling.
@pytest.mark.parametrize("name", CEILINGS)
def test_an_owner_and_the_operator_obey_the_ceiling_of_who_gets_it(
    alice: User, owner: User, settings: Settings, name: str
) -> None:
    limit, above, _ = CEILINGS[name]
    limit(settings)

    answer = signed_in(owner).post(f"/users/{alice.username}/keys/tokens", above)
    assert answer.status_code == 403
    options = ["--user=alice", *(f"--scope={scope}" for scope in above.get("scopes", ()))]
    if "lifetime" in above:
        options.append("--lifetime=30h")
    if above.get("renews"):
        return  # The command only fixes ends.
    with pytest.raises(CommandError, match="ceiling"):
        call_command("tokens", "create", *options)
    assert not Key.objects.tokens().exists()


@pytest.mark.parametrize("name", CEILINGS)
def test_the_page_makes_nothing_above(alice: User, settings: Settings, name: str) -> None:
    limit, above, below = CEILINGS[name]
    limit(settings)
    browser = visitor(alice)

    for number, wish in enumerate((above, below)):
        shown = browser.get("/keys/new").content.decode()
        (form_id,) = re.findall(r'name="form_id" value="([^"]+)"', shown)
        far = (timezone.now() + timedelta(days=20)).date().isoformat()
        chosen = {"reach": "some" if "scopes" in wish else "all", "scopes": wish.get("scopes", [])}
        ends = (
            {"ends": "day", "end_day": far}
            if wish.get("lifetime", 0) > DAY * NANOSECONDS
            else {"ends": "1"}
        )
        browser.post("/keys/new", {"form_id": form_id, "token_name": f"n{number}"} | chosen | ends)

        assert list(keys_above_ceilings()) == []
    assert "n1" in Key.objects.tokens().values_list("name", flat=True)


@pytest.mark.parametrize("name", CEILINGS)
def test_no_rotation_leaves_a_key_above(alice: User, settings: Settings, name: str) -> None:
    limit, above, below = CEILINGS[name]
    api = signed_in(alice)
    old, fitting = token(api, **above), token(api, **below)
    limit(settings)
    assert [found.key.pk for found in keys_above_ceilings()][:1] != []

    answers = {
        secret: api.post(f"/users/me/keys/{secret[:10]}/rotate", {}).status_code
        for secret in (old, fitting)
    }

    assert answers[fitting] == 201
    still_above = {found.key.pk for found in keys_above_ceilings()}
    assert still_above <= ({old[:10]} if answers[old] == 403 else set())


def test_a_key_that_is_above_by_now_gets_no_new_secret(alice: User) -> None:
    api = signed_in(alice)
    secret = token(api)
    path = f"/users/me/keys/{secret[:10]}/rotate"

    KeyCeiling.objects.create(role="member", forbids_full_access=True)
    assert api.post(path, {}).status_code == 403

    KeyCeiling.objects.all().delete()
    assert api.post(path, {}).status_code == 201


def test_rotation_shortens_a_life_to_its_ceiling(alice: User) -> None:
    api = signed_in(alice)
    secret = token(api, lifetime=30 * DAY * NANOSECONDS)
    KeyCeiling.objects.create(role="member", max_lifetime_seconds=DAY, fixed_ends=True)

    assert api.post(f"/users/me/keys/{secret[:10]}/rotate", {}).status_code == 201

    key = Key.objects.get(pk=secret[:10])
    assert key.lifetime_seconds == DAY
    assert key.expires_at <= timezone.now() + timedelta(days=1)
    assert key.has_fixed_end


def test_without_a_wish_a_token_lives_as_long_as_it_may(alice: User) -> None:
    KeyCeiling.objects.create(role="member", max_lifetime_seconds=DAY)

    key = Key.objects.get(pk=token(signed_in(alice))[:10])

    assert key.lifetime_seconds == DAY


def test_nobody_has_more_tokens_than_they_may(alice: User, settings: Settings) -> None:
    settings.MAX_KEYS_PER_USER = 2
    api = signed_in(alice)
    first, _ = token(api), token(api)

    refused = api.post("/users/me/keys/tokens", {})
    assert refused.status_code == 403
    assert refused.json()["detail"] == "CODERAUTH_MAX_KEYS_PER_USER lets one have 2 keys."

    api.put(f"/users/me/keys/{first[:10]}/expire")
    assert api.post("/users/me/keys/tokens", {}).status_code == 201


def test_sessions_are_no_tokens(alice: User, settings: Settings) -> None:
    settings.MAX_KEYS_PER_USER = 1
    settings.FORBID_FULL_ACCESS_KEYS = True

    assert signed_in(alice).post("/users/me/keys").status_code == 201


def test_the_strictest_ceiling_holds(settings: Settings, db: None) -> None:
    settings.MAX_TOKEN_LIFETIME = timedelta(days=90)
    settings.KEY_SCOPES = ["workspace:*", "user:read"]
    rows = [
        KeyCeiling(role="member", max_lifetime_seconds=30 * DAY, scopes=["workspace:read"]),
        KeyCeiling(role="auditor", max_lifetime_seconds=60 * DAY, max_keys=5),
        KeyCeiling(organization=default_organization(), max_keys=9, fixed_ends=True),
    ]

    found = strictest(["auditor"], rows)

    assert found.max_lifetime == timedelta(days=30)
    assert found.scopes == ("workspace:read",)
    assert found.max_keys == 5
    assert found.fixed_ends
    assert found.full_access
    assert found.sources == {
        "max_lifetime": "The site role Member",
        "scopes": "The site role Member",
        "max_keys": "The site role Auditor",
        "fixed_ends": "The organization coder",
    }


def test_ceilings_of_elsewhere_do_not_matter(alice: User) -> None:
    away = Organization.objects.create(name="away")
    KeyCeiling.objects.create(organization=away, forbids_full_access=True)
    KeyCeiling.objects.create(role="auditor", forbids_full_access=True)
    assert ceiling_of(alice).full_access

    Membership.objects.create(user=alice, organization=away)
    assert not ceiling_of(alice).full_access


def test_tokenconfig_says_the_callers_ceiling(alice: User) -> None:
    KeyCeiling.objects.create(role="member", max_lifetime_seconds=DAY, max_keys=7)

    found = signed_in(alice).get("/users/me/keys/tokens/tokenconfig").json()["ceilings"]

    assert found["max_lifetime"] == DAY * NANOSECONDS
    assert (found["max_keys"], found["scopes"], found["full_access"]) == (7, None, True)
    assert found["sources"]["max_keys"] == "The site role Member"


def test_a_ceiling_is_set_read_and_removed(as_owner: Api, as_alice: Api) -> None:
    wish = {
        "max_lifetime": DAY * NANOSECONDS, "scopes": ["all", "user:read"], "max_keys": 3,
    }  # fmt: skip
    assert as_owner.put("/keyceilings/roles/auditor", wish).status_code == 200
    assert (
        as_owner.put("/organizations/default/keyceiling", {"fixed_ends": True}).status_code == 200
    )

    listed = as_owner.get("/keyceilings").json()
    assert [(one["role"], one["fixed_ends"]) for one in listed] == [("", True), ("auditor", False)]
    assert listed[1]["scopes"] == ["coder:all", "user:read"]
    assert as_alice.get("/keyceilings").json() == []
    assert as_owner.delete("/keyceilings/roles/auditor").status_code == 204
    assert as_owner.delete("/keyceilings/roles/auditor").status_code == 404
    assert {entry.action for entry in Entry.objects.filter(resource_type="key_ceiling")} == {
        "write", "delete",
    }  # fmt: skip


def test_whoever_may_change_an_organization_sets_its_ceiling(alice: User) -> None:
    admin = make_user("adm", organization_roles=["organization-admin"])
    path = "/organizations/default/keyceiling"

    assert signed_in(admin).put(path, {"max_keys": 3}).status_code == 200
    assert len(signed_in(admin).get("/keyceilings").json()) == 1
    assert signed_in(admin).put("/keyceilings/roles/member", {}).status_code == 404
    assert signed_in(alice).put(path, {"max_keys": 3}).status_code == 404


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"max_lifetime": 0}, "max_lifetime"),
        ({"max_lifetime": -1}, "max_lifetime"),
        ({"max_keys": -1}, "max_keys"),
        ({"scopes": ["fly"]}, "scopes"),
    ],
)
def test_what_no_ceiling_can_be_is_refused(as_owner: Api, wish: dict[str, Any], field: str) -> None:
    answer = as_owner.put("/keyceilings/roles/member", wish)

    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["validations"]] == [field]
    assert as_owner.put("/keyceilings/roles/nobody", {}).status_code == 404


def test_ceilings_are_set_by_command(db: None) -> None:
    out = StringIO()
    call_command(
        "ceilings", "set", "--role=member", "--max-lifetime=30d", "--max-keys=9", stdout=out
    )
    assert "tokens review" in out.getvalue()
    listed = StringIO()
    call_command("ceilings", "list", "--json", stdout=listed)
    (row,) = json.loads(listed.getvalue())["ceilings"]
    assert (row["max_lifetime_seconds"], row["max_keys"]) == (30 * DAY, 9)
    call_command("ceilings", "remove", "--role=member", stdout=StringIO())
    assert not KeyCeiling.objects.exists()


def reviewed() -> dict[str, tuple[str, ...]]:
    return {one.key.name: one.losses for one in keys_above_ceilings()}


def test_tokens_above_a_new_ceiling_are_listed_and_brought_under_it(alice: User) -> None:
    api = signed_in(alice)
    token(api, token_name="full")
    token(api, token_name="wide", scopes=["workspace:read", "task:read"])
    token(api, token_name="fits", scopes=READ, lifetime=NANOSECONDS * DAY, renews=False)
    KeyCeiling.objects.create(
        role="member", forbids_full_access=True, scopes=READ, max_lifetime_seconds=DAY,
        fixed_ends=True,
    )  # fmt: skip

    found = reviewed()
    assert set(found) == {"full", "wide"}
    assert "The site role Member forbids keys for everything" in found["full"][0]
    assert found["wide"][0] == "task:read: beyond The site role Member"
    call_command("tokens", "review", stdout=StringIO())
    assert reviewed() == found, "without --apply nothing changes"

    call_command("tokens", "review", "--apply", "--yes", stdout=StringIO())

    assert reviewed() == {}
    wide = Key.objects.get(name="wide")
    assert wide.scopes == READ
    assert wide.has_fixed_end
    assert wide.expires_at <= timezone.now() + timedelta(days=1)
    assert Key.objects.get(name="full").has_expired(timezone.now())
    changed = Entry.objects.filter(action="write", resource_target="wide").latest("at")
    assert changed.diff["scopes"]["new"] == READ


def test_too_many_tokens_are_those_used_longest_ago(alice: User) -> None:
    api = signed_in(alice)
    for name in ("a", "b", "c"):
        token(api, token_name=name)
    Key.objects.filter(name="a").update(last_used_at=timezone.now() + timedelta(hours=1))
    KeyCeiling.objects.create(role="member", max_keys=2)

    assert set(reviewed()) == {"b"}
    call_command("tokens", "review", "--apply", "--yes", stdout=StringIO())
    assert reviewed() == {}
    assert Key.objects.get(name="b").has_expired(timezone.now())


def test_a_review_costs_the_same_for_many(alice: User) -> None:
    KeyCeiling.objects.create(role="member", forbids_full_access=True)
    make_key(alice, login_type="token")

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            list(keys_above_ceilings())
        return len(queries)

    one = statements()
    for number in range(30):
        make_key(make_user(f"u{number}"), login_type="token")
    assert statements() == one


def caller_of(user: User) -> Caller:
    caller = find_caller(make_key(user)[:10])
    assert caller is not None
    return caller


def is_made(caller: Caller, user: User, wish: TokenWish) -> bool:
    try:
        token_issue(caller=caller, user=user, wish=wish)
    except Forbidden:
        return False
    return True


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_six_at_once_do_not_pass_the_number(alice: User, settings: Settings) -> None:
    settings.MAX_KEYS_PER_USER = 3
    caller = caller_of(alice)

    made = at_once(*[lambda: is_made(caller, alice, TokenWish(scopes=READ))] * 6)

    assert sorted(made) == [False] * 3 + [True] * 3
    assert Key.objects.tokens().count() == 3


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_no_token_above_a_ceiling_is_made_once_it_is_set(alice: User, owner: User) -> None:
    makers, setter = [caller_of(alice) for _ in range(4)], caller_of(owner)
    set_at: list[Any] = []

    def mint(caller: Caller) -> None:
        for _ in range(5):
            is_made(caller, alice, TokenWish())

    def lower() -> None:
        wish = CeilingWish(forbids_full_access=True)
        ceiling_set(caller=setter, wish=wish, role="member")
        set_at.append(timezone.now())

    at_once(*[lambda caller=caller: mint(caller) for caller in makers], lower)

    assert not Key.objects.tokens().filter(created_at__gt=set_at[0]).exists()
