"""Hold the engine against a naive transcription of the rule, and against its own promises."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scopes.engine import allow_list as lists
from scopes.engine.catalog import FULL, scopes_cover
from scopes.engine.decision import AllowEntry, Grant, Object, Subject, decide, prepare
from scopes.engine.explain import explain
from scopes.engine.policy import RESOURCES
from scopes.engine.roles import ORGANIZATION_ROLES, SITE_ROLES, Permission, Role
from tests.scopes.engine import naive

POLICY = dict(RESOURCES)
ALICE, MALLORY = "alice", "mallory"
TYPES = ["workspace", "template", "file", "user", "organization"]
ACTIONS = ["read", "create", "update", "ssh", "use"]
EVERYTHING: list[AllowEntry] = [("*", "*")]
SCOPES = [
    FULL,
    "application_connect",
    "no_user_data",
    "workspace:*",
    "workspace:read",
    "workspace:create",
    "template:read",
    "user:*",
    "user:read",
    "file:create",
    *naive.COMPOSITES,
]

quick = settings(derandomize=True, max_examples=200, deadline=None)

permissions = st.lists(
    st.builds(
        Permission,
        st.sampled_from([*TYPES, "*", "bogus"]),
        st.sampled_from([*ACTIONS, "*", "bogus"]),
        st.sampled_from([False, False, False, True]),
    ),
    max_size=3,
).map(tuple)
custom_roles = st.builds(
    Role,
    st.just("custom"),
    st.just(""),
    site=permissions,
    user=permissions,
    organization=permissions,
)
organizations = st.sampled_from(["org-a", "org-b"])
grants = st.lists(
    st.one_of(
        st.builds(Grant, st.sampled_from(list(SITE_ROLES.values()))),
        st.builds(Grant, custom_roles),
        st.builds(Grant, st.sampled_from(list(ORGANIZATION_ROLES.values())), organizations),
        st.builds(Grant, custom_roles, organizations),
    ),
    max_size=4,
)
acls = st.dictionaries(
    st.sampled_from([ALICE, MALLORY, "group-1", "group-2", "org-a", "org-c"]),
    st.lists(st.sampled_from([*ACTIONS, "*"]), max_size=2),
    max_size=2,
)
objects = st.builds(
    Object,
    type=st.sampled_from([*TYPES, *TYPES, "bogus"]),
    id=st.sampled_from(["", "id-1", "id-2"]),
    owner=st.sampled_from(["", ALICE, ALICE, MALLORY]),
    organization=st.sampled_from(["", "org-a", "org-a", "org-b", "org-c", naive.NIL]),
    any_organization=st.sampled_from([False, False, True]),
    acl_users=acls,
    acl_groups=acls,
)
actions = st.sampled_from([*ACTIONS, *ACTIONS, "*", "bogus"])
scope_sets = st.lists(st.sampled_from(SCOPES), max_size=3)
groups = st.lists(st.sampled_from(["group-1", "group-2"]), unique=True)
allow_lists = st.one_of(
    st.just(EVERYTHING),
    st.lists(
        st.tuples(st.sampled_from([*TYPES, "*"]), st.sampled_from(["", "id-1", "id-2", "*"])),
        max_size=4,
    ),
)
holdings = st.fixed_dictionaries({"grants": grants, "groups": groups})


def _alice(
    holding: dict[str, Any],
    scopes: list[str] | None = None,
    allow_list: list[AllowEntry] | None = None,
) -> Subject:
    return prepare(
        id=ALICE,
        **holding,
        scopes=[FULL] if scopes is None else scopes,
        allow_list=EVERYTHING if allow_list is None else allow_list,
    )


def _naive_subject(
    holding: dict[str, Any], scopes: list[str], allow_list: list[AllowEntry]
) -> dict[str, Any]:
    def triples(items: tuple[Permission, ...]) -> list[naive.Triple]:
        return [(p.resource, p.action, p.negate) for p in items]

    roles = [
        {
            "site": triples(g.role.site),
            "user": triples(g.role.user),
            "org": {g.organization: triples(g.role.organization)} if g.organization else {},
        }
        for g in holding["grants"]
    ]
    return {
        "id": ALICE,
        "roles": roles,
        "groups": holding["groups"],
        "scopes": scopes,
        "allow_list": allow_list,
    }


def _naive_object(obj: Object) -> dict[str, Any]:
    return {
        "type": obj.type,
        "id": obj.id,
        "owner": obj.owner,
        "org_owner": obj.organization,
        "any_org": obj.any_organization,
        "acl_users": obj.acl_users,
        "acl_groups": obj.acl_groups,
    }


@settings(quick, max_examples=1000)
@given(holdings, scope_sets, allow_lists, actions, objects)
def test_engine_agrees_with_the_naive_rule(
    holding: dict[str, Any], scopes: list[str], allow: list[AllowEntry], action: str, obj: Object
) -> None:
    decision = decide(_alice(holding, scopes, allow), action, obj)
    subject, plain = _naive_subject(holding, scopes, allow), _naive_object(obj)
    assert decision.allowed == naive.decide(subject, action, plain, POLICY)
    assert bool(decision) == decision.allowed == (not decision.missing)
    if naive.is_senseless(action, plain, POLICY):
        assert decision.missing in (("unknown",), ("conflict",))
        return
    by_role, by_scope, is_listed = naive.judge(subject, action, plain, POLICY)
    assert by_role == ("role" not in decision.missing and "membership" not in decision.missing)
    assert by_scope == ("scope" not in decision.missing)
    assert is_listed == ("allow_list" not in decision.missing)


@quick
@given(holdings, actions, objects)
def test_missing_membership_is_named_only_outside_the_organization(
    holding: dict[str, Any], action: str, obj: Object
) -> None:
    decision = decide(_alice(holding), action, obj)
    if "membership" in decision.missing:
        inside = {grant.organization for grant in holding["grants"]} - {""}
        assert obj.organization not in inside
        assert obj.organization or (obj.any_organization and not inside)


@quick
@given(holdings, scope_sets, actions, objects)
def test_scopes_only_narrow(
    holding: dict[str, Any], scopes: list[str], action: str, obj: Object
) -> None:
    assert decide(_alice(holding), action, obj) or not decide(_alice(holding, scopes), action, obj)


@quick
@given(holdings, scope_sets, st.sampled_from(SCOPES), actions, objects)
def test_one_more_scope_never_takes_anything_away(
    holding: dict[str, Any], scopes: list[str], more: str, action: str, obj: Object
) -> None:
    wider = decide(_alice(holding, [*scopes, more]), action, obj)
    assert wider or not decide(_alice(holding, scopes), action, obj)


@quick
@given(holdings, scope_sets, allow_lists, actions, objects)
def test_allow_lists_only_narrow(
    holding: dict[str, Any], scopes: list[str], allow: list[AllowEntry], action: str, obj: Object
) -> None:
    narrowed = decide(_alice(holding, scopes, allow), action, obj)
    assert decide(_alice(holding, scopes), action, obj) or not narrowed


@quick
@given(holdings, allow_lists, actions, objects)
def test_normalizing_a_list_changes_no_decision(
    holding: dict[str, Any], allow: list[AllowEntry], action: str, obj: Object
) -> None:
    normal = decide(_alice(holding, None, list(lists.normalize(allow))), action, obj)
    assert normal == decide(_alice(holding, None, allow), action, obj)


@quick
@given(holdings, scope_sets, allow_lists, actions, objects)
def test_explanation_never_disagrees_with_the_decision(
    holding: dict[str, Any], scopes: list[str], allow: list[AllowEntry], action: str, obj: Object
) -> None:
    subject = _alice(holding, scopes, allow)
    decision, told = decide(subject, action, obj), explain(subject, action, obj)
    assert (told.allowed, told.level, told.missing) == (
        decision.allowed,
        decision.level,
        decision.missing,
    )
    assert told.hint.endswith(".")
    assert (told.permission is None) == (decision.level is None)
    assert told.negated == ("role" in decision.missing and decision.level is not None)
    if decision.missing not in (("unknown",), ("conflict",)):
        assert (told.scope is None) == ("scope" in decision.missing)


@quick
@given(holdings, scope_sets, allow_lists, actions, objects)
def test_explained_permission_is_one_that_matches(
    holding: dict[str, Any], scopes: list[str], allow: list[AllowEntry], action: str, obj: Object
) -> None:
    told = explain(_alice(holding, scopes, allow), action, obj)
    if told.permission is not None:
        resource, _, verb = told.permission.partition(":")
        assert resource in (obj.type, "*")
        assert verb in (action, "*")
        holders = {(grant.role.name, grant.organization or None) for grant in holding["grants"]}
        assert told.level == "acl" or (told.role, told.organization) in holders


@quick
@given(holdings, scope_sets, scope_sets, allow_lists, allow_lists, actions, objects)
def test_covered_key_can_do_nothing_its_maker_cannot(
    holding: dict[str, Any],
    held: list[str],
    wanted: list[str],
    held_list: list[AllowEntry],
    wanted_list: list[AllowEntry],
    action: str,
    obj: Object,
) -> None:
    covered = [name for name in wanted if name not in scopes_cover(held, wanted)]
    if not lists.covers(held_list, wanted_list):
        wanted_list = held_list
    made = decide(_alice(holding, covered, wanted_list), action, obj)
    assert decide(_alice(holding, held, held_list), action, obj) or not made
