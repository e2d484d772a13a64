"""Verify tokens."""

import logging
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from coderauth.errors import Unauthenticated
from scopes.callers import INACTIVE, NO_SECRET, Caller, find_caller, prove, refusal_of
from scopes.keys.tokens import split_token
from scopes.keys.use import changes_due, note_use
from scopes.models import PROVIDER_LOGINS

logger = logging.getLogger(__name__)
# Refusals of `verify` that guessing causes; doors count them.
GUESSES = frozenset({"unknown_key", "wrong_secret"})


def verify(token: str, *, address: str) -> Caller:
    """Return the caller to whom a token belongs, and keep the key fresh.

    Costs one statement and a hash; a second one at most once an hour. Raises Unauthenticated with
    the code of the first reason of accounts.md 1.9 that applies, Busy when too many wait for a
    provider.
    """
    key_id, secret = split_token(token)
    caller = find_caller(key_id)
    digest = sha256(secret.encode()).digest()
    now = timezone.now()
    if caller is None:
        compare_digest(digest, NO_SECRET)
        compare_digest(digest, NO_SECRET)
        raise Unauthenticated("unknown_key")
    if not prove(caller, digest, now):
        raise Unauthenticated("wrong_secret")
    refusal = refusal_of(caller, now)
    # The use of a good key is noted even while its user is suspended.
    if refusal is None or refusal.code == INACTIVE:
        _keep_fresh(caller, now, address)
    if refusal is not None:
        raise refusal
    return caller


def _keep_fresh(caller: Caller, now: datetime, address: str) -> None:
    """Note that somebody showed up: at their provider, with this key, after a long time.

    Raises Unauthenticated when the provider's session is over and cannot be renewed.
    """
    if caller.key_login_type in PROVIDER_LOGINS:
        link = caller.link
        if link is not None and link.expires_at is not None and link.expires_at < now:
            # Costs a call of the provider; the key lives no longer for it.
            import_string(settings.PROVIDER_SESSION_RENEWAL)(link.id)
    note_use(caller, caller.expires_at, now, address)
    if caller.status == "dormant":
        import_string(settings.DORMANCY_END)(caller.id)
        caller.status = "active"


def is_plainly_good(caller: Caller, secret: str, now: datetime) -> bool:
    """Say whether `verify` lets this key pass and has nothing else to do for it.

    For the express lane, which must not write or wait: no says nothing about the key.
    """
    return (
        prove(caller, sha256(secret.encode()).digest(), now)
        and refusal_of(caller, now) is None
        and caller.status != "dormant"
        and caller.key_login_type not in PROVIDER_LOGINS
        and not changes_due(caller, caller.expires_at, now)
    )
