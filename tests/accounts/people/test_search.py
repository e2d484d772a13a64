"""The grammar of `q` and what it means for people (accounts.md 1.17, T127, T128)."""

from datetime import UTC, datetime

import pytest

from accounts.people.search import UserSearch, parse_search
from coderauth.errors import InvalidRequest

TWICE = "provided more than once, found 2 times. Only provide 1 instance of this query param."


def wrong(text: str) -> list[tuple[str, str]]:
    with pytest.raises(InvalidRequest) as caught:
        parse_search(text)
    assert caught.value.message == "Invalid user search query."
    return [(one.field, one.detail) for one in caught.value.validations]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", UserSearch()),
        ("   ", UserSearch()),
        ("user-name", UserSearch(text="user-name")),
        ("   user-name   ", UserSearch(text="user-name")),
        ("two   words", UserSearch(text="two words")),
        ("user stAtus:actiVe", UserSearch(text="user", statuses=("active",))),
        ("a status:active b", UserSearch(text="a b", statuses=("active",))),
        ("status:suspended role:owner", UserSearch(statuses=("suspended",), roles=("owner",))),
        ("status:active,suspended", UserSearch(statuses=("active", "suspended"))),
        ("status:active status:suspended", UserSearch(statuses=("active", "suspended"))),
        ('search:"user name"', UserSearch(text="user name")),
        ('"search":"user:name"', UserSearch(text="user:name")),
        ('"user name"', UserSearch(text='"user name"')),
        ('search:""', UserSearch()),
        ("login_type:none,password", UserSearch(login_types=("none", "password"))),
        ("login_type:oauth2_provider_app", UserSearch(login_types=("oauth2_provider_app",))),
        ("role:no-such-role", UserSearch(roles=("no-such-role",))),
        ("github_com_user_id:123", UserSearch(github_com_user_id=123)),
        ("github_com_user_id:0", UserSearch()),
        (
            'created_after:"2023-01-14T23:59:59+01:00"',
            UserSearch(created_after=datetime(2023, 1, 14, 22, 59, 59, tzinfo=UTC)),
        ),
    ],
)
def test_what_is_asked_for(text: str, expected: UserSearch) -> None:
    assert parse_search(text) == expected


@pytest.mark.parametrize("text", [":x", "x:", 'status:active "x":', ":"])
def test_a_colon_stands_between(text: str) -> None:
    term = text.rpartition(" ")[2]
    assert wrong(text) == [("q", f"Query element \"{term}\" cannot start or end with ':'")]


def test_a_term_has_one_colon_outside_of_quotes() -> None:
    assert wrong("search:name:extra bogus:1") == [
        ("q", "Query element \"search:name:extra\" can only contain 1 ':'")
    ]
    assert wrong("created_before:2023-01-14T23:59:59Z")[0][0] == "q"


def test_everything_that_is_wrong_is_told() -> None:
    found = wrong(
        "status:inActive,active,gone foo:bar search:a search:b github_com_user_id:x "
        'login_type:carrier last_seen_before:yesterday Role:owner "q":1'
    )
    assert found[0] == (
        "search",
        f'Query param "search" {TWICE}',
    )
    assert dict(found[1:]) == {
        "status": (
            'Query param "status" has invalid values: "inactive" is not a valid value\n'
            '"gone" is not a valid value'
        ),
        "login_type": (
            'Query param "login_type" has invalid values: "carrier" is not a valid value'
        ),
        "github_com_user_id": (
            'Query param "github_com_user_id" must be a valid 64-bit integer: '
            'strconv.ParseInt: parsing "x": invalid syntax'
        ),
        "last_seen_before": (
            'Query param "last_seen_before" must be a valid date format '
            "(2006-01-02T15:04:05.999999999Z07:00): "
            "must be a time such as 2025-09-01T12:00:00Z (RFC 3339)"
        ),
        "foo": '"foo" is not a valid query param',
        "q": '"q" is not a valid query param',
    }


@pytest.mark.parametrize(
    "number", ["9223372036854775808", "-9223372036854775809", "9" * 5000, "0x1", "1_0", "٣"]
)
def test_a_number_is_one_of_64_bits(number: str) -> None:
    assert [field for field, _ in wrong(f"github_com_user_id:{number}")] == ["github_com_user_id"]
    assert parse_search("github_com_user_id:9223372036854775807").github_com_user_id == 2**63 - 1
