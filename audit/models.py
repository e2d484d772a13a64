"""What happened: rows that are only ever added."""

from uuid import uuid4

from django.db import models
from django.utils import timezone


class Entry(models.Model):
    """One act or refused attempt (accounts.md 1.18). References are ids: rows outlive people."""

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

    class Meta:
        ordering = ["-at", "id"]
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return f"{self.action} {self.resource_type} {self.resource_target}"
