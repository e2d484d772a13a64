"""Renew a provider's tokens when they have expired; one request does it, others wait."""

from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.links.encryption import Undecryptable, decrypt, encrypt
from accounts.links.storage import NAMES, logger
from accounts.models import UserLink
from accounts.providers.calls import call, waiting
from accounts.providers.identity import Provider
from accounts.providers.registry import provider_get
from coderauth.errors import Busy, DomainError, InvalidRequest, Unauthenticated
from coderauth.http.times import format_time

# Seconds that a renewal may take besides its calls to the provider.
MARGIN = timedelta(seconds=5)
POLL_SECONDS = 0.05


def link_renew(link_id: int) -> None:
    """Renew the provider's tokens of a link when they have expired.

    One request calls the provider, and others that come meanwhile wait for its outcome: a provider
    takes a refresh token that is used twice for a stolen one (RFC 9700 4.14). No transaction and no
    lock is held, and nobody waits longer than a provider may take. Raises Unauthenticated in the
    order of accounts.md 1.9, Busy when too many wait, or one waits for too long.
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
        elif (
            awaited
        ):  # The request that renewed it is gone. The next one does it, with a new deadline.
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
    """Return how long a renewal is left alone; after that, its process is taken for dead."""
    ttl: timedelta = settings.PROVIDER_TIMEOUT + MARGIN
    return ttl


def _claim(link: UserLink, until: datetime) -> bool:
    """Claim the renewal for this request; of several at once, one gets it."""
    unchanged = UserLink.objects.filter(
        pk=link.pk, expires_at=link.expires_at, renewing_until=link.renewing_until
    )
    link.renewing_until = until
    return bool(unchanged.update(renewing_until=until))


def _renew(link: UserLink, provider: Provider, refresh_token: str) -> None:
    """Ask the provider to renew a claimed link; raises Unauthenticated, Busy."""
    # A sign-in meanwhile ends the claim: its tokens are newer.
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
    if tokens.refresh_token:  # If there is no new one, the one that was used stays valid.
        changes["refresh_token"] = encrypt(tokens.refresh_token)
    claimed.update(**changes)


def _refresh_failed(link: UserLink, reason: str) -> Unauthenticated:
    return Unauthenticated("refresh_failed", provider=NAMES[link.login_type], reason=reason)
