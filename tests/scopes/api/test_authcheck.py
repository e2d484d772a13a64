from typing import Any
from uuid import UUID, uuid4

import pytest

from accounts.models import User
from scopes.models import Group, GroupMembership, Organization
from tests.people import Api, make_user, signed_in
from tests.scopes.keyring import narrowed
from tests.scopes.questions import about, ask


# authorization.md 7.6: the five probes; (H) the own-workspace probe carries the organization id.
def probes(home: str) -> dict[str, dict[str, Any]]:
    return {
        "all-users": about("read", "user"),
        "self": about("read", "user", owner_id="me"),
        "own-workspaces": about("read", "workspace", owner_id="me", organization_id=home),
        "organization-workspaces": about("read", "workspace", organization_id=home),
        "template": about("update", "template", organization_id=home),
    }


@pytest.mark.parametrize(
    ("roles", "organization_roles", "allowed"),
    [
        (["owner"], [], "all-users self own-workspaces organization-workspaces template"),
        ([], ["organization-admin"],
         "all-users self own-workspaces organization-workspaces template"),
        ([], [], "self own-workspaces"),
    ],
    ids=["owner", "organization-admin", "member"],
)  # fmt: skip
def test_probes_of_the_built_in_roles(
    home: str, roles: list[str], organization_roles: list[str], allowed: str
) -> None:
    api = signed_in(make_user("someone", roles=roles, organization_roles=organization_roles))

    answers = ask(api, **probes(home))

    assert {name for name, answer in answers.items() if answer} == set(allowed.split())


# 4: absent/empty `checks` → `{}`.
@pytest.mark.parametrize("raw", [b"{}", b'{"checks":{}}', b'{"checks":null}', b"null"])
def test_nothing_asked_is_nothing_answered(as_alice: Api, raw: bytes) -> None:
    answer = as_alice("POST", "/authcheck", raw=raw)

    assert (answer.status_code, answer.json()) == (200, {})


def test_any_valid_key_may_ask_and_nobody_else(alice: User, anonymous: Api) -> None:
    checks = {"checks": {"me": about("read", "user", owner_id="me")}}

    assert narrowed(alice, "workspace:read").post("/authcheck", checks).json() == {"me": False}
    assert narrowed(alice, "user:read").post("/authcheck", checks).json() == {"me": True}
    assert anonymous.post("/authcheck", checks).status_code == 401


@pytest.mark.parametrize("name", ["", " ", "a/b", "ünï", "💥", "__proto__", "x" * 5000, "\\u0001"])
def test_names_are_echoed_as_they_are(as_alice: Api, name: str) -> None:
    assert ask(as_alice, **{name: about("read", "user", owner_id="me")}) == {name: True}


# Step 1: above 10 → 400; it precedes all other validation.
def test_resource_id_may_be_used_ten_times(as_alice: Api, alice: User) -> None:
    by_id = about("read", "user", resource_id=str(alice.pk))
    ten = {f"c{number}": by_id for number in range(10)}
    thirteen = {f"c{number}": about("x", "", resource_id="garbage") for number in range(13)}

    assert ask(as_alice, **ten, more=about("read", "user", owner_id="me")) == {
        **dict.fromkeys(ten, True),
        "more": True,
    }
    refused = as_alice.post("/authcheck", {"checks": thirteen})
    assert (refused.status_code, refused.json()) == (
        400,
        {
            "message": 'Endpoint only supports using "resource_id" field 10 times, found 13 '
            "usages. Remove 3 objects with this field set."
        },
    )


# Step 2, texts exact; any failing check aborts the whole request.
@pytest.mark.parametrize(
    "check", [{}, None, {"object": {}, "action": "read"}, {"object": None}, {"action": "read"}]
)
def test_resource_type_is_required(as_alice: Api, check: Any) -> None:
    good = about("read", "user", owner_id="me")

    refused = as_alice.post("/authcheck", {"checks": {"good": good, "bad": check}})

    assert (refused.status_code, refused.json()) == (
        400,
        {"message": 'Object\'s "resource_type" field must be defined for key "bad".'},
    )


@pytest.mark.parametrize(
    ("identifier", "reason"),
    [
        ("x", "invalid UUID length: 1"),
        ("x" * 36, "invalid UUID format"),
        (" ", "invalid UUID length: 1"),
    ],
)
@pytest.mark.parametrize("kind", ["user", "workspace", "nonsense"])
def test_resource_id_must_be_a_uuid_whatever_the_type(
    as_alice: Api, identifier: str, reason: str, kind: str
) -> None:
    refused = as_alice.post(
        "/authcheck", {"checks": {"c": about("read", kind, resource_id=identifier)}}
    )

    assert (refused.status_code, refused.json()) == (
        400,
        {
            "message": f'Object "{identifier}" id is not a valid uuid.',
            "validations": [{"field": "resource_id", "detail": reason}],
        },
    )


@pytest.mark.parametrize(
    "kind", ["organization_member", "audit_log", "system", "group_member", "nonsense", "*"]
)
def test_type_without_stored_rows_has_no_resource_id(as_alice: Api, kind: str) -> None:
    text = f'Object type "{kind}" does not support "resource_id" field.'

    refused = as_alice.post(
        "/authcheck", {"checks": {"c": about("read", kind, resource_id=str(uuid4()))}}
    )

    assert (refused.status_code, refused.json()) == (
        400,
        {"message": text, "validations": [{"field": "resource_type", "detail": text}]},
    )


@pytest.mark.parametrize(
    "kind", ["user", "group", "organization", "api_key", "workspace", "template", "file"]
)
def test_unknown_id_is_a_no(as_owner: Api, kind: str) -> None:
    assert ask(as_owner, c=about("read", kind, resource_id=str(uuid4()))) == {"c": False}


def forms(identifier: UUID) -> list[str]:
    plain = str(identifier)
    return [plain, plain.upper(), identifier.hex, f"{{{plain}}}", f"urn:uuid:{plain}"]


def test_uuid_may_be_written_in_each_of_its_forms(as_alice: Api, alice: User) -> None:
    checks = {text: about("read", "user", resource_id=text) for text in forms(alice.pk)}

    assert ask(as_alice, **checks) == dict.fromkeys(checks, True)


# Found → the stored row's object replaces everything the caller sent.
def test_stored_object_replaces_the_described_one(
    as_alice: Api, as_owner: Api, alice: User, mallory: User, home: str
) -> None:
    lie = {"owner_id": "me", "organization_id": home, "any_org": True}

    assert ask(as_alice, c=about("read", "user", resource_id=str(mallory.pk), **lie)) == {
        "c": False
    }
    truth = about("read", "user", resource_id=str(alice.pk), owner_id=str(mallory.pk), any_org=True)
    assert ask(as_alice, c=truth) == {"c": True}
    assert ask(as_owner, c=about("delete", "user", resource_id=str(mallory.pk))) == {"c": True}


# Fetched with the caller's own `read` permission and scope.
def test_lookup_needs_the_scope_to_read(alice: User) -> None:
    check = about("update_personal", "user", resource_id=str(alice.pk))

    assert ask(narrowed(alice, "user:update_personal"), c=check) == {"c": False}
    assert ask(narrowed(alice, "user:update_personal", "user:read"), c=check) == {"c": True}


def test_deleted_user_is_found_by_id(as_owner: Api, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_deleted=True)

    assert ask(as_owner, c=about("read", "user", resource_id=str(alice.pk))) == {"c": True}


# authorization.md 1.11, 5.7: members may read their group, other members may not.
def test_group_is_readable_by_its_members(
    as_alice: Api, as_mallory: Api, alice: User, home: str
) -> None:
    group = Group.objects.create(organization=Organization.objects.get(pk=home), name="devs")
    GroupMembership.objects.create(user=alice, group=group)
    checks = {
        "read": about("read", "group", resource_id=str(group.pk)),
        "update": about("update", "group", resource_id=str(group.pk)),
    }

    assert ask(as_alice, **checks) == {"read": True, "update": False}
    assert ask(as_mallory, **checks) == {"read": False, "update": False}


# `owner_id` and `organization_id` are opaque: neither usernames nor `default` are resolved.
def test_names_are_not_resolved(as_alice: Api, alice: User, home: str) -> None:
    def own(owner: str, organization: str = home) -> dict[str, Any]:
        return about("read", "workspace", owner_id=owner, organization_id=organization)

    assert ask(
        as_alice,
        me=own("me"),
        id=own(str(alice.pk)),
        name=own("alice"),
        case=own("ME"),
        default=own("me", "default"),
        coder=own("me", "coder"),
        nil=own("me", "00000000-0000-0000-0000-000000000000"),
    ) == {
        "me": True, "id": True, "name": False, "case": False,
        "default": False, "coder": False, "nil": False,
    }  # fmt: skip


# Evaluation errors → `false`, still 200; `*` never yields true.
def test_senseless_question_is_a_no(as_owner: Api, home: str) -> None:
    assert ask(
        as_owner,
        both=about("read", "template", any_org=True, organization_id=home),
        type=about("read", "nonsense"),
        action=about("nonsense", "user"),
        wild=about("read", "*"),
        every=about("*", "user"),
        empty=about("", "user"),
        sensible=about("read", "user"),
    ) == {
        "both": False, "type": False, "action": False, "wild": False, "every": False,
        "empty": False, "sensible": True,
    }  # fmt: skip


def test_any_organization(home: str) -> None:
    inside, outside = (signed_in(make_user(n, joins=n == "inside")) for n in ("inside", "outside"))
    check = about("create", "workspace", owner_id="me", any_org=True)

    assert ask(inside, c=check) == {"c": True}
    assert ask(outside, c=check) == {"c": False}


@pytest.mark.parametrize(
    "checks",
    [[], "x", 1, {"c": []}, {"c": "x"}, {"c": {"object": []}}, {"c": {"object": "user"}},
     {"c": {"object": {"resource_type": 1}}}, {"c": {"object": {"resource_type": "user",
      "any_org": "true"}}}, {"c": {"object": {"resource_type": "user"}, "action": 1}},
     {"c": {"object": {"resource_type": "us\0er"}, "action": "read"}}, {"\0": {}}],
)  # fmt: skip
def test_wrong_types_are_refused(as_alice: Api, checks: Any) -> None:
    answer = as_alice.post("/authcheck", {"checks": checks})

    assert answer.status_code == 400
    assert answer.json()["message"] == "Request body must be valid JSON."


# As Coder's decoder: names in any case, unknown fields ignored, null is absent.
def test_unusual_spelling_is_read_like_the_usual_one(as_alice: Api) -> None:
    check = {"ACTION": "read", "Object": {"Resource_Type": "user", "owner_ID": "me",
             "any_org": None, "more": [1]}, "extra": 1}  # fmt: skip

    assert ask(as_alice, c=check) == {"c": True}


def test_trailing_slash_is_the_same_route(as_alice: Api) -> None:
    assert as_alice.post("/authcheck/", {"checks": {}}).status_code == 200
    assert as_alice.get("/authcheck").status_code == 405
