"""Whatever a query, a path or a header says, it is refused by name or answered; never a 500."""

from random import Random
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from accounts.people.search import KEYS as PEOPLE_KEYS
from audit.search import KEYS as AUDIT_KEYS
from coderauth.http.openapi_document import document
from scopes.organizations.member_search import KEYS as MEMBER_KEYS
from tests.invariants.routes import ROWS, World, make_world

# What lies at the edges of numbers, dates, ids, texts and the grammar of `q`.
VALUES = (
    "", "0", "-0", "-1", "+5", "1e3", "2147483647", "2147483648", "9" * 19, "9" * 400, "\u0663",
    "true", "TRUE", "no", "me", "*", "default", "00000000-0000-0000-0000-000000000000",
    "{00000000-0000-0000-0000-000000000001}", "urn:uuid:00000000000000000000000000000001",
    "0001-01-01", "9999-12-31", "2026-02-30", "10000-01-01", "-001-01-01", "2026-1-1",
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
    "9999-12-31T23:59:59.999999999Z", "2026-06-30T23:59:60Z", "2026-01-01T24:00:00Z",
    "\x00", "a\x00b", "\ud800", "\ufffe", "\u0130", "\u212a", "%", "_", "\\", "'", '"', '""', ":",
    "a:b:c", ",", ",,", "a,b", "owner", "owner,member", "x" * 5_000, "\U0001f511" * 300,
)  # fmt: skip
TERMS = (
    "status", "role", "login_type", "github_com_user_id", "last_seen_before", "last_seen_after",
    "created_before", "created_after", "action", "resource_type", "resource_id", "request_id",
    "resource_target", "username", "email", "organization", "date_from", "date_to", "user_id",
    "github_user_id", "include_system", "service_account", "search", "unknown", "",
)  # fmt: skip
HEADERS = (
    "Accept", "Accept-Language", "Accept-Encoding", "Content-Type", "User-Agent", "Referer",
    "Origin", "Cookie", "If-None-Match", "Range", "X-Forwarded-For", "Authorization",
    "Coder-Session-Token", "X-CSRF-Token", "Content-Length",
)  # fmt: skip
PRINCIPALS = ("owner", "alice", "alice's user:read")
BYTES = ("utf-8", "surrogatepass")
SHOWN = tuple(row for row in ROWS if row.method == "GET")


def parameters() -> tuple[str, ...]:
    """Return the name of every parameter that some route takes."""
    named = {
        parameter["name"]
        for path in document()["paths"].values()
        for operation in path.values()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query"
    }
    assert {"q", "limit", "after_id", "include_expired"} <= named
    return tuple(sorted(named))


class Asking:
    """Makes queries by chance."""

    def __init__(self, chance: Random, names: tuple[str, ...]) -> None:
        self.chance = chance
        self.names = names

    def value(self) -> str:
        return self.chance.choice(VALUES)

    def search(self) -> str:
        terms = (
            self.chance.choice((f"{{}}:{self.value()}", f'{{}}:"{self.value()}"', self.value()))
            for _ in range(self.chance.randrange(4))
        )
        return " ".join(term.replace("{}", self.chance.choice(TERMS)) for term in terms)

    def query(self) -> list[tuple[str, str]]:
        chosen = [self.chance.choice(self.names) for _ in range(self.chance.randrange(4))]
        return [("q", self.search()), *((name, self.value()) for name in chosen)]

    def path(self, world: World) -> str:
        row = self.chance.choice(SHOWN)
        path = row.path.partition("?")[0].format_map(world.names)
        if self.chance.randrange(4) == 0:
            steps = path.split("/")
            steps[self.chance.randrange(1, len(steps))] = quote(self.value()[:400].encode(*BYTES))
            path = "/".join(steps)
        pairs = ((name, value.encode(*BYTES)) for name, value in self.query())
        return f"{path}?{urlencode([*pairs])}"

    def headers(self) -> dict[str, str]:
        if self.chance.randrange(3):
            return {}
        value = self.value().encode(*BYTES).decode("latin-1")
        return {self.chance.choice(HEADERS).replace("-", "_"): value}


@pytest.mark.django_db
def test_whatever_a_query_says_it_is_answered_or_refused() -> None:
    world, names = make_world(), parameters()
    statuses: set[int] = set()

    @examples(max_examples=12, database=None)
    @given(st.integers(0, 2**32))
    def ask(seed: int) -> None:
        asking = Asking(Random(seed), names)
        for _ in range(40):
            api = world.clients[asking.chance.choice(PRINCIPALS)]
            # Each answer is held to the OpenAPI document, too, which promises no 500.
            statuses.add(api.get(asking.path(world), **asking.headers()).status_code)

    ask()
    assert {200, 400, 404} <= statuses


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("/users", PEOPLE_KEYS),
        ("/audit", AUDIT_KEYS),
        ("/organizations/default/members", MEMBER_KEYS),
    ],
)
def test_every_term_of_a_search_takes_or_refuses_every_value(
    path: str, keys: frozenset[str]
) -> None:
    owner = make_world().clients["owner"]
    for key in sorted(keys):
        for value in VALUES:
            query = urlencode({"q": f'{key}:"{value}"'.encode(*BYTES)})
            assert owner.get(f"{path}?{query}").status_code in {200, 400}, (key, value)
