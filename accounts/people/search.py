"""Search people with the `q` of `GET /users` (accounts.md 1.17)."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from accounts.models import User, UserStatus
from coderauth.errors import InvalidRequest, Validation
from coderauth.folding import fold
from coderauth.http.query import QueryReader, flag, long_integer
from coderauth.http.search import FREE_TEXT, Terms, parse_terms
from coderauth.http.times import parse_time
from scopes.engine.roles import MEMBER, SITE_ROLES
from scopes.models import LoginType

REFUSAL = "invalid_user_search"
TIMES = ("last_seen_before", "last_seen_after", "created_before", "created_after")
KEYS = frozenset(
    {FREE_TEXT, "status", "role", "login_type", "github_com_user_id", "service_account", *TIMES}
)
GO_TIME = "2006-01-02T15:04:05.999999999Z07:00"


@dataclass(frozen=True, slots=True)
class UserSearch:
    """Who is wanted; empty fields do not narrow the search."""

    text: str = ""
    statuses: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    login_types: tuple[str, ...] = ()
    github_com_user_id: int = 0
    service_account: bool | None = None
    last_seen_before: datetime | None = None
    last_seen_after: datetime | None = None
    created_before: datetime | None = None
    created_after: datetime | None = None


def parse_search(text: str) -> UserSearch:
    """Parse a `q`; raises InvalidRequest with everything that is wrong in it."""
    terms = parse_terms(text, refusal=REFUSAL)
    reader = QueryReader(terms)
    search = UserSearch(
        text=reader.single(FREE_TEXT, str, ""),
        statuses=_among(reader, terms, "status", UserStatus.values),
        roles=tuple(terms.words("role")),
        login_types=_among(reader, terms, "login_type", LoginType.values),
        github_com_user_id=reader.single("github_com_user_id", long_integer, 0),
        service_account=reader.single("service_account", flag, None),
        **{key: reader.single(key, _time, None) for key in TIMES},
    )
    wrong = [*reader.wrong, *terms.unknown(KEYS)]
    if wrong:
        raise InvalidRequest(REFUSAL, validations=wrong)
    return search


def users_matching(users: QuerySet[User], search: UserSearch) -> QuerySet[User]:
    """Return the users that match a search."""
    plain = {
        "status__in": search.statuses,
        "login_type__in": search.login_types,
        "github_com_user_id": search.github_com_user_id,
        "last_seen_at__gte": search.last_seen_after,
        "created_at__lte": search.created_before,
        "created_at__gte": search.created_after,
    }
    wanted = Q(**{field: value for field, value in plain.items() if value})
    if search.text:
        wanted &= Q(email_folded__contains=fold(search.text)) | Q(username__icontains=search.text)
    if search.service_account is not None:
        wanted &= Q(is_service_account=search.service_account)
    if search.last_seen_before:
        wanted &= Q(last_seen_at__lte=search.last_seen_before) | Q(last_seen_at=None)
    # No stored text has a NUL, and PostgreSQL refuses to look for one.
    if "\x00" in search.text:
        return users.none()
    return _with_roles(users.filter(wanted), search.roles)


def _with_roles(users: QuerySet[User], roles: Collection[str]) -> QuerySet[User]:
    """Return holders of one of these roles; everybody is a member."""
    others = {role for role in roles if role != MEMBER}
    if not others:
        return users
    known = others & SITE_ROLES.keys()
    if not known:
        return users.none()
    held = Q()
    for role in known:
        held |= Q(roles_text__contains=json.dumps(role))
    return users.alias(roles_text=Cast("site_roles", TextField())).filter(held)


def _among(
    reader: QueryReader, terms: Terms, key: str, allowed: Collection[str]
) -> tuple[str, ...]:
    words = terms.words(key)
    bad = [f'"{word}" is not a valid value' for word in words if word not in allowed]
    if bad:
        told = "\n".join(bad)
        reader.wrong.append(Validation(key, f'Query param "{key}" has invalid values: {told}'))
    return tuple(words)


def _time(text: str) -> datetime | None:
    try:
        return parse_time(text.upper())  # The grammar has lower-cased the T and the Z.
    except ValueError as error:
        raise ValueError(f"a valid date format ({GO_TIME}): {error}") from error
