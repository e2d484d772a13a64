"""What ties sessions here to those at providers (`accounts.models.ProviderSession`)."""

from uuid import UUID

from accounts.links.encryption import Undecryptable, decrypt, encrypt
from accounts.models import ProviderSession, User
from accounts.providers.identity import Identity
from scopes.models import Key


def provider_session_store(*, user: User, key: Key, identity: Identity) -> None:
    """Store what a sign-in said about the provider's session; delete those that have ended here.

    Must run in the transaction that made the key.
    """
    ended = ProviderSession.objects.filter(user=user)
    ended.exclude(key_id__in=Key.objects.filter(user=user).values("pk")).delete()
    if identity.session or identity.id_token:
        ProviderSession.objects.create(
            key_id=key.pk,
            user=user,
            session=identity.session,
            id_token=encrypt(identity.id_token),
        )


def id_token_of(key_id: str) -> str:
    """Return the ID token with which a session began, or an empty text if it cannot be read."""
    row = ProviderSession.objects.filter(pk=key_id).first()
    try:
        return "" if row is None else decrypt(row.id_token)
    except Undecryptable:
        return ""


def sessions_named(session: str) -> dict[str, UUID]:
    """Return the keys that a provider's session opened, with their users."""
    rows = ProviderSession.objects.filter(session=session)
    return dict(rows.values_list("key_id", "user_id"))


def sessions_with_name(user_id: UUID) -> list[str]:
    """Return the keys of a user whose session at the provider is known."""
    rows = ProviderSession.objects.filter(user_id=user_id).exclude(session="")
    return list(rows.values_list("key_id", flat=True))
