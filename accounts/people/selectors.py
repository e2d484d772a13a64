"""Read the people whom the caller may read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from accounts.models import User
from accounts.people.search import UserSearch, users_matching
from coderauth.http.query import Page
from scopes.callers import Caller
from scopes.models import Membership
from scopes.people import user_object
from scopes.visibility import rows_readable


@dataclass(frozen=True, slots=True)
class UserPage:
    """A page of a list of people; `count` is the size of the whole list, 0 for an empty page."""

    users: Sequence[User]
    organization_ids: Mapping[UUID, Sequence[UUID]]
    count: int


def users_visible(*, caller: Caller, search: UserSearch, page: Page) -> UserPage:
    """Return a page of the people who match and whom the caller may read, by username.

    At most three queries, one more for callers who may not read everybody.
    """
    readable = rows_readable(
        caller,
        User.objects.living(),
        resource="user",
        near=Q(pk=caller.id),
        describe=lambda user: user_object(user.pk),
    )
    return user_page(readable, search=search, page=page)


def user_page(users: QuerySet[User], *, search: UserSearch, page: Page) -> UserPage:
    """Return a page of those among `users` who match."""
    found = users_matching(users, search)
    if page.after_id is not None:
        # Deleted or not: only the name matters. After an unknown id there is nobody.
        name = User.objects.filter(pk=page.after_id).values(folded=Lower("username"))
        found = found.alias(folded=Lower("username")).filter(folded__gt=name)
    part = found.order_by(Lower("username"))[page.rows]
    people = list(part)
    if not people:
        return UserPage([], {}, 0)
    # A page without a limit reaches the end of the list, and so shows how long the list is.
    count = found.count() if page.limit else page.offset + len(people)
    return UserPage(people, _organization_ids(part), count)


def _organization_ids(users: QuerySet[User]) -> Mapping[UUID, Sequence[UUID]]:
    """Return each user's organizations, oldest membership first. One query for all of them."""
    joined: dict[UUID, list[UUID]] = defaultdict(list)
    rows = Membership.objects.filter(user__in=users.values("pk"))
    for user_id, organization_id in rows.values_list("user_id", "organization_id"):
        joined[user_id].append(organization_id)
    return joined
