"""End the session that asks for it (accounts.md 2.23)."""

from uuid import UUID

from django.db.models import Q

from audit.records import attempt
from coderauth.errors import Forbidden
from scopes.callers import Caller
from scopes.engine.catalog import APPLICATION_CONNECT
from scopes.engine.decision import Object, decide
from scopes.models import Key
from scopes.standing import standing


def sign_out(*, caller: Caller) -> None:
    """Delete the caller's key, and the user's keys for workspace apps, which depend on sessions.

    Raises Forbidden for a key whose scope does not let it delete itself.
    """
    with (
        attempt("logout", "api_key", actor_id=caller.id, resource_id=caller.id) as act,
        standing(caller, changes=Q(pk=caller.id)) as caller,
    ):
        own = Object(type="api_key", id=caller.key_id, owner=caller.id)
        if not decide(caller.subject, "delete", own):
            raise Forbidden("forbidden")
        keys = Key.objects.filter(user_id=caller.id)
        keys.filter(Q(pk=caller.key_id) | Q(pk__in=app_keys(caller.id))).delete()
        act.succeed()


def app_keys(user_id: UUID | str) -> list[str]:
    """Return a user's keys for workspace apps, which live off sessions and end with them."""
    keys = Key.objects.filter(user_id=user_id).only("scopes")
    return [key.pk for key in keys if APPLICATION_CONNECT in key.scopes]
