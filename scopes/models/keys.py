"""Keys, and what they may be at most."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, TextField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import Contains
from django.utils import timezone

from coderauth.constraints import has_length, holds, is_list, is_map
from scopes.models.organizations import Organization

KEY_ID_LENGTH = 10


class LoginType(models.TextChoices):
    """How a user signs in; `token` and `oauth2_provider_app` are for keys only."""

    PASSWORD = "password"  # noqa: S105 (a login type)
    GITHUB = "github"
    OIDC = "oidc"
    TOKEN = "token"  # noqa: S105 (a login type)
    NONE = "none"
    OAUTH2_PROVIDER_APP = "oauth2_provider_app"


# Sessions of these login types depend on the provider's.
PROVIDER_LOGINS = (LoginType.GITHUB, LoginType.OIDC)
# Statuses of a user that let their keys in; who is dormant wakes by it.
ADMITTED = ("active", "dormant")


_TOKEN = Q(login_type=LoginType.TOKEN)
# As conditions and indexes write them, word for word, or databases do not see that they fit.
LAST_TOUCH = Coalesce("last_used_at", "created_at")


def _lists(scope: str) -> Q:
    return Q(Contains(Cast("scopes", TextField()), f'"{scope}"'))


_FOR_EVERYTHING = _lists("coder:all")


class KeyQuerySet(models.QuerySet["Key"]):
    def tokens(self) -> "KeyQuerySet":
        """Return API tokens, not the keys that a sign-in made."""
        return self.filter(_TOKEN)

    def sessions(self) -> "KeyQuerySet":
        """Return the keys that are not tokens."""
        return self.filter(~_TOKEN)

    def expired(self, now: datetime) -> "KeyQuerySet":
        return self.filter(expires_at__lt=now)

    def unexpired(self, now: datetime) -> "KeyQuerySet":
        return self.filter(expires_at__gte=now)

    def idle_since(self, since: datetime) -> "KeyQuerySet":
        """Return the keys that were not used since, and made before."""
        return self.alias(touched_at=LAST_TOUCH).filter(touched_at__lt=since)

    def narrowed(self) -> "KeyQuerySet":
        """Return the keys that do not have the scope for everything in their list."""
        return self.filter(~_FOR_EVERYTHING)

    def with_scope(self, scope: str) -> "KeyQuerySet":
        """Return the keys that have this scope in their list."""
        return self.filter(_lists(scope))

    def usable(self, now: datetime) -> "KeyQuerySet":
        """Return the keys that may be used now, as `scopes.callers.refusal_of` says of one."""
        links: Any = get_user_model()._meta.get_field("links").related_model
        own = links.objects.filter(user=OuterRef("user"), login_type=OuterRef("login_type"))
        return self.unexpired(now).filter(
            ~Q(login_type__in=PROVIDER_LOGINS) | Exists(own),
            paused_at=None,
            user__is_deleted=False,
            user__status__in=ADMITTED,
        )

    def with_made(self) -> "KeyQuerySet":
        """Return these keys, the keys that they made, and so on."""
        try:
            own, parameters = self.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:  # Without any key there is no statement.
            return self.none()
        line = (
            f"WITH RECURSIVE line(id) AS ({own} UNION "  # noqa: S608 (Django's own statement)
            f"SELECT k.id FROM {Key._meta.db_table} k JOIN line ON k.parent_id = line.id) "
            "SELECT id FROM line"
        )
        return Key.objects.filter(pk__in=RawSQL(line, parameters))  # noqa: S611 (as above)

    def whose(self) -> Q:
        """Select the people whose keys end when these do."""
        return Q(pk__in=self.with_made().values("user_id"))

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete these keys and all that they made, with one statement."""
        # The documented way loads every row, and recurses as deeply as keys made keys.
        gone = self.with_made()._raw_delete(self.db) or 0  # noqa: SLF001
        return gone, {Key._meta.label: gone}

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def expire(self, now: datetime) -> int:
        """Make these keys and all that they made expire now; their rows stay."""
        return (
            self.with_made()
            .filter(expires_at__gt=now)
            .update(expires_at=now, not_after=now, updated_at=now)
        )

    def pause(self, now: datetime) -> int:
        """Pause these keys and all that they made; those already paused stay as they are."""
        return self.with_made().filter(paused_at=None).update(paused_at=now, updated_at=now)

    def judged(self, now: datetime) -> "KeyQuerySet":
        """Return the same keys, each with `is_usable`; costs no further query."""
        usable = Key.objects.usable(now).filter(pk=OuterRef("pk"))
        return self.annotate(is_usable=Exists(usable))


class Key(models.Model):
    """A credential: a browser session or an API token (decision D5). Only a hash of it is here."""

    id = models.CharField(max_length=10, primary_key=True, editable=False)
    hashed_secret = models.BinaryField(max_length=32, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="keys"
    )
    login_type = models.CharField(max_length=20, choices=LoginType.choices)
    name = models.CharField(max_length=255, blank=True)
    scopes = models.JSONField(default=list)
    allow_list = models.JSONField(default=list)
    lifetime_seconds = models.BigIntegerField()
    ip_address = models.GenericIPAddressField(default="0.0.0.0")  # noqa: S104 (no address known)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    # A key made by a narrowed key never outlives that key, however often it is used.
    not_after = models.DateTimeField(null=True, blank=True)
    # The narrowed key that made this one, which ends with it.
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, editable=False, related_name="made"
    )
    paused_at = models.DateTimeField(null=True, blank=True)
    rotated_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The secret before the last rotation; it works until then.
    old_hashed_secret = models.BinaryField(max_length=32, null=True, editable=False)
    old_valid_until = models.DateTimeField(null=True, blank=True, editable=False)
    old_last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Of a session: how its user came in, and with which browser.
    way = models.CharField(max_length=20, blank=True, editable=False)
    # What a token was used for: the last hour, since 1970, by the permission that was needed.
    uses = models.JSONField(default=dict, editable=False)
    user_agent = models.CharField(max_length=512, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = KeyQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "name"],
                condition=Q(login_type="token"),
                name="key_token_name_unique",
            ),
            holds(
                "key_id_length", has_length("id", KEY_ID_LENGTH), "The id of a key has 10 letters."
            ),
            holds(
                "key_hash_length",
                has_length("hashed_secret", 32),
                "The hash of a key is a SHA-256: it has 32 bytes.",
            ),
            holds(
                "key_login_type_known",
                Q(login_type__in=LoginType.values),
                "A key says how its owner signed in, or that it is a token.",
            ),
            holds(
                "key_token_named",
                ~Q(login_type=LoginType.TOKEN) | ~Q(name=""),
                "A token has a name.",
            ),
            holds("key_lifetime_positive", Q(lifetime_seconds__gte=1), "A key lives for a time."),
            holds(
                "key_ends_by_not_after",
                Q(not_after=None) | Q(expires_at__lte=F("not_after")),
                "A key expires no later than at the last moment that it may live to.",
            ),
            holds(
                "key_old_hash_length",
                Q(old_hashed_secret=None) | Q(has_length("old_hashed_secret", 32)),
                "The hash of an old secret is a SHA-256: it has 32 bytes.",
            ),
            holds(
                "key_old_secret_ends",
                Q(old_hashed_secret=None, old_valid_until=None)
                | (~Q(old_hashed_secret=None) & ~Q(old_valid_until=None) & ~Q(rotated_at=None)),
                "An old secret is that of a rotated key, and works until some moment.",
            ),
            holds(
                "key_lists",
                Q(is_list("scopes"), is_list("allow_list")),
                "The scopes and the allow list of a key are lists.",
            ),
            holds("key_uses_map", is_map("uses"), "What a key was used for is a JSON object."),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="key_expires_at"),
            # The order of a page of everybody's tokens.
            models.Index(
                fields=["created_at", "id"], condition=Q(login_type="token"), name="key_tokens"
            ),
            # Of the administrators' list, and of the numbers above it.
            models.Index(fields=["created_at", "id"], condition=~_TOKEN, name="key_sessions"),
            models.Index(fields=["expires_at"], condition=~_TOKEN, name="key_session_ends"),
            models.Index(fields=["expires_at", "id"], condition=_TOKEN, name="key_token_ends"),
            models.Index(fields=["name", "id"], condition=_TOKEN, name="key_token_names"),
            models.Index(LAST_TOUCH, condition=_TOKEN, name="key_token_touched"),
            models.Index(
                fields=["expires_at"],
                condition=_TOKEN & _FOR_EVERYTHING,
                name="key_token_for_everything",
            ),
            models.Index(
                fields=["expires_at"],
                condition=_TOKEN & ~_FOR_EVERYTHING,
                name="key_token_narrowed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.login_type} ({self.id})"

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        return Key.objects.filter(pk=self.pk).delete()

    def has_expired(self, now: datetime) -> bool:
        return self.expires_at < now

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    @property
    def has_fixed_end(self) -> bool:
        """Say whether no use moves the end."""
        return self.not_after is not None and self.expires_at >= self.not_after


class KeyCeiling(models.Model):
    """What tokens may be of everybody with a site role, or in an organization.

    `member` is a site role that everybody has. An empty field sets no ceiling.
    """

    role = models.CharField(max_length=32, blank=True)
    organization = models.OneToOneField(
        Organization, null=True, on_delete=models.CASCADE, related_name="key_ceiling"
    )
    max_lifetime_seconds = models.BigIntegerField(null=True, blank=True)
    forbids_full_access = models.BooleanField(default=False)
    scopes = models.JSONField(null=True, blank=True)
    fixed_ends = models.BooleanField(default=False)
    max_keys = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["role", "organization_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["role"], condition=~Q(role=""), name="key_ceiling_role_unique"
            ),
            holds(
                "key_ceiling_for_one",
                (Q(role="") & Q(organization__isnull=False))
                | (~Q(role="") & Q(organization__isnull=True)),
                "A ceiling is for a role or for an organization.",
            ),
            holds(
                "key_ceiling_lifetime_positive",
                Q(max_lifetime_seconds=None) | Q(max_lifetime_seconds__gte=1),
                "A ceiling leaves keys a life.",
            ),
            holds(
                "key_ceiling_scopes_list",
                Q(scopes__isnull=True) | Q(is_list("scopes")),
                "The scopes that may be granted are a list.",
            ),
        ]

    def __str__(self) -> str:
        return f"ceiling of {self.role or self.organization}"
