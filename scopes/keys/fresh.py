"""Sensitive acts want a session that was opened lately.

Whoever finds an open browser does not know the password. It is asked of callers with the cookie of
a browser only: a key in a header was given to a program on purpose.
"""

from django.conf import settings
from django.utils import timezone

from coderauth.errors import Forbidden
from scopes.actors import Actor
from scopes.callers import Caller
from scopes.models import Key, LoginType


def require_fresh(caller: Actor) -> None:
    """Raise Forbidden unless the caller's browser has signed in lately. A query for browsers."""
    age = settings.REAUTHENTICATE_AFTER
    if not age or not isinstance(caller, Caller) or not caller.by_cookie:
        return
    if caller.key_login_type == LoginType.TOKEN:  # Nobody signed in with it, or can anew.
        return
    opened = Key.objects.filter(pk=caller.key_id).values_list("created_at", flat=True).first()
    if opened is None or opened < timezone.now() - age:
        raise Forbidden("session_too_old", url=f"{settings.ACCESS_URL}/login/again")
