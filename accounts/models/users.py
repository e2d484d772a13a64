"""People, and what they are told."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django.contrib.auth import get_backends
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q, TextField
from django.db.models.functions import Cast, Lower
from django.utils import timezone

from accounts.addresses import FoldedAddress
from coderauth.constraints import holds, is_list, is_map
from coderauth.folding import fold
from scopes.callers import Caller
from scopes.engine.roles import OWNER
from scopes.models import LoginType


class UserStatus(models.TextChoices):
    ACTIVE = "active"
    DORMANT = "dormant"
    SUSPENDED = "suspended"


class UserLoginType(models.TextChoices):
    """How an account signs in; `none`: not at all, it only has keys."""

    PASSWORD = LoginType.PASSWORD.value
    GITHUB = LoginType.GITHUB.value
    OIDC = LoginType.OIDC.value
    NONE = LoginType.NONE.value


class UserQuerySet(models.QuerySet["User"]):
    def living(self) -> "UserQuerySet":
        return self.filter(is_deleted=False)

    def active_owners(self) -> "UserQuerySet":
        return (
            self.living()
            .alias(roles_text=Cast("site_roles", TextField()))
            .filter(status=UserStatus.ACTIVE, roles_text__contains=f'"{OWNER}"')
        )

    def with_email(self, email: str) -> "UserQuerySet":
        """Return the living account with an address, in whatever case it is written."""
        return self.living().ever_with_email(email)

    def ever_with_email(self, email: str) -> "UserQuerySet":
        # Service accounts have none, which is not an address.
        return self.filter(email_folded=fold(email)) if email else self.none()

    def with_username(self, username: str) -> "UserQuerySet":
        """Return the living account with a username, in whatever case it is written."""
        return self.living().ever_with_username(username)

    def ever_with_username(self, username: str) -> "UserQuerySet":
        # Usernames are ASCII; databases fold other letters into it, such as the Kelvin sign.
        if not username.isascii():
            return self.none()
        return self.alias(username_folded=Lower("username")).filter(
            username_folded=username.lower()
        )

    def update(self, **fields: Any) -> int:
        if "email" in fields:
            fields["email_folded"] = fold(fields["email"])
        return super().update(**fields)


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def living(self) -> UserQuerySet:
        return self.get_queryset().living()

    def active_owners(self) -> UserQuerySet:
        return self.get_queryset().active_owners()

    def with_email(self, email: str) -> UserQuerySet:
        return self.get_queryset().with_email(email)

    def ever_with_email(self, email: str) -> UserQuerySet:
        return self.get_queryset().ever_with_email(email)

    def with_username(self, username: str) -> UserQuerySet:
        return self.get_queryset().with_username(username)

    def ever_with_username(self, username: str) -> UserQuerySet:
        return self.get_queryset().ever_with_username(username)


class User(AbstractBaseUser):
    """An account; deleting it keeps the row and frees its names (accounts.md 1.22)."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    username = models.CharField(max_length=32)
    email = models.CharField(max_length=254)
    email_folded = FoldedAddress(max_length=254, editable=False)
    name = models.CharField(max_length=128, blank=True)
    avatar_url = models.CharField(max_length=2048, blank=True)
    # Django's name for the stored hash; empty for accounts that sign in elsewhere.
    password = models.CharField(max_length=255, blank=True)
    last_login = None
    status = models.CharField(max_length=10, choices=UserStatus.choices, default=UserStatus.DORMANT)
    login_type = models.CharField(
        max_length=10, choices=UserLoginType.choices, default=UserLoginType.PASSWORD
    )
    github_com_user_id = models.BigIntegerField(null=True, blank=True, editable=False)
    site_roles = models.JSONField(default=list, blank=True)
    # Holds keys only: no address, no way to sign in, never an owner (decision D22).
    is_service_account = models.BooleanField(default=False, editable=False)
    # The kinds of notices that this person does not want by mail.
    muted_notices = models.JSONField(default=list, blank=True)
    is_deleted = models.BooleanField(default=False, editable=False)
    last_seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    # The key in use, set by the door that verified it. Without one nobody has a permission.
    caller: Caller | None = None

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        ordering = [Lower("username")]
        constraints = [
            models.UniqueConstraint(
                Lower("username"), condition=Q(is_deleted=False), name="user_username_unique"
            ),
            models.UniqueConstraint(
                fields=["email_folded"],
                condition=Q(is_deleted=False) & ~Q(email_folded=""),
                name="user_email_unique",
            ),
            holds("user_username_given", ~Q(username=""), "An account has a username."),
            holds(
                "user_email_given",
                Q(is_service_account=True, email="", email_folded="")
                | (Q(is_service_account=False) & ~Q(email="") & ~Q(email_folded="")),
                "An account has an e-mail address, unless it is a service account.",
            ),
            holds(
                "user_service_account",
                Q(is_service_account=False) | Q(login_type=UserLoginType.NONE, password=""),
                "A service account does not sign in.",
            ),
            holds(
                "user_status_known",
                Q(status__in=UserStatus.values),
                "An account is active, dormant or suspended.",
            ),
            holds(
                "user_login_type_known",
                Q(login_type__in=UserLoginType.values),
                "An account signs in with a password, with GitHub, by OIDC, or not at all.",
            ),
            holds(
                "user_github_id_positive",
                Q(github_com_user_id=None) | Q(github_com_user_id__gt=0),
                "An id of GitHub is greater than zero.",
            ),
            holds("user_roles_list", is_list("site_roles"), "Site roles are a list."),
            holds("user_muted_notices_list", is_list("muted_notices"), "Muted notices are a list."),
        ]
        # Every page of a list says how many rows there are: this counts without reading them.
        indexes = [
            models.Index(fields=["is_deleted"], condition=Q(is_deleted=False), name="user_living"),
            # Lists, and the numbers above them, of which there are few among many people.
            models.Index(
                Lower("username"),
                condition=Q(is_deleted=False, is_service_account=True),
                name="user_services",
            ),
            models.Index(
                Lower("username"),
                condition=Q(is_deleted=False, is_service_account=False, status="suspended"),
                name="user_suspended",
            ),
        ]

    def __str__(self) -> str:
        return self.username

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        if update_fields is not None and "email" in (update_fields := {*update_fields}):
            update_fields.add("email_folded")
        super().save(*args, update_fields=update_fields, **kwargs)

    @property
    def is_owner(self) -> bool:
        return OWNER in self.site_roles

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # Django's name; a field elsewhere
        return self.status == UserStatus.ACTIVE and not self.is_deleted

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        return any(backend.has_perm(self, perm, obj) for backend in get_backends())

    def get_short_name(self) -> str:
        return self.name or self.username


class Notice(models.Model):
    """Something that a person is told by mail (`accounts.notices`). The facts hold no secret."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=32)
    facts = models.JSONField(default=dict)
    # What is told once has a mark that no other notice has.
    mark = models.CharField(max_length=100, null=True, unique=True)  # noqa: DJ001 (unique)
    created_at = models.DateTimeField(default=timezone.now)
    queued_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(sent_at=None), name="notice_waiting"),
            models.Index(fields=["user", "queued_at"], name="notice_recent"),
            models.Index(fields=["sent_at"], name="notice_sent"),
        ]
        constraints = [
            holds("notice_kind_given", ~Q(kind=""), "A notice is of some kind."),
            holds("notice_facts_map", is_map("facts"), "What a notice tells is a JSON object."),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user}"
