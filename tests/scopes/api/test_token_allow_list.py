from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from tests.people import Api
from tests.scopes.keyring import NOT_FOUND, row_of, token

TOKENS = "/users/me/keys/tokens"
ONE = "0b0f5c0a-4a3e-4f0e-8a53-0f4d3a5f0001"


# authorization.md 7.2 (H): normal form; the JSON form is the string `type:id` and round-trips.
@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (None, ["*:*"]),
        ([], ["*:*"]),
        (["*:*"], ["*:*"]),
        (["*:*", f"workspace:{ONE}"], ["*:*"]),
        ([f"workspace:{ONE}", "template:*", "workspace:*", f"workspace:{ONE}"],
         ["template:*", "workspace:*"]),
        ([f"*:{ONE}"], [f"*:{ONE}"]),
        ([f"workspace:{ONE.upper()}", f"workspace:{ONE}"], [f"workspace:{ONE}"]),
        (["user:*", "api_key:*"], ["api_key:*", "user:*"]),
    ],
)  # fmt: skip
def test_list_is_stored_in_normal_form(as_alice: Api, sent: list[str], stored: list[str]) -> None:
    secret = token(as_alice, allow_list=sent)

    assert as_alice.get(f"/users/me/keys/{secret[:10]}").json()["allow_list"] == stored


# authorization.md 3.4 step 4: malformed entries already fail in decoding, texts exact.
@pytest.mark.parametrize(
    ("entry", "detail"),
    [
        ("workspace", 'invalid allow_list entry "workspace": want <type>:<id>'),
        ("workspace:", 'invalid allow_list entry "workspace:": want <type>:<id>'),
        (":*", 'invalid allow_list entry ":*": want <type>:<id>'),
        ("", 'invalid allow_list entry "": want <type>:<id>'),
        ("nope:*", 'unknown resource type "nope"'),
        ("Workspace:*", 'unknown resource type "Workspace"'),
        (" workspace:*", 'unknown resource type " workspace"'),
        ("workspace:notauuid", 'invalid workspace ID (must be UUID): "notauuid"'),
        ("workspace:*:x", 'invalid workspace ID (must be UUID): "*:x"'),
        ("workspace: *", 'invalid workspace ID (must be UUID): " *"'),
        ("*:notauuid", 'invalid * ID (must be UUID): "notauuid"'),
    ],
)
def test_malformed_entry_is_refused(as_alice: Api, entry: str, detail: str) -> None:
    answer = as_alice.post(TOKENS, {"allow_list": ["template:*", entry]})

    assert (answer.status_code, answer.json()) == (
        400,
        {"message": "Request body must be valid JSON.", "detail": detail},
    )


@pytest.mark.parametrize("value", ["workspace:*", {"workspace": "*"}, [1], [["workspace:*"]]])
def test_list_of_another_type_is_refused(as_alice: Api, value: Any) -> None:
    answer = as_alice.post(TOKENS, {"allow_list": value})

    assert answer.status_code == 400
    assert answer.json()["message"] == "Request body must be valid JSON."


# authorization.md 7.2: more than 128 entries rejected; counted before duplicates are dropped.
@pytest.mark.parametrize("entries", [["workspace:*"] * 129, ["*:*"] * 5000])
def test_too_many_entries_are_refused(as_alice: Api, entries: list[str]) -> None:
    answer = as_alice.post(TOKENS, {"allow_list": entries})

    assert (answer.status_code, answer.json()) == (
        400,
        {
            "message": "Failed to create API key.",
            "detail": f"allow_list has {len(entries)} entries; max allowed is 128",
        },
    )


def test_128_entries_are_accepted(as_alice: Api) -> None:
    entries = sorted(f"workspace:{uuid4()}" for _ in range(128))

    assert row_of(token(as_alice, allow_list=entries)).allow_list == entries


# authorization.md 2.7 (H): without an entry covering `user:<own id>` even `/users/me` is 404.
def test_list_must_cover_what_the_calls_touch(as_alice: Api, alice: User) -> None:
    elsewhere = Api(token(as_alice, allow_list=[f"workspace:{ONE}"]))
    covering = [f"user:{alice.pk}"], ["user:*"], [f"*:{alice.pk}"], ["*:*"]

    refused = elsewhere.get("/users/me")

    assert (refused.status_code, refused.json()) == (404, NOT_FOUND)
    for entries in covering:
        assert Api(token(as_alice, allow_list=entries)).get("/users/me").status_code == 200


def test_list_of_one_organization_hides_the_others(as_owner: Api) -> None:
    home = as_owner.get("/organizations/default").json()["id"]
    inside = Api(token(as_owner, allow_list=[f"organization:{home}"]))
    outside = Api(token(as_owner, allow_list=[f"organization:{uuid4()}"]))

    assert inside.get(f"/organizations/{home}").status_code == 200
    assert outside.get(f"/organizations/{home}").status_code == 404
    assert outside.get("/organizations").json() == []


# authorization.md 2.7: probes without an id are false unless the list has (type,*) or (*,*).
def test_probe_without_an_id_needs_the_whole_type(as_alice: Api) -> None:
    probe = {"checks": {"mine": {"object": {"resource_type": "file", "owner_id": "me"},
                                 "action": "read"}}}  # fmt: skip
    one, every = (
        Api(token(as_alice, allow_list=entries)) for entries in ([f"file:{ONE}"], ["file:*"])
    )

    assert one.post("/authcheck", probe).json() == {"mine": False}
    assert every.post("/authcheck", probe).json() == {"mine": True}
