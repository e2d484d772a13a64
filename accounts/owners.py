"""Lock rows of people for a change, always in the same order."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from accounts.models import User, UserStatus
from coderauth.errors import Forbidden, NotFound
from scopes.actors import Actor
from scopes.engine.roles import OWNER


def lock_user(user_id: UUID | str) -> User:
    """Lock a living user until the transaction ends; raises NotFound."""
    row = User.objects.select_for_update().filter(pk=user_id, is_deleted=False).first()
    if row is None:
        raise NotFound("not_found")
    return row


def lock_with_owners(user_id: UUID | str) -> tuple[User, list[User]]:
    """Lock a user and all active owners, always in the same order; return the user and the others.

    So two owners who demote each other at the same instant wait for each other.
    """
    rows = (
        User.objects.living()
        .alias(roles_text=Cast("site_roles", TextField()))
        .filter(Q(pk=user_id) | Q(roles_text__contains=f'"{OWNER}"', status=UserStatus.ACTIVE))
        .order_by("pk")
        .select_for_update()
    )
    found = {str(row.pk): row for row in rows}
    user = found.pop(str(user_id), None)
    if user is None:
        raise NotFound("not_found")
    return user, [row for row in found.values() if row.is_owner]


def require_may_touch(caller: Actor, user: Any) -> None:
    """Raise Forbidden when a non-owner acts on an owner (decision D18)."""
    if settings.PROTECT_OWNERS and OWNER in user.site_roles and not caller.is_owner:
        raise Forbidden("only_owners_touch_owners")
