"""What happened: rows that are only added, and a chain that shows when one was tampered with."""

from typing import Any, NoReturn
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils import timezone


class AppendOnly(RuntimeError):
    """Something tried to change or delete an entry."""


class EntryQuerySet(models.QuerySet["Entry"]):
    def sealed(self) -> "EntryQuerySet":
        return self.filter(sequence__isnull=False)

    def unsealed(self) -> "EntryQuerySet":
        return self.filter(sequence__isnull=True)

    def update(self, **fields: Any) -> NoReturn:
        raise AppendOnly("audit entries are not changed")

    def delete(self) -> NoReturn:
        raise AppendOnly("audit entries are not deleted; see audit.retention")


class Entry(models.Model):
    """One act or refused attempt (accounts.md 1.18). It refers by ids, since rows outlive people.

    The last three fields are set once, by `audit.chain`, some seconds after the act.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor_id = models.UUIDField(null=True)
    key_id = models.CharField(max_length=10, blank=True)
    organization_id = models.UUIDField(null=True)
    ip_address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=512, blank=True)
    request_id = models.CharField(max_length=36, blank=True)
    action = models.CharField(max_length=32)
    resource_type = models.CharField(max_length=64)
    resource_id = models.CharField(max_length=64, blank=True)
    resource_target = models.CharField(max_length=255, blank=True)
    diff = models.JSONField(default=dict)
    status_code = models.PositiveSmallIntegerField(default=200)
    additional_fields = models.JSONField(default=dict)
    sequence = models.BigIntegerField(null=True, unique=True, editable=False)
    previous_hash = models.CharField(max_length=64, blank=True, editable=False)
    hash = models.CharField(max_length=64, blank=True, editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "id"]
        verbose_name_plural = "entries"
        indexes = [
            models.Index(
                fields=["at", "id"], condition=Q(sequence__isnull=True), name="entry_unsealed"
            ),
            models.Index(fields=["organization_id", "-at"], name="entry_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.resource_type} {self.resource_target}"

    def save(self, **options: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("audit entries are not changed")
        super().save(**options)

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        raise AppendOnly("audit entries are not deleted; see audit.retention")


class Chain(models.Model):
    """Where the chain of sealed entries begins and ends: one row, and the lock of its writers.

    The anchor is the last entry that retention removed; the entry after it holds its hash.
    """

    number = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    anchor_sequence = models.BigIntegerField(default=0)
    anchor_hash = models.CharField(max_length=64, blank=True)
    head_sequence = models.BigIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.anchor_sequence} to {self.head_sequence}"

    @classmethod
    def current(cls) -> "Chain":
        return cls.objects.get_or_create(number=1)[0]

    @classmethod
    def locked(cls) -> "Chain":
        """Lock the row until the transaction ends, so that nobody else writes the chain."""
        cls.current()
        return cls.objects.select_for_update().get(number=1)
