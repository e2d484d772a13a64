"""Links of accounts to people at providers, with the provider's tokens, which only this reads."""

import logging
import math
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.links.encryption import encrypt
from accounts.models import User, UserLink, UserLoginType
from accounts.providers.identity import Identity, Provider
from accounts.rules import known_email
from coderauth.errors import DomainError, Forbidden, InvalidRequest
from scopes.people import Person

logger = logging.getLogger(__name__)

LINKED_ID_CHARACTERS = 512
AVATAR_CHARACTERS = 2048
# What texts call the login types (accounts.md 1.9).
NAMES: dict[str, str] = {UserLoginType.GITHUB: "GitHub", UserLoginType.OIDC: "OpenID Connect"}
# Claims nested deeper than real ones are left out: each level costs stack.
CLAIM_LEVELS = 32


def require_storable(identity: Identity) -> None:
    """Raise DomainError for a person whose id at the provider, or address, cannot be stored."""
    linked_id = identity.linked_id
    if not linked_id or len(linked_id) > LINKED_ID_CHARACTERS or clean(linked_id) != linked_id:
        raise DomainError("provider_malformed", reason="its id of the person cannot be used")
    if not known_email.accepts(identity.email):
        raise DomainError("provider_malformed", reason="its email address is not valid")


def link_store(*, user: User, provider: Provider, identity: Identity) -> UserLink:
    """Link an account to a person at a provider, or update what the provider says about them.

    Must run in the transaction that signs in. Raises Forbidden when the account belongs to another
    person there (accounts.md H9), InvalidRequest for a deleted user, IntegrityError when the person
    has just been linked to another account.
    """
    if not User.objects.living().filter(pk=user.pk).exists():
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
    # Some providers send one only the first time; it stays valid.
    link.refresh_token = encrypt(tokens.refresh_token) or link.refresh_token
    link.expires_at = tokens.expires_at
    link.renewing_until = None  # A renewal that runs meanwhile must not store older ones.
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
    # People who have not signed in yet will do so with one of them.
    return link is None or link.provider in syncing


def clean(text: str) -> str:
    """Return a text that every database can store: no NUL, no lone surrogate."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def storable(value: Any, level: int = 0) -> Any:
    """Return the part of a claim that a JSON column can hold; no claim makes that fail."""
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
