"""What signing in needs to remember of a person."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models.users import User, UserLoginType
from coderauth.constraints import has_length, holds, is_map
from scopes.models import KEY_ID_LENGTH, PROVIDER_LOGINS

DIGEST_LENGTH = 64  # of a SHA-256, in hexadecimal digits


class Passcode(models.Model):
    """The one outstanding one-time passcode of a user; only its hash is stored."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True)
    hashed_passcode = models.CharField(max_length=255)
    expires_at = models.DateTimeField()
    # Mailed to take an account back from its provider; useless for an account with a password.
    to_password = models.BooleanField(default=False)

    class Meta:
        constraints = [
            holds("passcode_hash_given", ~Q(hashed_passcode=""), "A passcode has a hash."),
        ]

    def __str__(self) -> str:
        return f"passcode of {self.user}"


class UserLink(models.Model):
    """What ties an account to a person at a provider (accounts.md 1.22); one for each login type.

    The tokens are encrypted (`accounts.links.encryption`); only
    `accounts.links.storage` reads them.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="links")
    login_type = models.CharField(max_length=10, choices=UserLoginType.choices)
    # The provider's id in the configuration; the claim of its issuer is part of `linked_id`.
    provider = models.CharField(max_length=16)
    linked_id = models.CharField(max_length=512, blank=True)
    access_token = models.TextField(blank=True, editable=False)
    refresh_token = models.TextField(blank=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    # A request that renews the tokens owns them until then; others wait for it.
    renewing_until = models.DateTimeField(null=True, editable=False)
    claims = models.JSONField(default=dict, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "login_type"], name="link_one_a_login_type"),
            models.UniqueConstraint(
                fields=["login_type", "linked_id"],
                condition=~Q(linked_id=""),
                name="link_linked_id_unique",
            ),
            holds(
                "link_of_a_provider",
                Q(login_type__in=PROVIDER_LOGINS) & ~Q(provider=""),
                "A link is to GitHub or to an OIDC provider, and says to which.",
            ),
            holds("link_claims_map", is_map("claims"), "Claims are a JSON object."),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.provider}"


class ProviderSession(models.Model):
    """What ties a session here to the provider's that opened it, for signing out of both.

    Keys end in many places; a row whose key is gone says nothing, and goes with the next sign-in.
    """

    key_id = models.CharField(max_length=10, primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="provider_sessions")
    # A digest of issuer and `sid`; empty when the provider named none.
    session = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    # Encrypted; kept only where signing out leads to the provider.
    id_token = models.TextField(blank=True, editable=False)

    class Meta:
        constraints = [
            holds(
                "provider_session_key_id_length",
                has_length("key_id", KEY_ID_LENGTH),
                "The id of a key has 10 letters.",
            ),
            holds(
                "provider_session_digest_length",
                Q(session="") | Q(has_length("session", DIGEST_LENGTH)),
                "What names a provider's session is a SHA-256.",
            ),
        ]

    def __str__(self) -> str:
        return f"session {self.key_id} of {self.user}"


class UsedLogoutToken(models.Model):
    """A logout token that was obeyed, so that it is not obeyed again before it is out of date."""

    digest = models.CharField(max_length=64, primary_key=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            holds(
                "used_logout_token_digest_length",
                has_length("digest", DIGEST_LENGTH),
                "What is kept of a logout token is a SHA-256.",
            ),
        ]

    def __str__(self) -> str:
        return self.digest
