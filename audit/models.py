"""What happened: rows that are only added, and a chain that shows when one was tampered with."""

from typing import Any, NoReturn
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from coderauth.constraints import has_length, holds, is_map

HASH_LENGTH = 64  # of a SHA-256, in hexadecimal digits


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
        constraints = [
            holds(
                "entry_act_given",
                ~Q(action="") & ~Q(resource_type=""),
                "An entry says what was done to what.",
            ),
            holds(
                "entry_status_code",
                Q(status_code__range=(100, 599)),
                "The outcome of an act is a status of HTTP.",
            ),
            holds(
                "entry_json",
                Q(is_map("diff"), is_map("additional_fields")),
                "What changed, and what else there is to say, are JSON objects.",
            ),
            holds(
                "entry_sealed_whole",
                Q(sequence=None, previous_hash="", hash="")
                | Q(has_length("hash", HASH_LENGTH), sequence__isnull=False, sequence__gte=1),
                "A sealed entry has a place in the chain and a hash, others have neither.",
            ),
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

    class Meta:
        constraints = [
            holds("chain_one_row", Q(number=1), "There is one chain."),
            holds(
                "chain_in_order",
                Q(anchor_sequence__gte=0, head_sequence__gte=F("anchor_sequence")),
                "A chain ends where it begins, or later.",
            ),
            holds(
                "chain_anchor_whole",
                Q(anchor_sequence=0, anchor_hash="")
                | Q(has_length("anchor_hash", HASH_LENGTH), anchor_sequence__gte=1),
                "The entry before the chain has a hash, if there is one.",
            ),
            holds(
                "chain_head_whole",
                Q(head_sequence=0, head_hash="")
                | Q(has_length("head_hash", HASH_LENGTH), head_sequence__gte=1),
                "The last entry of the chain has a hash, if there is one.",
            ),
        ]

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


class Stream(models.Model):
    """How far the entries were sent to a receiver outside, and when to try again."""

    name = models.CharField(primary_key=True, max_length=16)
    sent_sequence = models.BigIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=255, blank=True)
    next_try_at = models.DateTimeField(default=timezone.now)
    # Until then, one process alone may send.
    taken_until = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            holds("stream_named", ~Q(name=""), "A stream has a name."),
            holds(
                "stream_from_the_beginning",
                Q(sent_sequence__gte=0),
                "A stream begins with the first entry, or later.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} at {self.sent_sequence}"
