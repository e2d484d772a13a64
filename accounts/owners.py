"""The people whom an act is about, the other owners, and who may act on whom."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from accounts.models import User
from coderauth.errors import Forbidden, InvalidRequest, NotFound
from scopes.actors import Actor
from scopes.engine.comparison import roles_beyond
from scopes.engine.roles import OWNER
from scopes.people import grants_of, is_self


def person_get(user_id: UUID | str) -> User:
    """Return a living user as stored now; raises NotFound."""
    row = User.objects.living().filter(pk=user_id).first()
    if row is None:
        raise NotFound("not_found")
    return row


def with_owners(user_id: UUID | str) -> Q:
    """Select a user and all active owners, whom an act that may remove an owner locks.

    So two owners who demote each other at the same instant wait for each other.
    """
    return Q(pk=user_id) | Q(pk__in=User.objects.active_owners().values("pk"))


def is_last_owner(user: User) -> bool:
    return user.is_owner and not User.objects.active_owners().exclude(pk=user.pk).exists()


def require_other_owner(user: User) -> None:
    """Raise InvalidRequest for the last active owner."""
    if is_last_owner(user):
        raise InvalidRequest("last_owner")


def require_may_touch(caller: Actor, user: Any) -> None:
    """Raise Forbidden when the caller acts on an account with more rights (decision D18).

    Whoever resets its password can become its user. Owners may act on everybody, others not on
    owners.
    """
    if not settings.PROTECT_OWNERS or caller.is_owner or is_self(caller, user):
        return
    if OWNER in user.site_roles:
        raise Forbidden("only_owners_touch_owners")
    beyond = roles_beyond(caller.subject, grants_of(user))
    if beyond:
        raise Forbidden("beyond_own_roles", roles=", ".join(beyond))
