"""Search members with the `q` of a list of members (authorization.md 5.4)."""

from typing import Any

from coderauth.errors import InvalidRequest
from coderauth.http.query import QueryReader, long_integer, uuid_or_none
from coderauth.http.search import parse_terms

REFUSAL = "invalid_member_search"
# There are no system users, so including them changes nothing.
KEYS = frozenset({"user_id", "github_user_id", "include_system"})


def parse_search(text: str) -> dict[str, Any]:
    """Parse a `q` into a filter of memberships; raises InvalidRequest."""
    terms = parse_terms(text, refusal=REFUSAL)
    reader = QueryReader(terms)
    wanted = {
        "user_id": reader.single("user_id", uuid_or_none, None),
        "user__github_com_user_id": reader.single("github_user_id", long_integer, 0),
    }
    wrong = [*reader.wrong, *terms.unknown(KEYS)]
    if wrong:
        raise InvalidRequest(REFUSAL, validations=wrong)
    return {name: value for name, value in wanted.items() if value}
