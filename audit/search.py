"""Search the audit with the `q` of `GET /audit`; its grammar is accounts.md 1.17."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet

from audit.models import Entry
from coderauth.errors import InvalidRequest, Validation
from coderauth.http.query import QueryReader, quoted
from coderauth.http.search import FREE_TEXT, parse_terms

REFUSAL = "invalid_audit_search"
TEXTS = (
    "resource_id", "resource_target", "request_id", "username", "email", "organization",
)  # fmt: skip
KEYS = frozenset({FREE_TEXT, "action", "resource_type", "date_from", "date_to", *TEXTS})
# What Coder records, and what we record; a client may ask for any of them.
ACTIONS = (
    "create", "write", "delete", "start", "stop", "login", "logout", "register",
    "request_password_reset", "connect", "disconnect", "open", "close",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EntrySearch:
    """Which entries are wanted; empty fields do not narrow the search."""

    actions: tuple[str, ...] = ()
    resource_types: tuple[str, ...] = ()
    resource_id: str = ""
    resource_target: str = ""
    request_id: str = ""
    username: str = ""
    email: str = ""
    organization: str = ""
    date_from: datetime | None = None
    before: datetime | None = None


def parse_search(text: str) -> EntrySearch:
    """Parse a `q`; raises InvalidRequest with everything that is wrong in it."""
    # PostgreSQL refuses to look for a NUL. No stored text has one, and few have U+FFFD.
    terms = parse_terms(text.replace("\x00", "\ufffd"), refusal=REFUSAL)
    reader = QueryReader(terms)
    actions = terms.words("action")
    texts = {key: reader.single(key, str, "") for key in TEXTS}
    free = reader.single(FREE_TEXT, str, "")
    search = EntrySearch(
        actions=tuple(actions),
        resource_types=tuple(terms.words("resource_type")),
        date_from=reader.single("date_from", _day, None),
        before=reader.single("date_to", _day_after, None),
        **{**texts, "resource_target": texts["resource_target"] or free},
    )
    wrong = [*_unknown_actions(actions), *reader.wrong, *terms.unknown(KEYS)]
    if wrong:
        raise InvalidRequest(REFUSAL, validations=wrong)
    return search


def entries_matching(
    entries: QuerySet[Entry],
    search: EntrySearch,
    *,
    actors: Q | None = None,
    organization_id: object = None,
) -> QuerySet[Entry]:
    """Return the entries that match; the caller of this resolves people and organizations."""
    wanted = actors or Q()
    for name in ("resource_id", "request_id"):
        if value := getattr(search, name):
            wanted &= Q((name, value))
    if search.resource_target:
        wanted &= Q(resource_target__icontains=search.resource_target)
    if search.actions:
        wanted &= Q(action__in=search.actions)
    if search.resource_types:
        wanted &= Q(resource_type__in=search.resource_types)
    if search.date_from:
        wanted &= Q(at__gte=search.date_from)
    if search.before:
        wanted &= Q(at__lt=search.before)
    if search.organization:
        wanted &= Q(organization_id=organization_id) if organization_id else Q(pk__in=())
    return entries.filter(wanted)


def _unknown_actions(actions: Collection[str]) -> list[Validation]:
    bad = [f'"{word}" is not a valid value' for word in actions if word not in ACTIONS]
    if not bad:
        return []
    told = "\n".join(bad)
    return [Validation("action", f'Query param "action" has invalid values: {told}')]


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        reason = f"cannot parse {quoted(text)}"
        raise ValueError(f"a valid date format (2006-01-02): {reason}") from error


def _day_after(text: str) -> datetime:
    """Return when a day ends; raises ValueError at the end of the calendar."""
    day = _day(text)
    try:
        return day + timedelta(days=1)
    except OverflowError as error:
        raise ValueError("a date before 9999-12-31") from error
