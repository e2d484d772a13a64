"""What ties accounts to people at providers, and the provider's tokens; only here they are read."""

import logging
import math
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.links.encryption import Undecryptable, decrypt, encrypt
from accounts.models import User, UserLink, UserLoginType
from accounts.providers.calls import call, waiting
from accounts.providers.identity import Identity, Provider
from accounts.providers.registry import provider_get
from coderauth.errors import Busy, DomainError, Forbidden, InvalidRequest, Unauthenticated
from coderauth.http.rules import email
from coderauth.http.times import format_time
from scopes.people import Person

logger = logging.getLogger(__name__)

LINKED_ID_CHARACTERS = 512
AVATAR_CHARACTERS = 2048
# What texts call the login types (accounts.md 1.9).
NAMES: dict[str, str] = {UserLoginType.GITHUB: "GitHub", UserLoginType.OIDC: "OpenID Connect"}
# What a renewal may take beyond its calls of the provider.
MARGIN = timedelta(seconds=5)
POLL_SECONDS = 0.05
# Claims nested deeper than anybody's are left out: each level costs stack.
CLAIM_LEVELS = 32


def require_storable(identity: Identity) -> None:
    """Raise DomainError for a person whose name at the provider, or address, no column can hold."""
    linked_id = identity.linked_id
    if not linked_id or len(linked_id) > LINKED_ID_CHARACTERS or clean(linked_id) != linked_id:
        raise DomainError("provider_malformed", reason="its id of the person cannot be used")
    if not email.accepts(identity.email):
        raise DomainError("provider_malformed", reason="its email address is none")


def link_store(*, user: User, provider: Provider, identity: Identity) -> UserLink:
    """Link an account to a person at a provider, or keep what the provider says of them now.

    Must run in the transaction that signs in. Raises Forbidden when the account belongs to another
    person there (H9), InvalidRequest for a deleted user, IntegrityError when the person has just
    been linked to another account.
    """
    # The lock makes a deletion wait, or makes us see it.
    if not User.objects.living().select_for_update().filter(pk=user.pk).exists():
        raise InvalidRequest("deleted_user_link")
    links = UserLink.objects.select_for_update()
    link = links.filter(user=user, login_type=provider.login_type).first()
    if link is None:
        link = UserLink(user=user, login_type=provider.login_type)
    elif link.linked_id not in ("", identity.linked_id):
        raise Forbidden("other_subject")
    tokens = identity.tokens
    link.provider, link.linked_id = provider.id, identity.linked_id
    link.access_token = encrypt(tokens.access_token)
    # Some providers send one the first time only; it stays good.
    link.refresh_token = encrypt(tokens.refresh_token) or link.refresh_token
    link.expires_at = tokens.expires_at
    link.renewing_until = None  # Whoever renews the tokens meanwhile must not store older ones.
    link.claims = storable(dict(identity.claims))
    link.updated_at = timezone.now()
    link.save()
    return link


def roles_are_synced(user: Person) -> bool:
    """Say whether a user's site roles come from the provider they sign in with."""
    if user.login_type != UserLoginType.OIDC:
        return False
    syncing = {name for name, config in settings.OIDC_PROVIDERS.items() if config.role_field}
    if not syncing:
        return False
    link = UserLink.objects.filter(user_id=user.pk, login_type=UserLoginType.OIDC).first()
    # Who has not signed in yet will do so with one of them.
    return link is None or link.provider in syncing


def link_renew(link_id: int) -> None:
    """Renew the provider's tokens of a link whose time is over.

    One request calls the provider, and others that come meanwhile wait for its outcome: a refresh
    token that is used twice is taken for a stolen one (RFC 9700 4.14). Neither a transaction nor a
    lock is held, and nobody waits for longer than a provider may take. Raises Unauthenticated in
    the order of accounts.md 1.9, Busy when too many wait, or one for too long.
    """
    awaited = False
    give_up = monotonic() + settings.PROVIDER_TIMEOUT.total_seconds()
    while monotonic() < give_up:
        link = UserLink.objects.filter(pk=link_id).first()
        if link is None:
            raise Unauthenticated("unlinked_key")
        now, held = timezone.now(), link.renewing_until
        if link.expires_at is None or link.expires_at >= now:
            return
        if awaited and held is None:
            raise _refresh_failed(link, "It was tried a moment ago.")
        provider, refresh_token = _means_to_renew(link)
        if held is not None and held > now:
            awaited = True
            with waiting():
                sleep(POLL_SECONDS)
        elif awaited:  # Who renewed it is gone. The next request does it, with time of its own.
            break
        elif _claim(link, now + _claim_ttl()):
            _renew(link, provider, refresh_token)
            return
    raise Busy("provider_busy")


def _means_to_renew(link: UserLink) -> tuple[Provider, str]:
    """Return the provider and the refresh token of a link; raises Unauthenticated."""
    try:
        provider = provider_get(link.provider)
    except InvalidRequest as error:
        raise Unauthenticated("refresh_not_configured", login_type=link.login_type) from error
    try:
        refresh_token = decrypt(link.refresh_token)
    except Undecryptable:
        logger.warning("A token of link %s cannot be decrypted", link.pk)
        refresh_token = ""
    if not refresh_token:
        raise Unauthenticated(
            "provider_session_expired",
            provider=NAMES[link.login_type],
            expired_at=format_time(link.expires_at),
        )
    return provider, refresh_token


def _claim_ttl() -> timedelta:
    """Return how long a renewal is left alone; one whose process died is then taken over."""
    ttl: timedelta = settings.PROVIDER_TIMEOUT + MARGIN
    return ttl


def _claim(link: UserLink, until: datetime) -> bool:
    """Make the renewal this request's own; of those at once, one gets it."""
    unchanged = UserLink.objects.filter(
        pk=link.pk, expires_at=link.expires_at, renewing_until=link.renewing_until
    )
    link.renewing_until = until
    return bool(unchanged.update(renewing_until=until))


def _renew(link: UserLink, provider: Provider, refresh_token: str) -> None:
    """Have the provider renew a link that is claimed; raises Unauthenticated, Busy."""
    # Somebody who signs in meanwhile ends the claim: their tokens are newer.
    claimed = UserLink.objects.filter(pk=link.pk, renewing_until=link.renewing_until)
    try:
        tokens = call(provider.refresh(refresh_token))
    except Busy:
        claimed.update(renewing_until=None)
        raise
    except DomainError as error:
        claimed.update(renewing_until=None)
        raise _refresh_failed(link, error.detail or error.message) from error
    changes: dict[str, Any] = {
        "access_token": encrypt(tokens.access_token),
        "expires_at": tokens.expires_at,
        "renewing_until": None,
        "updated_at": timezone.now(),
    }
    if tokens.refresh_token:  # Without another, the one that was used stays good.
        changes["refresh_token"] = encrypt(tokens.refresh_token)
    claimed.update(**changes)


def _refresh_failed(link: UserLink, reason: str) -> Unauthenticated:
    return Unauthenticated("refresh_failed", provider=NAMES[link.login_type], reason=reason)


def clean(text: str) -> str:
    """Return a text that every database can store: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def storable(value: Any, level: int = 0) -> Any:
    """Return what a JSON column can hold of a claim; a provider must not make that fail."""
    if level > CLAIM_LEVELS:
        return None
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(key)): storable(item, level + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item, level + 1) for item in value]
    if value is None or isinstance(value, bool | int):
        return value
    return value if isinstance(value, float) and math.isfinite(value) else None
